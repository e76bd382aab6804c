/** How long a kernel that was asked to shut down is waited for. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./endpoint.ts";

export interface Patience {
  readonly exited: Promise<unknown>;
  /** Milliseconds that it may take at most. */
  readonly grace: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
  /** Given where a kernel that has closed its iopub socket has nothing of the user's left to do. */
  readonly endpoint?: Endpoint;
}

/** Milliseconds for a kernel to exit that has closed its sockets. */
const stallLimit = 1_000;
const pace = 50;

/**
 * Waits for the exit of a kernel that was asked to. `late` means that its time is over, or that the signal aborted.
 *
 * `stalled` is ipykernel's own trouble and no failure. It closes its iopub socket in an `atexit` handler that it registered
 * before any of the user's could be, so that those have all run by then. What follows takes milliseconds, or, in some two of a hundred
 * shutdowns, ten seconds or for ever: the main thread waits for the control thread, which waits for the iopub thread, which is gone.
 * So while the socket is open a handler of the user's may take the whole grace, and once it is closed a second is enough.
 */
export async function waitForExit({
  exited,
  grace,
  signal,
  endpoint,
}: Patience): Promise<"exited" | "late" | "stalled"> {
  const gone = exited.then(() => true);
  const until = performance.now() + grace;
  let closedAt: number | undefined;
  for (;;) {
    const rest = Math.max(0, Math.min(pace, until - performance.now()));
    if (await Promise.race([gone, sleep(rest, false, { ref: false })])) return "exited";
    const now = performance.now();
    if (now >= until || signal?.aborted === true) return "late";
    if (closedAt === undefined && endpoint?.closed() === true) closedAt = now;
    if (closedAt !== undefined && now - closedAt >= stallLimit) return "stalled";
  }
}
