/**
 * A job without an image runs in an environment that Oracle manages, from a conda pack. Its artifact is an archive with the
 * self-contained nbjob and the script that starts it, so that the same engine runs there.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { EnvironmentSpec } from "../spec/jobspec.ts";
import { NbjobError } from "../text/errors.ts";
import { sha256Of } from "./folder.ts";

/** The artifact's name, by which Data Science tells what it is, and what starts in it. */
export const artifactName = "nbjob.tar.gz";
const entrypoint = "nbjob-job.sh";

/**
 * Data Science has activated the pack by then: nbjob takes the Python that it finds, and is not to unpack the pack again.
 * NBJOB_CONDA says so here, and not in the run's variables, so that a launch from within the run does not pass it on.
 * Archives lose modes on their way through some tools.
 */
const script = `#!/bin/bash
set -u
here=$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)
chmod +x "$here/nbjob" 2>/dev/null || true
unset CONDA_ENV_TYPE CONDA_ENV_SLUG CONDA_ENV_REGION CONDA_ENV_OBJECT_NAME CONDA_ENV_NAMESPACE CONDA_ENV_BUCKET JOB_RUN_ENTRYPOINT
export NBJOB_CONDA=active
exec "$here/nbjob" "$@"
`;

/** What an Oracle-managed environment needs of a job and each of its runs. */
export interface ManagedEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly executable: string;
  /** Of what the archive holds. */
  readonly sha256: string;
}

/**
 * @param executable the self-contained nbjob, for the kind of processor that the shape has
 * @param region of published packs; Data Science wants to be told
 * @throws NbjobError `usage` where there is no executable, `invalid-job-file` for a pack that Data Science cannot take
 */
export async function managedEnvironment(
  conda: NonNullable<EnvironmentSpec["conda"]>,
  executable: string | undefined,
  region: string | undefined,
): Promise<ManagedEnvironment> {
  const remedy = "Name it with --executable or NBJOB_EXECUTABLE: nbjob from the stock image, or of npm run executable.";
  if (executable === undefined) {
    throw new NbjobError(
      "usage",
      "A job without an image carries nbjob as one self-contained executable, which is not at hand",
      {
        remedy,
      },
    );
  }
  const found = await stat(executable).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new NbjobError("not-found", `The executable ${executable} does not exist.`, { location: executable, remedy });
  }
  const sha256 = createHash("sha256")
    .update(`${await sha256Of(executable)} ${script}`)
    .digest("hex");
  return { variables: { ...packVariables(conda, region), JOB_RUN_ENTRYPOINT: entrypoint }, executable, sha256 };
}

function packVariables(
  conda: NonNullable<EnvironmentSpec["conda"]>,
  region: string | undefined,
): Record<string, string> {
  if ("slug" in conda) return { CONDA_ENV_TYPE: "service", CONDA_ENV_SLUG: conda.slug };
  const { location } = conda;
  if (location.kind !== "oci") {
    throw new NbjobError("invalid-job-file", "environment.conda: Data Science takes packs from a bucket only.", {
      remedy: "Publish the pack to oci://bucket@namespace/…, or run it in an image.",
    });
  }
  return {
    CONDA_ENV_TYPE: "published",
    CONDA_ENV_NAMESPACE: location.namespace,
    CONDA_ENV_BUCKET: location.bucket,
    CONDA_ENV_OBJECT_NAME: location.object,
    ...(region === undefined ? {} : { CONDA_ENV_REGION: region }),
  };
}

/** The archive's bytes. */
export async function makeArtifact({ executable }: ManagedEnvironment, tempFolder: string): Promise<Uint8Array> {
  const [{ create }, { copyFile, mkdtemp, writeFile }] = [await import("tar"), await import("node:fs/promises")];
  const folder = await mkdtemp(join(tempFolder, "artifact-"));
  await copyFile(executable, join(folder, "nbjob"));
  await writeFile(join(folder, entrypoint), script, { mode: 0o755 });
  const path = join(folder, artifactName);
  await create({ file: path, cwd: folder, gzip: { level: 1 }, portable: true, noMtime: true, strict: true }, [
    entrypoint,
    "nbjob",
  ]);
  return readFile(path);
}
