import type { DataScience } from "../../oci/datascience/client.ts";
import type { JobRunSummary } from "../../oci/datascience/models.ts";
import type { SweepHost } from "../../sweep/begin.ts";
import type { SweepRun } from "../../sweep/expand.ts";
import type { SweepResult } from "../../sweep/result.ts";
import { ownRecord, type SweepState } from "../../sweep/state.ts";
import { describeError } from "../../text/describe.ts";
import { NbjobError } from "../../text/errors.ts";
import { type LaunchPlan, runRequest } from "../plan.ts";
import { isOver } from "../watch/outcome.ts";
import { createOnce, isNoRoom } from "./create-run.ts";
import { notBegun, refused, remoteResult } from "./remote-result.ts";
import { requestOf } from "./request.ts";
import type { KnownRun } from "./tags.ts";
import { SweepWatcher } from "./watcher.ts";

export interface RemoteSweepHost extends SweepHost {
  readonly dataScience: DataScience;
  readonly tempFolder: string;
  /** Cancels every run: nothing more is made, and the ends of those that were are awaited. */
  readonly cancel: AbortSignal;
  /** Nothing is awaited any more; runs go on. */
  readonly leave: AbortSignal;
}

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
export class RemoteRunner {
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
