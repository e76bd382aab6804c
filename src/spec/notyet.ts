/**
 * Keys that are read and checked but do nothing yet. A job file that uses one is refused with its sentence, after the
 * key's name, so that no key is ever ignored. When a feature arrives, its line goes.
 */
export const notYet: Readonly<Record<string, string>> = {
  "environment.conda": "conda packs cannot be used yet.",
  retries: "a failed work is not tried again yet.",
  entrypoint: "archives cannot be run yet, and an entrypoint is a file in one.",
  workingDirectory: "archives cannot be run yet, and a workingDirectory is a folder in one.",
  pythonPath: "archives cannot be run yet, and pythonPath names folders in one.",
};

/** Values that ask for nothing, and so are not refused. */
export const notYetUnless: Readonly<Record<string, unknown>> = { retries: 0 };

/** Endings of artifacts that cannot be run yet. */
export const notYetArtifacts: readonly string[] = [".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".jar"];

/** A job file without noteBook and artifact will run what Data Science mounted; until then this is said. */
export const notYetOwnArtifact: string | undefined = "The job run's own artifact cannot be found yet.";
