import { fetchRecord } from "../launch/record.ts";
import type { RunOutcome } from "../launch/watch/outcome.ts";
import { type FoundRun, RunWatch, type RunEvent, type WatchedRun } from "../launch/watch/watch-runs.ts";
import type { DataScience } from "../oci/datascience/client.ts";
import { Logging } from "../oci/logging/client.ts";
import type { RunRecord } from "../run/record.ts";
import type { Stores } from "../storage/stores.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { durationIn, optionalDuration } from "./durations.ts";
import { Detached } from "./interrupt.ts";
import { tellOutcome } from "./outcome-text.ts";
import { nameOfRun } from "./run-text.ts";

export interface FollowOptions {
  readonly dataScience: DataScience;
  readonly stores: Stores;
  readonly logs: boolean;
  readonly intervalMs?: number;
  readonly drainMs?: number;
  readonly signal: AbortSignal;
  /** The work's lines go to stderr where the answer on stdout is JSON. */
  readonly json: boolean;
  /** The code of the signal that had the run cancelled, once one did. */
  readonly cancelCode?: () => number | undefined;
  /** Told of the watch, so that somebody may hurry it. */
  readonly onWatch?: (watch: RunWatch) => void;
}

/** How a watched run ended, for people and machines. */
export interface Followed {
  readonly run: FoundRun | undefined;
  readonly id: string;
  readonly outcome: RunOutcome;
  readonly outputs: string | undefined;
  readonly record: RunRecord | undefined;
}

/** What `--interval` and `--drain` say, or `NBJOB_DRAIN`. */
export function watchTimes(
  invocation: Invocation,
  { env }: Pick<CommandContext, "env">,
): Pick<FollowOptions, "intervalMs" | "drainMs"> {
  const intervalMs = optionalDuration(invocation, "interval");
  const drainMs = optionalDuration(invocation, "drain") ?? durationIn(env, "NBJOB_DRAIN");
  return { ...(intervalMs === undefined ? {} : { intervalMs }), ...(drainMs === undefined ? {} : { drainMs }) };
}

/** Watches runs to their ends: states and logs as they come, then what became of each. */
export async function follow(
  runs: readonly WatchedRun[],
  { log }: Pick<CommandContext, "log">,
  options: FollowOptions,
): Promise<readonly Followed[]> {
  const { dataScience, logs, json, stores, signal, onWatch, intervalMs, drainMs } = options;
  const watch = new RunWatch({
    dataScience,
    logging: logs ? new Logging(dataScience.connection, watchRetry) : undefined,
    signal,
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(drainMs === undefined ? {} : { drainMs }),
  });
  onWatch?.(watch);
  for (const run of runs) watch.add(run);
  const names = new Map<string, string>();
  const ended: Followed[] = [];
  const prefix = (id: string): string => (runs.length === 1 ? "" : `[${names.get(id) ?? id}] `);
  for await (const event of watch.events()) {
    if (event.kind === "state") names.set(event.run.id, nameOfRun(event.run));
    await tell(event, { log, json, prefix });
    if (event.kind !== "ended") continue;
    const { runId: id, run } = event;
    const code = event.outcome.reason === "canceled" ? options.cancelCode?.() : undefined;
    const outcome = code === undefined ? event.outcome : { ...event.outcome, exitCode: code };
    const none = { folder: undefined, record: undefined, why: undefined };
    const found = run === undefined ? none : await fetchRecord(run, stores, signal);
    tellOutcome({ id, outcome, ...found }, prefix(id), log);
    ended.push({ id, run, outcome, outputs: found.folder, record: found.record });
  }
  return ended.toSorted((a, b) => indexOf(runs, a.id) - indexOf(runs, b.id));
}

/** The watch waits by itself where this is not enough. */
export const watchRetry = { totalMs: 20_000, baseMs: 300, capMs: 5_000, unreachedTries: 3 };

function indexOf(runs: readonly WatchedRun[], id: string): number {
  return runs.findIndex((run) => run.id === id);
}

interface Telling {
  readonly log: CommandContext["log"];
  readonly json: boolean;
  readonly prefix: (id: string) => string;
}

async function tell(event: RunEvent, { log, json, prefix }: Telling): Promise<void> {
  switch (event.kind) {
    case "line":
      await log.work(json ? "stderr" : "stdout", Buffer.from(`${prefix(event.runId)}${event.line.text}\n`));
      return;
    case "state": {
      const { id, lifecycleState: state, lifecycleDetails: details } = event.run;
      log.info(`${prefix(id)}Job run ${state}${details === undefined || details === "" ? "" : `, ${details}`}`, {
        event: "run-state",
        run: id,
        state,
      });
      return;
    }
    case "late-lines": {
      const seconds = Math.round(event.forMs / 1000);
      if (seconds > 5) log.info(`${prefix(event.runId)}Waiting ${seconds} s for the last lines of its log (--drain)`);
      return;
    }
    case "no-log":
      log.warn(`${prefix(event.runId)}The log is not shown: ${event.why}`);
      return;
    case "trouble":
      log.warn(`OCI does not answer as it should, and the run goes on; still watching. ${event.message}`);
      return;
    case "recovered":
      log.info("OCI answers again");
      return;
    case "ended":
      return;
  }
}

/** The answer for machines. */
export function followedJson({ id, run, outcome, outputs, record }: Followed): object {
  return {
    id,
    displayName: run?.displayName ?? null,
    jobId: run?.jobId ?? null,
    lifecycleState: outcome.state,
    lifecycleDetails: run?.lifecycleDetails ?? null,
    exitCode: outcome.exitCode,
    reason: record?.reason ?? outcome.reason ?? null,
    outputs: outputs ?? null,
    record: record ?? null,
  };
}

/** Of several runs, the code of the first that failed. */
export function exitCodeOf(followed: readonly Followed[]): number {
  return followed.find(({ outcome }) => outcome.exitCode !== 0)?.outcome.exitCode ?? 0;
}

/** The exit code of a watch that was ended from outside; any other failure goes on. */
export function detachedCode(error: unknown, log: Pick<CommandContext["log"], "info">): number {
  if (!(error instanceof Detached)) throw error;
  log.info(error.message);
  return error.exitCode;
}
