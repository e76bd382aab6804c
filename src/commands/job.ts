import { tmpdir } from "node:os";
import { join } from "node:path";
import { forNode } from "../run/node-rank.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { loadJob, loadMountedJob, type LoadJobOptions } from "../spec/load.ts";
import type { Stores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { overridesOf } from "./overrides.ts";

/** What is named as the job file; undefined where nothing is. */
export function namedJob({ operands }: Invocation, { env }: CommandContext): string | undefined {
  return (operands[0] ?? env["NOTEBOOK_YAML_URL"] ?? env["NOTEPAD_YAML_URL"]) || undefined;
}

/**
 * The job that a command line and the environment name, with what they change of it: a job file, a notebook or an artifact
 * in its place, else what Data Science mounted.
 * @throws NbjobError as `loadJob` does; `usage` where nothing is named and nothing is mounted
 */
export async function jobOf(
  invocation: Invocation,
  context: CommandContext,
  stores: Stores,
  signal?: AbortSignal,
): Promise<JobSpec> {
  const env = plainEnvironment(context.env);
  const overrides = overridesOf(invocation);
  const options = { stores, env, cwd: context.cwd, overrides, ...(signal === undefined ? {} : { signal }) };
  const named = namedJob(invocation, context);
  return forNode(named === undefined ? await mountedJob(options, context) : await loadJob(named, options), env);
}

/** The job run's own artifact, where no job file is named. */
async function mountedJob(options: LoadJobOptions, { log }: CommandContext): Promise<JobSpec> {
  const outputFolder = `${join(tmpdir(), "nbjob-output", options.env["JOB_RUN_OCID"] || "here")}/`;
  const spec = await loadMountedJob(options, outputFolder);
  if (spec === undefined) {
    throw new NbjobError("usage", "No job file is named, and Data Science has mounted no artifact", {
      remedy: "Name one as the argument, or in NOTEBOOK_YAML_URL: nbjob run jobs/hello.yaml",
    });
  }
  if (spec.outputFolder.kind === "file" && spec.outputFolder.path === outputFolder)
    log.warn(`OUTPUT_URI is not set: the outputs stay on this machine, in ${outputFolder}`);
  return spec;
}
