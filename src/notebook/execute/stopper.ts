/** Ends what runs: interrupt first, and kill when the grace is over. */
import { after } from "../../process/longest-timer.ts";
import type { Kernel } from "../kernel/connection.ts";

/** Why a cell was ended. */
export type StopCause =
  | { readonly kind: "cell-timeout"; readonly milliseconds: number }
  | { readonly kind: "prompt"; readonly text: string }
  | { readonly kind: "timeout" }
  | { readonly kind: "canceled" };

export interface StopperOptions {
  readonly kernel: Pick<Kernel, "interrupt" | "kill">;
  /** Milliseconds from interrupt to kill. */
  readonly grace: number;
  readonly signal: AbortSignal | undefined;
  readonly killSignal: AbortSignal | undefined;
  /** The running cell has ended in the kernel, and only what it said is still being taken: there is nothing to be stopped. */
  readonly finished: () => boolean;
}

/** Milliseconds that a kernel may take to begin with a request before an interrupt is tried all the same. */
const beginTime = 1_000;

export class Stopper {
  readonly #options: StopperOptions;
  readonly #release: () => void;
  #running = false;
  #begun = false;
  #cause: StopCause | undefined;
  #stoppedAt: number | undefined;
  #cancelDeadline: () => void = () => undefined;
  #cancelInterrupt: () => void = () => undefined;
  #cancelKill: () => void = () => undefined;

  constructor(options: StopperOptions) {
    this.#options = options;
    const { signal, killSignal, kernel } = options;
    const stop = (): void => this.stop({ kind: abortKind(signal) });
    const kill = (): void => void kernel.kill();
    signal?.addEventListener("abort", stop);
    killSignal?.addEventListener("abort", kill);
    this.#release = () => {
      signal?.removeEventListener("abort", stop);
      killSignal?.removeEventListener("abort", kill);
    };
  }

  /** The run's own end was asked for, from outside: `timeout` or `canceled`. */
  get ending(): { readonly kind: "timeout" | "canceled" } | undefined {
    const { signal } = this.#options;
    return signal?.aborted === true ? { kind: abortKind(signal) } : undefined;
  }

  /** Milliseconds that are left of the run's own grace; undefined while it has not been asked to end. */
  get graceLeft(): number | undefined {
    return this.#stoppedAt === undefined ? undefined : this.#stoppedAt + this.#options.grace - performance.now();
  }

  /** A cell begins to run. */
  begin(cellTimeout: number | undefined): void {
    this.#running = true;
    this.#cause = undefined;
    this.#begun = false;
    if (cellTimeout === undefined) return;
    this.#cancelDeadline = afterReading(cellTimeout, () =>
      this.stop({ kind: "cell-timeout", milliseconds: cellTimeout }),
    );
  }

  /** The kernel has begun to run the cell, and hears interrupts from now on. */
  begun(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#cancelInterrupt();
    if (this.#cause) this.#options.kernel.interrupt();
  }

  /** The cell has ended; returns why it was made to, if it was. */
  end(): StopCause | undefined {
    this.#running = false;
    this.#cancelDeadline();
    this.#cancelInterrupt();
    this.#cancelKill();
    return this.#cause;
  }

  /** Interrupts the running cell; the first cause is the one that counts. */
  stop(cause: StopCause): void {
    if (cause.kind === "timeout" || cause.kind === "canceled") this.#stoppedAt ??= performance.now();
    const { kernel, grace, finished } = this.#options;
    if (!this.#running || this.#cause || finished()) return;
    this.#cause = cause;
    if (this.#begun) kernel.interrupt();
    // A kernel that has not taken up the request yet ignores interrupts.
    else this.#cancelInterrupt = afterReading(Math.min(beginTime, grace), () => this.begun());
    this.#cancelKill = afterReading(grace, () => {
      if (!finished()) void kernel.kill();
    });
  }

  dispose(): void {
    this.end();
    this.#release();
  }
}

/** The abort reason says it; anything else that aborts is a cancel. */
export function abortKind(signal: AbortSignal | undefined): "timeout" | "canceled" {
  const reason: unknown = signal?.reason;
  return typeof reason === "object" && reason !== null && "kind" in reason && reason.kind === "timeout"
    ? "timeout"
    : "canceled";
}

/** First what has come is read: it may be the end, where nbjob itself stood still for a while. Returns what cancels it. */
function afterReading(milliseconds: number, action: () => void): () => void {
  let reading: NodeJS.Immediate | undefined;
  const cancel = after(milliseconds, () => (reading = setImmediate(action)));
  return () => {
    cancel();
    clearImmediate(reading);
  };
}
