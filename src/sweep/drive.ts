import { setTimeout as wait } from "node:timers/promises";
import type { SweepSpec } from "../spec/sweep.ts";
import type { Reason } from "../text/errors.ts";
import type { SweepRun } from "./expand.ts";
import type { SweepResult } from "./result.ts";

export interface Drive {
  readonly maxParallel: number;
  readonly retries: SweepSpec["retries"];
  /** Nothing is started any more once it aborts; what runs is ended by `execute`. */
  readonly stop: AbortSignal;
  /** Runs once, to its end. Where it rejects, nothing more is started and `drive` rejects with it. */
  readonly execute: (run: SweepRun, attempt: number) => Promise<SweepResult>;
  /** Told of each end; `again` is how many seconds later it is tried again. */
  readonly onEnd: (result: SweepResult, again: number | undefined) => void;
}

interface Waiting {
  readonly run: SweepRun;
  readonly attempt: number;
  /** Of `performance.now()`. */
  readonly notBefore: number;
}

const longestPause = 3_600_000;

/**
 * Brings every run to its end, at most so many at a time, in order; a run that waits to be tried again keeps nobody else
 * waiting. Returns how each ended; those that never started are not among them.
 */
export async function drive(runs: readonly SweepRun[], options: Drive): Promise<readonly SweepResult[]> {
  const { maxParallel, retries, stop, execute, onEnd } = options;
  const results = new Map<string, SweepResult>();
  let queue: readonly Waiting[] = runs.map((run) => ({ run, attempt: 1, notBefore: 0 }));
  const running = new Set<Promise<void>>();

  const failures: unknown[] = [];

  const begin = async ({ run, attempt }: Waiting): Promise<void> => {
    try {
      const result = await execute(run, attempt);
      results.set(run.name, result);
      const again = !stop.aborted && attempt <= retries.attempts && isRetried(result, retries);
      const pause = Math.min(longestPause, retries.backoff * 2 ** (attempt - 1));
      onEnd(result, again ? pause / 1000 : undefined);
      if (again) queue = [...queue, { run, attempt: attempt + 1, notBefore: performance.now() + pause }];
    } catch (error) {
      failures.push(error);
    }
  };

  while (failures.length === 0 && !stop.aborted && queue.length + running.size > 0) {
    const now = performance.now();
    const ready = queue.filter(({ notBefore }) => notBefore <= now).slice(0, maxParallel - running.size);
    queue = queue.filter((each) => !ready.includes(each));
    for (const each of ready) {
      const tracked: Promise<void> = begin(each).finally(() => running.delete(tracked));
      running.add(tracked);
    }
    await somethingHappens(running, running.size < maxParallel ? queue : [], stop);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  return [...results.values()];
}

/** A run ends, the next may start, or all is to stop. */
async function somethingHappens(
  running: ReadonlySet<Promise<void>>,
  queue: readonly Waiting[],
  stop: AbortSignal,
): Promise<void> {
  const woken = new AbortController();
  const signal = AbortSignal.any([woken.signal, stop]);
  // A day at most: setTimeout holds 31 bits, and the caller looks again.
  const next = Math.min(86_400_000, ...queue.map(({ notBefore }) => Math.max(1, notBefore - performance.now())));
  const timer = wait(next, undefined, { signal }).catch(() => undefined);
  try {
    await Promise.race([...running, timer]);
  } finally {
    woken.abort();
    await timer;
  }
}

/** Failures of nbjob's own that another try does not mend. */
const lasting: ReadonlySet<Reason | null> = new Set<Reason>([
  "usage",
  "invalid-work",
  "not-found",
  "output-folder",
  "not-authorized",
  "invalid-job-file",
]);

function isRetried(result: SweepResult, { exitCodes, causes }: SweepSpec["retries"]): boolean {
  if (result.status !== "failed") return false;
  if (exitCodes === undefined || causes === undefined) return !lasting.has(result.reason);
  const { exitCode, cause } = result;
  return (cause !== undefined && causes.includes(cause)) || (exitCode !== null && exitCodes.includes(exitCode));
}
