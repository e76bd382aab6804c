/** How long a kernel that was asked to shut down is waited for. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  readonly exited: Promise<unknown>;
  /** Milliseconds that it may take at most. */
  readonly grace: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
  /** True once the kernel has nothing of the user's left to do, as far as that can be told of it. */
  readonly done: () => boolean;
}

/** Milliseconds for a kernel to exit that is done. */
const stallLimit = 1_000;
const pace = 50;

/**
 * Waits for the exit of a kernel that was asked to. `late` means that its time is over, or that the signal aborted.
 *
 * `stalled` is ipykernel's own trouble and no failure. It publishes its last message and closes its iopub socket in `atexit` handlers
 * that were registered before any of the user's could be, so that those have all run by then. What follows takes milliseconds, or, in
 * some two of a hundred shutdowns, ten seconds or for ever: the main thread waits for the control thread, which waits for the iopub
 * thread, which is gone. So until then a handler of the user's may take the whole grace, and afterwards a second is enough.
 */
export async function waitForExit({ exited, grace, signal, done }: Patience): Promise<"exited" | "late" | "stalled"> {
  const gone = exited.then(() => true);
  const until = performance.now() + grace;
  let doneAt: number | undefined;
  for (;;) {
    const rest = Math.max(0, Math.min(pace, until - performance.now()));
    if (await Promise.race([gone, sleep(rest, false, { ref: false })])) return "exited";
    const now = performance.now();
    if (now >= until || signal?.aborted === true) return "late";
    // Linux may leave a socket out of the table while others come and go: it is gone when it is gone each time.
    doneAt = done() ? (doneAt ?? now) : undefined;
    if (doneAt !== undefined && now - doneAt >= stallLimit) return "stalled";
  }
}
