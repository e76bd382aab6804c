import { messageOf } from "../text/message-of.ts";
/** What a probe may find: plain values, as JSON has them. */
export type Fact = null | boolean | number | string | readonly Fact[] | { readonly [name: string]: Fact };

/** One thing to look into. It may fail or hang: neither keeps the others from being told. */
export interface Probe {
  readonly name: string;
  /** Most milliseconds to wait for it. @default 5,000 */
  readonly within?: number;
  /** The signal aborts when its time is over; whatever it has under way is to end then. */
  readonly look: (signal: AbortSignal) => Promise<Fact>;
}

export interface Finding {
  readonly name: string;
  /** Null where the probe failed. */
  readonly found: Fact;
  /** Why it failed, in one sentence. */
  readonly failure: string | null;
}

const usualLimit = 5_000;

/** Runs all probes at once. Never rejects. */
export async function runProbes(probes: readonly Probe[]): Promise<readonly Finding[]> {
  return Promise.all(
    probes.map(async ({ name, look, within = usualLimit }) => {
      try {
        return { name, found: await limited(within, look), failure: null };
      } catch (error) {
        return { name, found: null, failure: messageOf(error) };
      }
    }),
  );
}

/**
 * Gives up after so many milliseconds, whatever the work does: a call that waits for a dead file server never returns, and
 * is left behind.
 */
export async function limited<Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`It took longer than ${milliseconds / 1000} s, and was given up.`);
      reject(error);
      limit.abort(error);
    }, milliseconds);
  });
  try {
    return await Promise.race([work(limit.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
