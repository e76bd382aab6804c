import type { DataScience } from "../../oci/datascience/client.ts";
import type { JobRunSummary } from "../../oci/datascience/models.ts";
import type { RunRecord } from "../../run/record.ts";
import { formatSweepMark, type SweepMark, sweepVariable } from "../../run/sweep-mark.ts";
import type { SweepCause, SweepSpec } from "../../spec/sweep.ts";
import { displayLocation } from "../../storage/location.ts";
import { beginSweep, type SweepHost, type SweepOptions } from "../../sweep/begin.ts";
import { concludeSweep, type SweepEnd } from "../../sweep/conclude.ts";
import { drive } from "../../sweep/drive.ts";
import type { SweepRun } from "../../sweep/expand.ts";
import { resultOf, type SweepResult } from "../../sweep/result.ts";
import { checkNames, folderOf, overridesOfRun } from "../../sweep/run-overrides.ts";
import { ownRecord, type SweepState } from "../../sweep/state.ts";
import { describeError } from "../../text/describe.ts";
import { NbjobError } from "../../text/errors.ts";
import { prepareJob } from "../launch.ts";
import { lineageTags } from "../lineage.ts";
import { type LaunchPlan, runRequest, type RunRequest } from "../plan.ts";
import { isOver } from "../watch/outcome.ts";
import { createOnce, isNoRoom } from "./create-run.ts";
import { type KnownRun, knownRuns, nameOf, tagsOf } from "./tags.ts";
import { type RunEnd, SweepWatcher } from "./watcher.ts";

export interface RemoteSweepHost extends SweepHost {
  readonly dataScience: DataScience;
  readonly tempFolder: string;
  /** Cancels every run: nothing more is made, and the ends of those that were are awaited. */
  readonly cancel: AbortSignal;
  /** Nothing is awaited any more; runs go on. */
  readonly leave: AbortSignal;
}

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

/** The requests that would make the runs, for `launch --dry-run`. */
export function sweepRequests(plan: LaunchPlan, runs: readonly SweepRun[], now: Date): readonly RunRequest[] {
  checkFolder(plan);
  checkNames(plan.spec, runs);
  return runs.map((run) => requestOf(plan, run, { id: "00000000-the-sweep-s-id", run: run.name, attempt: 1 }, now));
}

/** @throws NbjobError for a folder that is another for every run: the sweep's state needs one of its own */
function checkFolder({ spec }: LaunchPlan): void {
  const shown = displayLocation(spec.outputFolder);
  if (!shown.includes("${")) return;
  throw new NbjobError("invalid-job-file", `outputFolder is another for every run of a sweep: ${shown}`, {
    remedy: "Leave the variable out: each run has a folder of its own under runs/.",
  });
}

function requestOf(plan: LaunchPlan, run: SweepRun, mark: SweepMark, now: Date): RunRequest {
  const outputs = displayLocation(folderOf(plan.spec, run));
  return {
    name: nameOf(plan.name, mark),
    overrides: overridesOfRun(plan.spec, run),
    variables: { [sweepVariable]: formatSweepMark(mark) },
    tags: { ...tagsOf(mark), ...(outputs.length > 256 ? {} : { [lineageTags.outputs]: outputs }) },
    now,
  };
}

const none: ReadonlyMap<string, KnownRun> = new Map();

interface RunnerParts {
  readonly plan: LaunchPlan;
  readonly jobId: string;
  readonly state: SweepState;
  /** What an earlier launch has made. */
  readonly known: ReadonlyMap<string, KnownRun>;
  readonly host: RemoteSweepHost;
  readonly intervalMs: number;
}

/** Makes job runs, or takes over those that are there, and waits for their ends. */
class RemoteRunner {
  readonly #parts: RunnerParts;
  readonly #watcher: SweepWatcher;
  readonly #going = new Map<string, Promise<unknown>>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    const { dataScience, leave, log } = parts.host;
    this.#watcher = new SweepWatcher({ dataScience, intervalMs: parts.intervalMs, signal: leave }, log);
  }

  async execute(run: SweepRun, number: number): Promise<SweepResult> {
    const { known, host } = this.#parts;
    const before = known.get(run.name);
    const started = performance.now();
    // An earlier launch's tries count: no two runs have one name.
    const attempt = number + (before?.attempt ?? 0);
    if (before !== undefined && number === 1 && isTakenOver(before)) {
      const { summary } = before;
      host.log.info(`Run ${run.name} was launched before: ${summary.id}`);
      return this.#finish(run, before.attempt, summary, started);
    }
    try {
      const summary = await this.#create(run, attempt);
      return await this.#finish(run, attempt, summary, started);
    } catch (error) {
      if (host.cancel.aborted && !host.leave.aborted) return notBegun(run, attempt);
      if (isNoRoom(error) && error instanceof NbjobError) return refused(run, attempt, error);
      throw error;
    }
  }

  #create(run: SweepRun, attempt: number): Promise<JobRunSummary> {
    const { plan, jobId, state, host, intervalMs } = this.#parts;
    const mark = { id: state.id, run: run.name, attempt };
    return createOnce(runRequest(plan, jobId, requestOf(plan, run, mark, host.now())), {
      dataScience: host.dataScience,
      room: () => (this.#going.size === 0 ? undefined : Promise.race(this.#going.values()).catch(() => undefined)),
      pauseMs: intervalMs,
      stop: host.cancel,
      leave: host.leave,
      onTrouble: (message) => host.log.warn(`Run ${run.name} is not made yet: ${message}`),
    });
  }

  /** Waits for the end of a job run, cancelling it where all is cancelled. */
  async #finish(run: SweepRun, attempt: number, job: JobRunSummary, started: number): Promise<SweepResult> {
    const { host, state, plan } = this.#parts;
    const { cancel, log } = host;
    const end = this.#watcher.ended(job, ({ lifecycleState, lifecycleDetails }) =>
      log.debug(`Run ${run.name} is ${lifecycleState}, ${lifecycleDetails ?? ""}`),
    );
    this.#going.set(job.id, end);
    const onCancel = (): void => void this.#cancel(job.id, run.name);
    if (cancel.aborted) onCancel();
    else cancel.addEventListener("abort", onCancel);
    try {
      const { outcome, run: found } = await end;
      // Nobody knows whether it still works: what is tried again must not meet it.
      if (outcome.reason === "needs-attention") await this.#cancel(job.id, run.name);
      const id = { id: state.id, run, attempt };
      const record = await ownRecord(plan.spec, id, host.stores, host.leave).catch((error: unknown) => {
        log.warn(`The record of run ${run.name} cannot be read: ${describeError(error).join(" ")}`);
        return undefined;
      });
      return remoteResult(run, attempt, { outcome, record, job: found ?? job, started });
    } finally {
      this.#going.delete(job.id);
      cancel.removeEventListener("abort", onCancel);
    }
  }

  async #cancel(id: string, name: string): Promise<void> {
    const { dataScience, log } = this.#parts.host;
    try {
      await dataScience.cancelJobRun(id);
    } catch (error) {
      log.error(`Run ${name} (${id}) could not be cancelled: ${describeError(error).join(" ")}`);
    }
    this.#watcher.hurry();
  }
}

/** One that goes on is waited for, one that succeeded is done; one that failed is tried again. */
function isTakenOver({ summary: { lifecycleState } }: KnownRun): boolean {
  return lifecycleState === "SUCCEEDED" || (!isOver(lifecycleState) && lifecycleState !== "NEEDS_ATTENTION");
}

function remoteResult(
  run: SweepRun,
  attempts: number,
  ended: Pick<RunEnd, "outcome"> & {
    readonly record: RunRecord | undefined;
    readonly job: JobRunSummary;
    readonly started: number;
  },
): SweepResult {
  const { outcome, record, job, started } = ended;
  const { exitCode, reason } = outcome;
  const seconds = (performance.now() - started) / 1000;
  const result = resultOf(run, record, { exitCode, attempts, canceled: reason === "canceled", seconds });
  const cause = causeOf(outcome);
  return {
    ...result,
    reason: record?.reason ?? reason ?? null,
    message: result.message ?? (exitCode === 0 ? null : outcome.message),
    ...(cause === undefined ? {} : { cause }),
    jobRun: job.id,
  };
}

function causeOf({ reason, message }: RunEnd["outcome"]): SweepCause | undefined {
  if (reason === "timeout") return "maximum-runtime";
  if (reason !== "service-failed" && reason !== "needs-attention") return undefined;
  return /capacity|quota|limit exceeded/i.test(message) ? "capacity" : "service";
}

function notBegun(run: SweepRun, attempts: number): SweepResult {
  const nothing = { exitCode: null, seconds: null, metrics: {}, message: null };
  return { run, status: "canceled", reason: "canceled", attempts: attempts - 1, ...nothing };
}

function refused(run: SweepRun, attempts: number, { reason, exitCode, message }: NbjobError): SweepResult {
  return { run, status: "failed", exitCode, reason, cause: "capacity", seconds: null, attempts, metrics: {}, message };
}
