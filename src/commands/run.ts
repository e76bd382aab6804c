import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { forNode } from "../run/node-rank.ts";
import { run } from "../run/run.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { loadJob, loadMountedJob, type LoadJobOptions } from "../spec/load.ts";
import { openStores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { overridesOf } from "./overrides.ts";
import { text } from "./options.ts";

/** `nbjob run [JOBFILE]`: stage, execute, publish; the exit code is the work's own, or a documented one. */
export async function runCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const env = plainEnvironment(context.env);
  const named = invocation.operands[0] ?? env["NOTEBOOK_YAML_URL"] ?? env["NOTEPAD_YAML_URL"];
  const stores = openStores({ env, log: context.log });
  const options = { stores, env, cwd: context.cwd, overrides: overridesOf(invocation) };
  const loaded = named ? await loadJob(named, options) : await mountedJob(options, context);
  const spec = forNode(loaded, env);
  const cwd = text(invocation, "cwd");
  try {
    const result = await run(
      spec,
      {
        log: context.log,
        stores,
        signals: context.signals,
        now: context.now,
        version: context.version,
        env,
        tempFolder: tmpdir(),
      },
      {
        ...(cwd === undefined ? {} : { cwd: resolve(context.cwd, cwd) }),
        keepWorkspace: invocation.values["keepWorkspace"] === true,
      },
    );
    return result.exitCode;
  } finally {
    await stores.close();
  }
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
