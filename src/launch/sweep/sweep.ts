import type { SweepSpec } from "../../spec/sweep.ts";
import { beginSweep, type SweepOptions } from "../../sweep/begin.ts";
import { concludeSweep, type SweepEnd } from "../../sweep/conclude.ts";
import { drive } from "../../sweep/drive.ts";
import { prepareJob } from "../launch.ts";
import type { LaunchPlan } from "../plan.ts";
import { checkFolder } from "./request.ts";
import { type RemoteSweepHost, RemoteRunner } from "./runner.ts";
import { type KnownRun, knownRuns } from "./tags.ts";

export interface RemoteSweepOptions extends SweepOptions {
  readonly intervalMs: number;
  /** The exit code of a sweep that was cancelled. */
  readonly canceledWith: () => number;
}

/**
 * Runs a sweep on Data Science: one job, a job run for each of the sweep's runs. What is known of it lies in the output
 * folder and in the tags of its runs, so that anybody can go on with it.
 *
 * @throws NbjobError where the folder holds another sweep, the job cannot be made, or the watch must be given up; the reason of `leave`
 */
export async function sweepRemotely(
  plan: LaunchPlan,
  sweep: SweepSpec,
  host: RemoteSweepHost,
  options: RemoteSweepOptions,
): Promise<SweepEnd> {
  const { spec } = plan;
  const { dataScience, cancel, leave } = host;
  checkFolder(plan);
  const { state, kept, left, progress, mask } = await beginSweep(spec, sweep, host, { ...options, signal: leave });
  const { id: jobId } = await prepareJob(plan, { ...host, signal: AbortSignal.any([cancel, leave]) });
  const { compartmentId } = plan.placement;
  const known = state.resumed ? await knownRuns(dataScience, { id: state.id, compartmentId }, leave) : none;
  const runner = new RemoteRunner({ plan, jobId, state, known, host, intervalMs: options.intervalMs });
  const ended = await drive(left, {
    maxParallel: options.maxParallel,
    retries: sweep.retries,
    stop: cancel,
    execute: (run, attempt) => {
      progress.started(run, attempt);
      return runner.execute(run, attempt);
    },
    onEnd: progress.ended,
  });
  const canceledWith = cancel.aborted ? options.canceledWith() : undefined;
  return concludeSweep(spec, sweep, state, { known: [...kept, ...ended], canceledWith }, { ...host, mask });
}

const none: ReadonlyMap<string, KnownRun> = new Map();
