/** The life of a kernel's process after it was started: interrupt, shutdown, death, and what is cleaned up after it. */
import type { ProcessGroup, Settled } from "../../process/group.ts";
import type { ConnectionFile } from "./connection-file.ts";
import type { Kernel, KernelExit, KernelInfo } from "./connection.ts";
import type { LogRing } from "./log-ring.ts";
import { text } from "./messages.ts";
import type { Session } from "./session.ts";
import type { KernelSpec } from "./specs.ts";

export interface Parts {
  readonly spec: KernelSpec;
  readonly group: ProcessGroup;
  readonly session: Session;
  readonly log: LogRing;
  readonly file: ConnectionFile;
}

/** Milliseconds of silence after a kernel's end, by which its last messages have come through the sockets. */
const lastWords = 100;
/** Milliseconds between SIGTERM and SIGKILL. */
const terminateGrace = 2_000;

export class RunningKernel implements Kernel {
  readonly session: Session;
  readonly exited: Promise<KernelExit>;
  /** Resolves when the group is empty; never rejects. */
  readonly settled: Promise<Settled>;
  readonly #parts: Parts;
  #how: KernelExit["how"] = "died";
  #info: KernelInfo | undefined;
  #seconds = 0;
  #ended: Promise<KernelExit> | undefined;
  #gone = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.session = parts.session;
    this.settled = parts.group.settled;
    this.exited = this.#exit();
  }

  /** The kernel has answered: from now on its messages are kept for `receive()`. */
  begin(info: KernelInfo, seconds: number): void {
    this.#info = info;
    this.#seconds = seconds;
    this.session.begin();
  }

  get connection(): Session {
    return this.session;
  }
  get name(): string {
    return this.#parts.spec.name;
  }
  get displayName(): string {
    return this.#parts.spec.displayName;
  }
  get language(): string {
    return (this.#parts.spec.language || text(this.info.languageInfo, "name")).toLowerCase();
  }
  get info(): KernelInfo {
    if (!this.#info) throw new Error("the kernel has not answered yet");
    return this.#info;
  }
  get pid(): number {
    return this.#parts.group.pid;
  }
  get seconds(): number {
    return this.#seconds;
  }
  log(): string {
    return this.#parts.log.text();
  }

  interrupt(): void {
    if (this.#parts.spec.interruptMode === "message")
      this.session.request("control", "interrupt_request", {}, () => {});
    else this.#parts.group.signal("SIGINT");
  }

  shutdown({ grace, signal }: { readonly grace: number; readonly signal?: AbortSignal }): Promise<KernelExit> {
    this.#ended ??= this.#shutdown(grace, signal);
    return this.#ended;
  }

  kill(): Promise<KernelExit> {
    if (this.#how === "died") this.#how = "killed";
    this.#parts.group.signal("SIGKILL");
    this.#ended ??= this.#cleanUp();
    return this.#ended;
  }

  async #shutdown(grace: number, signal: AbortSignal | undefined): Promise<KernelExit> {
    const { group } = this.#parts;
    const gone = group.exited.then(() => true);
    if (!this.#gone) {
      this.#how = "shutdown";
      this.session.request("control", "shutdown_request", { restart: false }, () => {});
      const exited = await Promise.race([wait(grace, gone), aborted(signal)]);
      if (!exited) {
        this.#how = "stopped";
        await group.stop({ grace: terminateGrace });
      }
    }
    return this.#cleanUp();
  }

  async #exit(): Promise<KernelExit> {
    const { code, signal } = await this.#parts.group.exited;
    this.#gone = true;
    this.session.finish(lastWords);
    return { code, signal, how: this.#how };
  }

  async #cleanUp(): Promise<KernelExit> {
    const exit = await this.exited;
    await this.settled;
    this.session.close();
    await this.#parts.file.remove();
    return exit;
  }
}

/** True when the promise resolved in time. */
async function wait(milliseconds: number, done: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function aborted(signal: AbortSignal | undefined): Promise<boolean> {
  if (!signal?.aborted)
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  return false;
}
