/** The life of a kernel's process after it was started: interrupt, shutdown, death, and what is cleaned up after it. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessGroup, Settled } from "../../process/group.ts";
import type { MemoryWatch } from "../../process/oom.ts";
import { defaultPatience } from "../../process/settle.ts";
import { backgroundCommands } from "./background.ts";
import { announcesMarker, lastMarker, nodropMarker } from "./boot.ts";
import type { ConnectionFile } from "./connection-file.ts";
import type { Kernel, KernelExit, KernelInfo } from "./connection.ts";
import { Endpoint } from "./endpoint.ts";
import type { LogRing } from "./log-ring.ts";
import { text } from "./messages.ts";
import type { Session } from "./session.ts";
import { waitForExit } from "./shutdown.ts";
import type { KernelSpec } from "./specs.ts";

export interface Parts {
  readonly spec: KernelSpec;
  readonly group: ProcessGroup;
  readonly session: Session;
  readonly log: LogRing;
  readonly file: ConnectionFile;
  readonly memory: MemoryWatch;
}

/** Milliseconds for a busy kernel to take note of an interrupt before it is asked to shut down. */
const interruptLimit = 2_000;
/** Milliseconds between SIGTERM and SIGKILL. */
const terminateGrace = 2_000;
/** Milliseconds between two looks for commands that a notebook left running. */
const listenPace = 50;
/** Milliseconds between two looks for a kernel that has started anew. */
const watchPace = 1_000;

export class RunningKernel implements Kernel {
  readonly exited: Promise<KernelExit>;
  readonly #parts: Parts;
  readonly #endpoint: Endpoint;
  #how: KernelExit["how"] = "died";
  #late = false;
  #restarted = false;
  #gone = false;
  /** Commands that the notebook left running. */
  #left = 0;
  #info: KernelInfo | undefined;
  #seconds = 0;
  #watch: NodeJS.Timeout | undefined;
  #ended: Promise<KernelExit> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#endpoint = new Endpoint(parts.file.addresses);
    this.exited = this.#exit();
  }

  /** The kernel has answered: from now on its messages are kept for `receive()`. */
  begin(info: KernelInfo, seconds: number): void {
    this.#info = info;
    this.#seconds = seconds;
    this.session.begin(this.#marked(nodropMarker));
    this.#endpoint.remember();
    this.#watch = setInterval(() => this.#noticeRestart(), watchPace).unref();
  }

  get session(): Session {
    return this.#parts.session;
  }
  get connection(): Session {
    return this.#parts.session;
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
  /** Resolves when the group is empty; never rejects, because the log takes whatever is written. */
  get settled(): Promise<Settled> {
    return this.#parts.group.settled;
  }
  log(): string {
    return this.#parts.log.text();
  }

  interrupt(): void {
    if (this.#parts.spec.interruptMode === "message")
      this.session.request("control", "interrupt_request", {}, () => {});
    else this.#parts.group.signal("SIGINT");
  }

  shutdown(options: { readonly grace: number; readonly signal?: AbortSignal }): Promise<KernelExit> {
    this.#ended ??= this.#shutdown(options);
    return this.#ended;
  }

  kill(): Promise<KernelExit> {
    if (!this.#gone && this.#how === "died") this.#how = "killed";
    this.#parts.group.signal("SIGKILL");
    this.#ended ??= this.#cleanUp();
    return this.#ended;
  }

  async #shutdown(options: { readonly grace: number; readonly signal?: AbortSignal }): Promise<KernelExit> {
    if (!this.#gone) {
      this.#how = "shutdown";
      this.session.drain();
      await this.#becomeIdle(Math.min(interruptLimit, options.grace));
      await this.#hearOut(options);
      this.session.request("control", "shutdown_request", { restart: false }, () => {});
      const end = await waitForExit({
        exited: this.exited,
        ...options,
        done: () => this.#isDone(),
        reading: () => this.session.reading,
      });
      if (end !== "exited") {
        this.#how = "stopped";
        this.#late = end === "late";
        // A stalled one waits for a lock, where SIGTERM does not reach Python.
        await this.#parts.group.stop({ grace: end === "stalled" ? 0 : terminateGrace });
      }
    }
    return this.#cleanUp();
  }

  /** ipykernel 7 closes its sockets at a shutdown_request, under the hands of a cell that still runs: it often aborts then. */
  async #becomeIdle(limit: number): Promise<void> {
    if (!this.session.busy) return;
    this.interrupt();
    const until = performance.now() + limit;
    while (this.session.busy && !this.#gone && performance.now() < until) await sleep(10, undefined, { ref: false });
  }

  /** What the notebook left running has its outputs in the kernel's hands: while it speaks, or may soon, the kernel stays. */
  async #hearOut({ grace, signal }: { readonly grace: number; readonly signal?: AbortSignal }): Promise<void> {
    const { quiet, longest } = defaultPatience;
    let silence = 0;
    let published = -1;
    for (let waited = 0; ; waited += listenPace) {
      this.#left = this.#gone ? 0 : backgroundCommands(this.pid).length;
      if (this.#left === 0 || signal?.aborted === true) return;
      silence = this.session.published === published ? silence + listenPace : 0;
      published = this.session.published;
      if (silence >= Math.min(quiet, grace) || waited >= Math.min(longest, grace)) return;
      await sleep(listenPace, undefined, { ref: false });
    }
  }

  /** A kernel that begins anew has forgotten what it was asked to do, and would never answer. */
  #noticeRestart(): void {
    if (!this.#endpoint.replaced()) return;
    this.#restarted = true;
    this.#parts.group.signal("SIGKILL");
  }

  async #exit(): Promise<KernelExit> {
    const { group, session, memory } = this.#parts;
    const { code, signal } = await group.exited;
    this.#gone = true;
    clearInterval(this.#watch);
    session.finish({ expected: this.#marked(announcesMarker), announced: this.#marked(lastMarker) });
    const killed = signal === "SIGKILL" && this.#how === "died" && !this.#restarted;
    const oom = killed ? memory.evidence() : undefined;
    const restarted = this.#restarted ? { restarted: true } : {};
    return { code, signal, how: this.#how, ...restarted, ...(oom === undefined ? {} : { oom }) };
  }

  /** ipykernel has run what the user left for its end, and what that published has come. */
  #isDone(): boolean {
    if (this.#info?.implementation !== "ipython") return false;
    return this.#marked(lastMarker) ? this.session.lastSeen : this.#endpoint.closed();
  }

  #marked(marker: string): boolean {
    return existsSync(join(dirname(this.#parts.file.path), marker));
  }

  async #cleanUp(): Promise<KernelExit> {
    const exit = await this.exited;
    await this.settled;
    await this.#parts.file.remove();
    const [late, left] = [this.#late, this.#left];
    return { ...exit, how: this.#how, ...(late ? { late } : {}), ...(left > 0 ? { left } : {}) };
  }
}
