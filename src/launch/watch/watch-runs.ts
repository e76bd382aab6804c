import type { Clock } from "../../http/clock.ts";
import type { DataScience } from "../../oci/datascience/client.ts";
import type { Logging } from "../../oci/logging/client.ts";
import { readLogs, remedyStatement } from "../../oci/grants.ts";
import { serviceError } from "../../oci/service-error.ts";
import { describeError } from "../../text/describe.ts";
import type { LogLine } from "./log-line.ts";
import { isOver, outcomeOf, type RunOutcome } from "./outcome.ts";
import { Pace } from "./pace.ts";
import { mayPass, Patience } from "./patience.ts";
import { RunLog } from "./run-log.ts";
import { type FoundRun, readStates, type WatchedRun } from "./states.ts";

export type { FoundRun, WatchedRun } from "./states.ts";

/** What happens to watched runs, in the order in which it is learnt. */
export type RunEvent =
  /** Its state or what is said of it has changed. */
  | { readonly kind: "state"; readonly run: FoundRun; readonly at: Date }
  | { readonly kind: "line"; readonly runId: string; readonly line: LogLine }
  /** It has ended; what Logging has not shown yet is awaited for so long, in milliseconds. */
  | { readonly kind: "late-lines"; readonly runId: string; readonly forMs: number }
  /** It has no log that could be shown. */
  | { readonly kind: "no-log"; readonly runId: string; readonly why: string }
  /** Nothing more will be told of it. Every run ends once. */
  | { readonly kind: "ended"; readonly runId: string; readonly run: FoundRun | undefined; readonly outcome: RunOutcome }
  /** The services do not answer; the watch goes on. */
  | { readonly kind: "trouble"; readonly message: string }
  | { readonly kind: "recovered" };

export interface WatchOptions {
  readonly dataScience: DataScience;
  /** Undefined for no logs. */
  readonly logging?: Logging | undefined;
  /** Milliseconds between two looks while things change. @default 3,000 */
  readonly intervalMs?: number;
  /** How long lines are awaited after a run has ended. @default 90,000, as ADS does */
  readonly drainMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Longest pauses while nothing changes, in milliseconds. */
const mostBetweenStates = 30_000;
const mostBetweenLogs = 15_000;
/** A run that was there and is in no answer so often is deleted; a new one may take as long to be seen. */
const mostMisses = 5;
/** How often a log may be refused, as one is that was just made, before it is done without. */
const mostLogFailures = 5;

const policy = (principal: "user" | "job run" | "instance"): string => remedyStatement(readLogs, { principal });

interface Watched {
  readonly watched: WatchedRun;
  found: FoundRun | undefined;
  misses: number;
  log: { readonly reader: RunLog; readonly pace: Pace } | undefined;
  /** When a run of many is read by itself for its log. */
  readonly logLooks: Pace;
  logFailures: number;
  /** Why its log is not read any more. */
  logGone: string | undefined;
  /** Set once its state will not change; its log may still come in. */
  outcome: RunOutcome | undefined;
  drainUntil: number;
}

/**
 * Watches job runs: `add` them, then iterate over `events()`, which ends when each has ended. More may be added in between.
 * Hours of watching survive tokens that expire, rate limits and networks that go away for a while.
 */
export class RunWatch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #runs = new Map<string, Watched>();
  readonly #states: Pace;
  readonly #patience: Patience;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.dataScience.connection.clock;
    const { intervalMs = 3_000 } = options;
    this.#states = new Pace(this.#clock, intervalMs, mostBetweenStates);
    this.#patience = new Patience(() => this.#clock.now(), intervalMs);
  }

  add(run: WatchedRun): void {
    this.#runs.set(run.id, {
      watched: run,
      found: undefined,
      misses: 0,
      log: undefined,
      logLooks: new Pace(this.#clock, this.#options.intervalMs ?? 3_000, mostBetweenStates * 2),
      logFailures: 0,
      logGone: undefined,
      outcome: undefined,
      drainUntil: 0,
    });
    this.#states.hurry();
  }

  /** Looks at the states at once: somebody has asked for a change. */
  hurry(): void {
    this.#states.hurry();
  }

  /** @throws NbjobError where a failure will not pass; the signal's reason */
  async *events(): AsyncGenerator<RunEvent, void, undefined> {
    while (this.#runs.size > 0) {
      try {
        if (this.#states.isDue) yield* this.#lookAtStates();
        yield* this.#lookAtLogs();
        yield* this.#end();
        if (this.#patience.worked()) yield { kind: "recovered" };
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        const { pauseMs, tell } = this.#patience.failed(error);
        if (tell !== undefined) yield { kind: "trouble", message: tell };
        await this.#clock.sleep(pauseMs, this.#options.signal);
        continue;
      }
      await this.#pause();
    }
  }

  async *#lookAtStates(): AsyncGenerator<RunEvent, void, undefined> {
    const going = [...this.#runs.values()].filter(({ outcome }) => outcome === undefined);
    if (going.length === 0) {
      this.#states.looked(false);
      return;
    }
    const found = await readStates(
      this.#options.dataScience,
      going.map(({ watched }) => watched),
      this.#options.signal,
    );
    const byId = new Map(found.map((run) => [run.id, run]));
    let changed = false;
    for (const run of going) {
      const now = byId.get(run.watched.id);
      if (now === undefined) this.#missed(run);
      else if (this.#changed(run, now)) {
        changed = true;
        yield { kind: "state", run: now, at: new Date(this.#clock.now()) };
        const forMs = run.drainUntil - this.#clock.now();
        if (run.log !== undefined && forMs > 0) yield { kind: "late-lines", runId: now.id, forMs };
      }
    }
    this.#states.looked(changed);
  }

  #changed(run: Watched, now: FoundRun): boolean {
    const before = run.found;
    // A list says less of a run than reading it does.
    run.found = { ...(before?.logDetails === undefined ? {} : { logDetails: before.logDetails }), ...now };
    run.misses = 0;
    const outcome = outcomeOf(now.lifecycleState, now.lifecycleDetails);
    if (outcome !== undefined && run.outcome === undefined) {
      run.outcome = outcome;
      // Of one that needs attention nobody knows when its last line comes.
      const drainMs = isOver(now.lifecycleState) ? (this.#options.drainMs ?? 90_000) : 0;
      run.drainUntil = this.#clock.now() + drainMs;
    }
    return before?.lifecycleState !== now.lifecycleState || before.lifecycleDetails !== now.lifecycleDetails;
  }

  #missed(run: Watched): void {
    run.misses += 1;
    if (run.misses >= mostMisses) run.outcome = outcomeOf("DELETED");
  }

  async *#lookAtLogs(): AsyncGenerator<RunEvent, void, undefined> {
    if (this.#options.logging === undefined) return;
    for (const run of this.#runs.values()) {
      if (run.logGone !== undefined) continue;
      if (run.log === undefined) await this.#openLog(run);
      if (run.log === undefined || !run.log.pace.isDue) continue;
      for (const line of await this.#read(run, run.log)) yield { kind: "line", runId: run.watched.id, line };
      if (run.logGone !== undefined) yield { kind: "no-log", runId: run.watched.id, why: run.logGone };
    }
  }

  /** What a log has to show. A log that may not be read does not end the watch. */
  async #read(run: Watched, { reader, pace }: NonNullable<Watched["log"]>, toEnd = false): Promise<readonly LogLine[]> {
    try {
      const lines = toEnd ? await reader.readToEnd() : await reader.read();
      run.logFailures = 0;
      pace.looked(lines.length > 0 || reader.holds);
      return lines;
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (mayPass(error)) throw error;
      const connection = this.#options.dataScience.connection;
      const told = await serviceError(error, { connection, service: "loggingsearch", what: "reading its log", policy });
      run.logFailures += 1;
      pace.looked(false);
      if (toEnd || run.logFailures >= mostLogFailures) {
        run.logGone = told instanceof Error ? describeError(told).join(" ") : String(told);
      }
      return [];
    }
  }

  /** A run's log is known once its machine is up; lists do not tell it. */
  async #openLog(run: Watched): Promise<void> {
    const { dataScience, logging, intervalMs = 3_000, signal } = this.#options;
    const { found } = run;
    if (found === undefined || logging === undefined) return;
    const mayHaveLog = found.timeStarted !== undefined || found.lifecycleState !== "ACCEPTED";
    if (found.logDetails === undefined && mayHaveLog && this.#runs.size > 1 && run.logLooks.isDue) {
      const { logDetails } = await dataScience.getJobRun(found.id, { signal });
      run.logLooks.looked(false);
      if (logDetails !== undefined) run.found = { ...found, logDetails };
    }
    const details = run.found?.logDetails;
    if (details === undefined) return;
    run.log = {
      reader: new RunLog({
        logging,
        runId: found.id,
        logGroupId: details.logGroupId,
        logId: details.logId,
        from: Date.parse(found.timeAccepted),
        settleMs: 2 * intervalMs,
        signal,
      }),
      pace: new Pace(this.#clock, intervalMs, mostBetweenLogs),
    };
  }

  /** Lets go of runs whose last line has come. */
  async *#end(): AsyncGenerator<RunEvent, void, undefined> {
    for (const [id, run] of this.#runs) {
      const { outcome, log, found } = run;
      if (outcome === undefined) continue;
      const reads = log !== undefined && run.logGone === undefined;
      if (reads && this.#clock.now() < run.drainUntil) continue;
      if (reads) for (const line of await this.#read(run, log, true)) yield { kind: "line", runId: id, line };
      const why =
        run.logGone ?? (log === undefined ? "it has none: a logGroupId in the job file gives it one" : undefined);
      if (why !== undefined && this.#options.logging !== undefined && (reads || log === undefined)) {
        yield { kind: "no-log", runId: id, why };
      }
      this.#runs.delete(id);
      yield { kind: "ended", runId: id, run: found, outcome };
    }
  }

  async #pause(): Promise<void> {
    const times = [...this.#runs.values()].flatMap(({ outcome, log, drainUntil }) => [
      ...(outcome === undefined ? [this.#states.next] : [drainUntil]),
      ...(log === undefined ? [] : [log.pace.next]),
    ]);
    if (times.length === 0) return;
    const pauseMs = Math.min(...times) - this.#clock.now();
    if (pauseMs > 0) await this.#clock.sleep(pauseMs, this.#options.signal);
  }
}
