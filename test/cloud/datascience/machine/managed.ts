/** An environment of the service's: a conda pack, here the project's own Python, and the job's artifact in it. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Storage } from "../../objectstorage/storage.ts";
import type { Node } from "../execution.ts";
import { isArchive, type Layout } from "./layout.ts";
import type { Command } from "./process.ts";
import { splitWords } from "./words.ts";

const python = join(import.meta.dirname, "..", "..", "..", "..", ".venv");

/** What runs, or why nothing can. */
export function managedCommand(
  { configuration }: Node,
  layout: Layout,
  storage: Storage,
  env: Readonly<Record<string, string>>,
): Command | { readonly failure: string } {
  const problem = packProblem(env, storage);
  if (problem !== undefined) return { failure: problem };
  const file = fileToRun(layout, env);
  if (typeof file !== "string") return file;
  const interpreter = /\.py$/i.test(file) ? "python" : /\.sh$/i.test(file) ? "bash" : undefined;
  if (interpreter === undefined)
    return { failure: `Job run artifact ${basename(file)} is neither Python nor a shell script.` };
  const conda = existsSync(python) ? { CONDA_PREFIX: python } : {};
  const path = [...(existsSync(python) ? [join(python, "bin")] : []), process.env["PATH"] ?? ""].join(":");
  const home = { HOME: layout.home, NBJOB_DATASCIENCE_HOME: layout.home, TMPDIR: layout.temp };
  const args = [interpreter, file, ...splitWords(configuration.commandLineArguments ?? "")];
  const cwd = layout.unpacked ?? layout.home;
  return { program: "env", args, cwd, env: { PATH: path, ...home, ...conda, ...env } };
}

/** A published pack must be in its bucket; those of the service are all there. */
function packProblem(env: Readonly<Record<string, string>>, storage: Storage): string | undefined {
  const { CONDA_ENV_TYPE: type, CONDA_ENV_SLUG: slug, CONDA_ENV_NAMESPACE: namespace } = env;
  if (type === "service") return slug ? undefined : "Job run failed: CONDA_ENV_SLUG is not set.";
  if (type !== "published") return undefined;
  const { CONDA_ENV_BUCKET: bucket = "", CONDA_ENV_OBJECT_NAME: object = "", CONDA_ENV_REGION: region } = env;
  if (!region) return "Job run failed: CONDA_ENV_REGION is not set.";
  const there = namespace === storage.namespace && storage.find(bucket, object) !== undefined;
  return there ? undefined : `Job run failed: the conda environment ${bucket}/${object} does not exist.`;
}

function fileToRun(layout: Layout, env: Readonly<Record<string, string>>): string | { readonly failure: string } {
  const { artifact, unpacked } = layout;
  if (artifact === undefined) return { failure: "Job run failed: the job has no artifact." };
  if (!isArchive(artifact) || unpacked === undefined) return artifact;
  const { JOB_RUN_ENTRYPOINT: entrypoint } = env;
  if (!entrypoint) return { failure: "Job run failed: JOB_RUN_ENTRYPOINT is not set." };
  const file = join(unpacked, entrypoint);
  return existsSync(file) ? file : { failure: `Job run failed: the artifact has no ${entrypoint}.` };
}
