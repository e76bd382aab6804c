import { setTimeout as sleep } from "node:timers/promises";

/** Time and chance, so that a test can move them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment: nobody sets this one, so that how long something took is told by it. */
  elapsed(): number;
  /** At least 0, below 1. */
  random(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // The timer's own AbortError hides why it was aborted.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
