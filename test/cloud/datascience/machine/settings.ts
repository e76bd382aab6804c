/** How runs are executed for real; a test may change it at any time. */
export interface MachineSettings {
  /** Whether images run in Docker, where a daemon answers; default false, and then they are the built program. */
  docker: boolean;
  /** What Docker calls the images that jobs name, `*` for all others; default the same. */
  images: Readonly<Record<string, string>>;
  /** How much memory a container gets; default all that is here. */
  memoryBytes: number | undefined;
  /** The most machines there are: runs beyond are IN_PROGRESS, but wait for one. Default 8. */
  machines: number;
  /** Whether the archive of a job with an image is found unpacked, beside itself; the documents disagree. Default true. */
  unpackArchives: boolean;
  /** Whether the command-line arguments of a job with an image follow its command; not documented. Default false. */
  imageArguments: boolean;
  /** Further variables for every run. */
  variables: Readonly<Record<string, string>>;
}

export const defaultMachineSettings: MachineSettings = {
  docker: false,
  images: {},
  memoryBytes: undefined,
  machines: 8,
  unpackArchives: true,
  imageArguments: false,
  variables: {},
};
