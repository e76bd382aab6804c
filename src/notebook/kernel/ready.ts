/** Waiting for a kernel that was just started. */
import { longestTimer } from "../../process/longest-timer.ts";
import { stripAnsi } from "../../text/ansi.ts";
import { NbjobError } from "../../text/errors.ts";
import type { Message } from "./connection.ts";
import type { RunningKernel } from "./lifecycle.ts";

export interface ReadyOptions {
  /** Milliseconds for the kernel to answer. */
  readonly startTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly warn: (message: string) => void;
}

/** Lines of a kernel that did not start: a traceback and what led to it. */
const longestQuote = 60;
/** Milliseconds between questions while the kernel does not answer: one that binds late may lose the first. */
const askAgain = 1_000;
/** Milliseconds between questions while it answers and iopub is silent: our subscription came too late for the last one. */
const listenAgain = 50;
/** Milliseconds of silence on iopub, after an answer, by which every subscription stands and the kernel just says nothing. */
const silenceLimit = 5_000;

/**
 * The first `kernel_info_reply`, once iopub has brought a message too: before a subscription has reached the kernel,
 * it publishes into the void. Not `iopub_welcome`, which only some kernels send.
 * @throws {NbjobError} `environment` with the kernel's own last output, where it ends or does not answer in time;
 *   the signal's reason where it aborts.
 */
export async function ready(kernel: RunningKernel, options: ReadyOptions): Promise<Message> {
  const { startTimeout, signal, warn } = options;
  const asking = new Asking(kernel, warn);
  const end = Promise.withResolvers<never>();
  const limit = setTimeout(
    () => {
      end.reject(startFailure(kernel, `did not answer within ${startTimeout / 1000} s`));
    },
    Math.min(startTimeout, longestTimer),
  );
  const abort = (): void => end.reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted === true) abort();
  try {
    return await Promise.race([asking.answered, end.promise, diedEarly(kernel)]);
  } finally {
    asking.stop();
    clearTimeout(limit);
    signal?.removeEventListener("abort", abort);
  }
}

class Asking {
  readonly answered: Promise<Message>;
  readonly #kernel: RunningKernel;
  readonly #resolve: (reply: Message) => void;
  readonly #warn: (message: string) => void;
  readonly #timer: NodeJS.Timeout;
  #listening: NodeJS.Timeout | undefined;
  #reply: { readonly message: Message; readonly at: number } | undefined;

  constructor(kernel: RunningKernel, warn: (message: string) => void) {
    const { promise, resolve } = Promise.withResolvers<Message>();
    [this.answered, this.#resolve] = [promise, resolve];
    this.#kernel = kernel;
    this.#warn = warn;
    kernel.session.onPublished = () => this.#check();
    this.#ask();
    this.#timer = setInterval(() => this.#ask(), askAgain);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#listening);
    this.#kernel.session.onPublished = undefined;
  }

  #ask(): void {
    this.#kernel.session.request("shell", "kernel_info_request", {}, (message) => {
      this.#reply ??= { message, at: performance.now() };
      this.#check();
      clearTimeout(this.#listening);
      this.#listening = setTimeout(() => this.#listenOn(), listenAgain);
    });
  }

  #listenOn(): void {
    if (!this.#reply || this.#kernel.session.published > 0) return;
    if (performance.now() - this.#reply.at < silenceLimit) return this.#ask();
    this.#warn(`The kernel "${this.#kernel.name}" publishes nothing about its state; outputs may be incomplete`);
    this.#resolve(this.#reply.message);
  }

  #check(): void {
    if (this.#reply && this.#kernel.session.published > 0) this.#resolve(this.#reply.message);
  }
}

async function diedEarly(kernel: RunningKernel): Promise<never> {
  const exit = await kernel.exited;
  await kernel.settled; // its last words
  const how = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
  throw startFailure(kernel, `${how} before it answered`);
}

function startFailure(kernel: RunningKernel, what: string): NbjobError {
  const message = `The kernel "${kernel.name}" ${what}`;
  const remedy = "Check that the kernel and its packages are installed in this environment.";
  const lines = stripAnsi(kernel.log()).trim().split("\n");
  const last = lines.at(-1)?.trim() ?? "";
  if (last === "") return new NbjobError("environment", `${message}; it wrote nothing.`, { remedy });
  const said = lines.length > 1 ? { said: lines.slice(-longestQuote).join("\n") } : {};
  return new NbjobError("environment", `${message}. Its last words: ${last}`, { remedy, ...said });
}
