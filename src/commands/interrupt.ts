import { createInterface } from "node:readline/promises";
import { exitCodeOfSignal, type SignalSource, stopSignals } from "../run/supervise.ts";
import type { Log } from "../text/log.ts";
import { NbjobError } from "../text/errors.ts";

export interface InterruptOptions {
  readonly signals: SignalSource;
  readonly log: Pick<Log, "info" | "warn">;
  /** Asks for an end of the run; the watch goes on until it has ended. */
  readonly cancel: () => void;
  /** What to say of a run that goes on without being watched. */
  readonly left: () => string;
}

/** The watch was ended from outside, and the run goes on: nothing failed. */
export class Detached extends NbjobError {
  constructor(message: string, exitCode: number) {
    super("canceled", message, { exitCode });
  }
}

/**
 * What signals mean to a launch. The first Ctrl-C on a terminal asks whether to cancel the run or to let it go on; where
 * nobody can be asked, as in CI, it cancels. The second one ends at once.
 */
export class Interrupts {
  readonly #options: InterruptOptions;
  readonly #stop = new AbortController();
  #signal: NodeJS.Signals | undefined;
  #asking: AbortController | undefined;

  constructor(options: InterruptOptions) {
    this.#options = options;
    for (const signal of stopSignals) options.signals.on(signal, this.#listener);
  }

  [Symbol.dispose](): void {
    this.#asking?.abort();
    for (const signal of stopSignals) this.#options.signals.off(signal, this.#listener);
  }

  /** Aborted with {@link Detached} where nothing more is to be waited for. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** The code of the signal that had the run cancelled; undefined where none did. */
  get exitCode(): number | undefined {
    return this.#signal === undefined ? undefined : exitCodeOfSignal(this.#signal);
  }

  /** Ends the watch; the run goes on. */
  detach(exitCode: number): void {
    this.#stop.abort(new Detached(this.#options.left(), exitCode));
  }

  readonly #listener = (signal: NodeJS.Signals): void => {
    const { log, cancel } = this.#options;
    if (this.#signal !== undefined) {
      log.warn(`${signal} again: not waiting any longer`);
      this.detach(exitCodeOfSignal(signal));
      return;
    }
    this.#signal = signal;
    // The terminal is gone, and with it whoever watched.
    if (signal === "SIGHUP" && process.stdin.isTTY) this.detach(exitCodeOfSignal(signal));
    else if (signal === "SIGINT" && process.stdin.isTTY) void this.#ask();
    else {
      log.warn(`${signal}: cancelling`);
      cancel();
    }
  };

  async #ask(): Promise<void> {
    const { log, cancel } = this.#options;
    this.#asking = new AbortController();
    log.warn("c cancels the job run, d detaches and lets it go on, anything else watches on. Type it, then Enter");
    const choice = await askLine(this.#asking.signal);
    this.#asking = undefined;
    if (this.#stop.signal.aborted) return;
    if (/^c/i.test(choice)) {
      log.warn("Cancelling");
      cancel();
    } else if (/^d/i.test(choice)) this.detach(0);
    else {
      this.#signal = undefined;
      log.info("Watching on");
    }
  }
}

/** One line from the terminal; empty where it closes. */
async function askLine(signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    return (await lines.question("", { signal })).trim();
  } catch {
    return "";
  } finally {
    lines.close();
    process.stdin.unref();
  }
}
