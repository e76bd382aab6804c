/** The validated, typed value that a job file becomes. Durations are milliseconds, sizes bytes, locations parsed and `${NAME}` expanded. */
import type { Location } from "../storage/location.ts";
import type { InfrastructureSpec } from "./infrastructure.ts";
import type { AdsOptions } from "./mounted.ts";
import type { SweepSpec } from "./sweep.ts";
import type { ScheduleDocument } from "./schema/schedule.ts";
import type { ParameterValue } from "../text/parameter-value.ts";

export type { ParameterValue } from "../text/parameter-value.ts";

export interface JobSpec {
  /** The job file it came from; undefined for a notebook or artifact named on the command line. */
  readonly jobFile: { readonly location: Location; readonly sha256: string } | undefined;
  /** Undefined: what Data Science mounted as the job run's own artifact. */
  readonly work: Work | undefined;
  readonly outputFolder: Location;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Name under the working directory → where it comes from; a folder's location ends with a slash. */
  readonly inputs: Readonly<Record<string, Location>>;
  /** Globs relative to the working directory; undefined: everything the work wrote there. */
  readonly outputs: readonly string[] | undefined;
  readonly environment: EnvironmentSpec;
  readonly notebookOptions: NotebookOptions;
  /** The whole run's deadline, from the start of the work. */
  readonly timeout: number | undefined;
  /** How long the work may take to stop after SIGTERM or SIGINT before it is killed. */
  readonly gracePeriod: number;
  readonly checkpoint: number | undefined;
  readonly retries: RetrySpec;
  readonly mask: readonly string[];
  readonly oci: OciSpec;
  /** What the variables of ADS ask for beside; undefined where the job file itself names the work. */
  readonly ads: AdsOptions | undefined;
}

export type Work =
  | { readonly kind: "notebook"; readonly location: Location; readonly sha256: string | undefined }
  | ({ readonly kind: "artifact"; readonly location: Location; readonly sha256: string | undefined } & Inside)
  | ({ readonly kind: "repository"; readonly git: GitSource } & Inside);

/** What runs inside an archive, a folder or a repository. */
export interface Inside {
  /** A path in it, or a Java class. */
  readonly entrypoint: string | undefined;
  readonly arguments: readonly string[];
  /** A folder in it. */
  readonly workingDirectory: string | undefined;
  /** Folders in it. */
  readonly pythonPath: readonly string[];
}

/** A Git repository, and what of it. */
export interface GitSource {
  /** As git takes it. May hold secrets. */
  readonly url: string;
  /** As messages may show it. */
  readonly shown: string;
  /** True for one on this machine. */
  readonly local: boolean;
  readonly branch: string | undefined;
  /** Wins over the branch. */
  readonly commit: string | undefined;
  /** The vault secret that holds an SSH key, as in `environment.secrets`. */
  readonly sshKey: string | undefined;
}

export interface RetrySpec {
  /** How often the work is tried again, at most. */
  readonly attempts: number;
  /** Exit codes after which it is; undefined: whenever the work itself failed. */
  readonly exitCodes: readonly number[] | undefined;
  /** Before the first further attempt; doubled for each after it. */
  readonly backoff: number;
}

export interface EnvironmentSpec {
  /** A conda pack, by where it lies or by the slug of one that Data Science publishes. */
  readonly conda: { readonly slug: string } | { readonly location: Location } | undefined;
  /** A file of Python packages to install: read as a path inside an archive or folder that runs, and as a location where it is not there. */
  readonly requirements: { readonly inside: string | undefined; readonly location: Location } | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Variable name → secret OCID or `vault:name`. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface NotebookOptions {
  readonly kernel: string | undefined;
  readonly excludeTags: readonly string[];
  readonly cellTimeout: number | undefined;
  readonly allowErrors: boolean;
  /** A cell's index in the input notebook, or a tag. */
  readonly startCell: number | string | undefined;
  readonly endCell: number | string | undefined;
  /** Most bytes of output kept per cell and per notebook. */
  readonly maxOutput: { readonly cell: number; readonly notebook: number };
  readonly startTimeout: number;
  readonly shutdownGrace: number;
}

/** Where and how OCI runs it: for launch and schedule, ignored by run. */
export interface OciSpec {
  readonly jobName: string | undefined;
  readonly projectId: string | undefined;
  readonly compartmentId: string | undefined;
  readonly logGroupId: string | undefined;
  readonly logId: string | undefined;
  readonly infrastructure: InfrastructureSpec | undefined;
  /** Where `infrastructure.mounts` are mounted in the container. */
  readonly mountPaths: readonly string[];
  readonly sweep: SweepSpec | undefined;
  readonly schedule: ScheduleDocument | undefined;
}
