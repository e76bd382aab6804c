import type { Log } from "../text/log.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Patience } from "./patience.ts";

/** How long and how eagerly something that may succeed later is tried again. */
export interface RetryPolicy {
  /** No new try starts later than this after the first one, in milliseconds. */
  readonly totalMs: number;
  /** The first wait is up to this long, each further one up to twice as long. */
  readonly baseMs: number;
  /** No wait is longer, unless the server asks for it. */
  readonly capMs: number;
  /** Most tries while nothing answers at all: a wrong name or a service that is not there should not take minutes to tell. */
  readonly unreachedTries: number;
}

export const defaultRetryPolicy: RetryPolicy = { totalMs: 180_000, baseMs: 300, capMs: 20_000, unreachedTries: 5 };

/** What a failure says about trying again. */
export interface Hope {
  /** The server asked for this pause, in milliseconds. */
  readonly afterMs?: number;
  /** Nothing answered: the name is unknown or the connection was refused. */
  readonly unreached?: boolean;
}

export interface RetryOptions {
  /** Undefined for a failure that will not go away by itself. */
  readonly hopeOf: (error: unknown) => Hope | undefined;
  readonly policy?: RetryPolicy;
  /** In place of the policy's `totalMs`: shared with other requests. */
  readonly patience?: Patience | undefined;
  readonly clock?: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told before each pause, for the log. */
  readonly onRetry?: (error: unknown, pauseMs: number, tries: number) => void;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the budget is used up; then its last failure is thrown.
 * Waits are drawn evenly from nothing to a limit that doubles ("full jitter"), so that many clients do not come back at once.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { hopeOf, policy = defaultRetryPolicy, clock = systemClock, signal, onRetry } = options;
  const { patience = new Patience(policy.totalMs, clock) } = options;
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const { verdict } = patience;
    if (verdict !== undefined) throw verdict.error;
    try {
      const result = await attempt();
      patience.succeeded();
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      const hope = hopeOf(error);
      if (hope !== undefined) patience.failed(error);
      if (hope === undefined || (hope.unreached === true && tries >= policy.unreachedTries)) throw error;
      const limit = Math.min(policy.capMs, policy.baseMs * 2 ** (tries - 1));
      const pauseMs = Math.round(clock.random() * limit) + (hope.afterMs ?? 0);
      if (pauseMs > patience.left) {
        patience.end();
        throw error;
      }
      onRetry?.(error, pauseMs, tries);
      await clock.sleep(pauseMs, signal);
    }
  }
}

/** Tells of a pause before another try: one that people would notice is worth a line, a short one only where they ask for it. */
export function tellRetry(log: Pick<Log, "debug" | "info">, failure: string, pauseMs: number): void {
  log[pauseMs < 1000 ? "debug" : "info"](`${failure}; trying again in ${(pauseMs / 1000).toFixed(1)} s`);
}

/**
 * The pause that a `Retry-After` header asks for, in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3).
 * Undefined where there is none or it makes no sense.
 */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return Math.round(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
