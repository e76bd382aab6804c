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
  /** The same as before where whoever reads the kernel's messages has been busy with one of them since; undefined while it waits. */
  readonly reading: () => number | undefined;
}

/** Milliseconds for a kernel to exit that is done. */
const stallLimit = 1_000;
const pace = 50;
/** What one look counts for at most, however late it comes. */
const longestLook = 4 * pace;

/**
 * Waits for the exit of a kernel that was asked to. `late` means that its time is over, or that the signal aborted.
 *
 * `stalled` is ipykernel's own trouble and no failure. It publishes its last message and closes its iopub socket in `atexit` handlers
 * that were registered before any of the user's could be, so that those have all run by then. What follows takes milliseconds, or, in
 * some two of a hundred shutdowns, ten seconds or for ever: the main thread waits for the control thread, which waits for the iopub
 * thread, which is gone. So until then a handler of the user's may take the whole grace, and afterwards a second is enough.
 */
export async function waitForExit(patience: Patience): Promise<"exited" | "late" | "stalled"> {
  const { exited, grace, signal, done, reading } = patience;
  const gone = exited.then(() => true);
  let rest = grace;
  let doneFor: number | undefined;
  let [last, message] = [performance.now(), reading()];
  for (;;) {
    const nap = Math.max(0, Math.min(pace, rest));
    if (await Promise.race([gone, sleep(nap, false, { ref: false })])) return "exited";
    if (signal?.aborted === true) return "late";
    // Time for which nbjob itself stood still is not the kernel's, nor is that in which a slow reader held it up.
    const now = performance.now();
    const passed = Math.min(now - last, longestLook);
    const held = message !== undefined && message === reading();
    [last, message] = [now, reading()];
    if (!held) rest -= passed;
    if (rest <= 0) return "late";
    // Linux may leave a socket out of the table while others come and go: it is gone when it is gone each time.
    doneFor = done() ? (doneFor === undefined ? 0 : doneFor + passed) : undefined;
    if (doneFor !== undefined && doneFor >= stallLimit) return "stalled";
  }
}
