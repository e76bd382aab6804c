import { randomInt, randomUUID } from "node:crypto";
import { sweepRequests } from "../launch/sweep/request.ts";
import { sweepRemotely } from "../launch/sweep/sweep.ts";
import type { LaunchPlan, RunRequest } from "../launch/plan.ts";
import type { SweepSpec } from "../spec/sweep.ts";
import { expandSweep } from "../sweep/expand.ts";
import { exitCodes, NbjobError } from "../text/errors.ts";
import { withDataScience } from "./cloud.ts";
import { plainEnvironment } from "./environment.ts";
import { detachedCode, watchTimes } from "./follow.ts";
import { Interrupts } from "./interrupt.ts";
import type { Launching } from "./launch.ts";
import { maxParallelOf, tableFormat } from "./sweep-options.ts";

/** How many job runs there are at a time, where nobody says. */
const defaultParallel = 10;
const defaultIntervalMs = 3_000;

/** `nbjob launch JOBFILE` with a sweep: a job run for each of its runs, then one table. */
export async function launchSweep(plan: LaunchPlan, sweep: SweepSpec, launching: Launching): Promise<number> {
  const { invocation, context, stores, tempFolder } = launching;
  const { log, now, signals, env } = context;
  if (invocation.values["detach"] === true) {
    throw new NbjobError("usage", "--detach would leave nobody to start the sweep's further runs", {
      remedy: "Leave it out; a sweep that is left half-way goes on with --resume.",
    });
  }
  const maxParallel = maxParallelOf(invocation) ?? sweep.maxParallel ?? defaultParallel;
  const canceling = new AbortController();
  const left = (): string => "Job runs that were started go on: nbjob launch with --resume goes on with the sweep";
  return withDataScience(context, async (dataScience) => {
    const canceledWith = (): number => interrupts.exitCode ?? exitCodes.canceled;
    const cancel = (): void =>
      canceling.abort(new NbjobError("canceled", "The sweep was cancelled", { exitCode: canceledWith() }));
    using interrupts = new Interrupts({ signals, log, cancel, left });
    const host = {
      dataScience,
      stores,
      log,
      now,
      env: plainEnvironment(env),
      tempFolder,
      newId: randomUUID,
      newSeed: () => randomInt(2 ** 31),
      cancel: canceling.signal,
      leave: interrupts.stop,
    };
    const { intervalMs = defaultIntervalMs } = watchTimes(invocation, { env });
    const options = { maxParallel, resume: invocation.values["resume"] === true, intervalMs, canceledWith };
    try {
      const { exitCode, tables } = await sweepRemotely(plan, sweep, host, options);
      const json = invocation.values["output"] === "json";
      log.print(tables[json ? "json" : tableFormat(invocation)]);
      return exitCode;
    } catch (error) {
      return detachedCode(error, log);
    }
  });
}

/** What its runs would be made with. Without a seed, values are drawn that the sweep itself would not draw. */
export function plannedRuns(plan: LaunchPlan, sweep: SweepSpec, now: Date): readonly RunRequest[] {
  const seed = sweep.sets.kind === "random" ? (sweep.sets.seed ?? 0) : 0;
  return sweepRequests(plan, expandSweep(sweep.sets, seed), now);
}
