import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { canceledEarly } from "../run/conclude.ts";
import { run } from "../run/run.ts";
import { supervise } from "../run/supervise.ts";
import { sweepMarkIn } from "../run/sweep-mark.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { openStores, type Stores } from "../storage/stores.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { jobOf } from "./job.ts";
import { text } from "./options.ts";

/** `nbjob run [JOBFILE]`: stage, execute, publish; the exit code is the work's own, or a documented one. */
export async function runCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const env = plainEnvironment(context.env);
  if (process.pid === 1) {
    context.log.warn(
      "nbjob is process 1 of this container, where no init collects processes that the work leaves behind. " +
        "Start it under one: docker run --init, or tini as the entrypoint",
    );
  }
  const stores = openStores({ env, log: context.log });
  const cwd = text(invocation, "cwd");
  try {
    const spec = await jobUnlessCanceled(invocation, context, stores);
    if (invocation.values["sweep"] === true) {
      const { runSweep } = await import("./run-sweep.ts");
      return await runSweep(spec, invocation, context, stores);
    }
    if (spec.oci.sweep !== undefined && sweepMarkIn(env) === undefined)
      context.log.info("The job file has a sweep, and this is one run without it: --sweep runs them all");
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

/** A job file may be long in coming, and process 1 has no signal that ends it by itself. */
async function jobUnlessCanceled(invocation: Invocation, context: CommandContext, stores: Stores): Promise<JobSpec> {
  const supervision = supervise(context.signals, () => undefined);
  const { stop } = supervision;
  try {
    const spec = await jobOf(invocation, context, stores, stop);
    stop.throwIfAborted();
    return spec;
  } catch (error) {
    throw supervision.cause?.kind === "canceled" ? canceledEarly(supervision.cause.signal) : error;
  } finally {
    supervision.dispose();
  }
}
