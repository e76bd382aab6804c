import { packFromVariables, type CondaEnvironment, type PackSource } from "../environment/conda/index.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { RunHost } from "./host.ts";
import type { PlacedWork } from "./stage-work.ts";

/**
 * The conda environment that the work runs in; undefined for the image's own Python.
 * @throws NbjobError where the pack cannot be had or used
 */
export async function stageConda(
  spec: JobSpec,
  placed: Promise<PlacedWork>,
  { stores, env, log, tempFolder }: RunHost,
  signal: AbortSignal,
): Promise<CondaEnvironment | undefined> {
  const source = await packOf(spec, placed, env);
  if (source === undefined) return undefined;
  // Loaded by the runs that have a pack.
  const { unpack } = await import("../artifact/archive/index.ts");
  const { installPack } = await import("../environment/conda/install.ts");
  return installPack(source, { stores, env, log, tempFolder, unpack, signal });
}

/**
 * Which conda pack a run takes: the job file's, else what `CONDA_ENV_*` name, else what the archive's own runtime file does.
 * @throws NbjobError `environment` for variables that do not say enough
 */
export async function packOf(
  spec: JobSpec,
  placed: Promise<Pick<PlacedWork, "variables">>,
  env: RunHost["env"],
): Promise<PackSource | undefined> {
  // Data Science has activated it, as the script says that starts nbjob there.
  if (env["NBJOB_CONDA"] === "active") return undefined;
  const variables = { ...env, ...spec.environment.variables };
  return spec.environment.conda ?? packFromVariables(variables) ?? packFromVariables((await placed).variables);
}
