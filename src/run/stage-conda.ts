import { unpack } from "../artifact/archive/index.ts";
import { installPack, packFromVariables, type CondaEnvironment } from "../environment/conda/index.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { RunHost } from "./host.ts";
import type { PlacedWork } from "./stage-work.ts";

/**
 * The conda environment that the work runs in: the job file's, else what `CONDA_ENV_*` name, else what the archive's own
 * runtime file does; undefined for the image's own Python.
 * @throws NbjobError where the pack cannot be had or used
 */
export async function stageConda(
  spec: JobSpec,
  placed: Promise<PlacedWork>,
  { stores, env, log, tempFolder }: RunHost,
  signal: AbortSignal,
): Promise<CondaEnvironment | undefined> {
  const variables = { ...env, ...spec.environment.variables };
  const source = spec.environment.conda ?? packFromVariables(variables) ?? packFromVariables((await placed).variables);
  if (source === undefined) return undefined;
  return installPack(source, { stores, env, log, tempFolder, unpack, signal });
}
