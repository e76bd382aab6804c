/**
 * A command in a process group of its own. The work is done when its process has exited, its group is empty
 * and its outputs are drained; each of the three has a bound, so that a forgotten background process neither
 * hangs the run nor loses its last words.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { ChildProcess } from "node:child_process";
import { checkWorkingDirectory, startFailure } from "./command.ts";
import type { Exit } from "./exit.ts";
import { guard, processMark } from "./guardian.ts";
import { preferForOom } from "./oom-preference.ts";
import { longestTimer } from "./longest-timer.ts";
import { isProcessAlive, liveMembers, processesMarked } from "./members.ts";
import { Pipe } from "./pipe.ts";
import { defaultPatience, settle } from "./settle.ts";
import type { Patience, Settled } from "./settle.ts";

export type { Exit } from "./exit.ts";
export type { Patience, Settled } from "./settle.ts";
export { exitCodeOf } from "./exit.ts";

export interface SpawnOptions {
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Chunks as they come. A returned promise pauses reading of that output until it resolves. */
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void | Promise<void>;
  /** Stops the group when it aborts: `stopSignal`, then SIGKILL after `stopGrace`. Aborted already: nothing is started. */
  readonly signal?: AbortSignal;
  /** Kills the group at once when it aborts. */
  readonly killSignal?: AbortSignal;
  /** What `signal` sends, where the reason of its abort decides it; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals | ((reason: unknown) => NodeJS.Signals);
  /** Milliseconds; default 10,000. */
  readonly stopGrace?: number;
  readonly patience?: Partial<Patience>;
}

export interface StopOptions {
  /** Milliseconds until SIGKILL; 0 kills at once. Default 10,000. A second stop can only shorten it. */
  readonly grace?: number;
  /** Default SIGTERM. */
  readonly signal?: NodeJS.Signals;
}

export interface ProcessGroup {
  /** Of the direct child, and of its group. */
  readonly pid: number;
  /** The direct child's end; others of its group may still run and write. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Exited, group empty, outputs drained. Await it always: it rejects with what `onOutput` threw. */
  readonly settled: Promise<Settled>;
  /** Sends a signal to the whole group; false where nothing of it is left. */
  signal(name: NodeJS.Signals): boolean;
  /** A signal, a grace period, SIGKILL. Resolves as `settled` does. */
  stop(options?: StopOptions): Promise<Settled>;
}

const defaultGrace = 10_000;

/**
 * Every process started below the command inherits this variable and is known by it when it has left the group
 * (setsid, a daemon). One that is meant to outlive the work is started without it.
 */
export const markVariable = "NBJOB_GROUP";

/**
 * Starts a command without a shell, its stdin empty.
 * @throws {NbjobError} `environment`, with the exit code of a shell, where the working directory, the program or its interpreter
 *   is missing or may not be executed; the signal's reason where it had aborted before.
 */
export function spawnGroup(command: readonly [string, ...string[]], options: SpawnOptions): ProcessGroup {
  options.signal?.throwIfAborted();
  options.killSignal?.throwIfAborted();
  checkWorkingDirectory(options.cwd);
  guard();
  const mark = `${processMark}/${randomUUID()}`;
  // A run within a run is known by both marks.
  const marks = [options.env[markVariable], mark].filter((known) => known !== undefined).join(" ");
  const child = start(command, { cwd: options.cwd, env: { ...options.env, [markVariable]: marks } });
  return new Group(child.process, child.pid, mark, options);
}

function start(
  command: readonly [string, ...string[]],
  { cwd, env }: Pick<SpawnOptions, "cwd" | "env">,
): { process: ChildProcess; pid: number } {
  const [program, ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw startFailure(program, env, cwd, error);
  }
  child.on("error", () => undefined); // Told below, at once: a child without a pid did not start.
  if (child.pid === undefined) throw startFailure(program, env, cwd);
  preferForOom(child.pid);
  return { process: child, pid: child.pid };
}

class Group implements ProcessGroup {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly settled: Promise<Settled>;
  readonly #mark: string;
  readonly #pipes: readonly Pipe[];
  /** Processes that have left the group. */
  #escaped: readonly number[] = [];
  /** Once empty, the id may belong to somebody else and is never signalled again. */
  #gone = false;
  /** When the grace of a stop ends, in milliseconds of `performance.now()`. */
  #killAt = Infinity;
  #killTimer: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;

  constructor(child: ChildProcess, pid: number, mark: string, options: SpawnOptions) {
    this.pid = pid;
    this.#mark = mark;
    const changed = (): void => this.#wake();
    this.#pipes = (["stdout", "stderr"] as const).flatMap((name) => {
      const stream = child[name];
      return stream === null ? [] : [new Pipe(stream, (chunk) => options.onOutput(name, chunk), changed)];
    });
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    const release = this.#obey(options);
    live.add(this);
    this.settled = this.#settle({ ...defaultPatience, ...options.patience }).finally(() => {
      release();
      clearTimeout(this.#killTimer);
      live.delete(this);
    });
  }

  signal(name: NodeJS.Signals): boolean {
    if (this.#gone) return false;
    try {
      return process.kill(-this.pid, name);
    } catch {
      return false;
    }
  }

  stop({ grace = defaultGrace, signal = "SIGTERM" }: StopOptions = {}): Promise<Settled> {
    if (grace <= 0) {
      this.#kill();
      return this.settled;
    }
    this.#seek();
    this.#signalAll(signal);
    this.#signalAll("SIGCONT"); // A stopped process hears nothing else.
    this.#killAfter(grace);
    return this.settled;
  }

  #killAfter(grace: number): void {
    const at = performance.now() + grace;
    if (at >= this.#killAt) return;
    clearTimeout(this.#killTimer);
    this.#killAt = at;
    this.#killTimer = setTimeout(() => this.#kill(), Math.min(grace, longestTimer));
  }

  #kill(): void {
    clearTimeout(this.#killTimer);
    this.#killAt = 0;
    this.killAll();
    this.#wake();
  }

  /** Ends the group and whoever left it, at once and without waiting. */
  killAll(): void {
    this.#seek();
    this.#signalAll("SIGKILL");
  }

  #members(): readonly number[] {
    const group = this.#gone ? [] : liveMembers(this.pid);
    if (group.length === 0) this.#gone = true;
    this.#escaped = this.#escaped.filter((pid) => isProcessAlive(pid));
    return [...group, ...this.#escaped];
  }

  #seek(): void {
    const group = this.#gone ? [] : liveMembers(this.pid);
    this.#escaped = processesMarked(this.#mark).filter((pid) => !group.includes(pid));
  }

  #signalAll(name: NodeJS.Signals): void {
    this.signal(name);
    for (const pid of this.#escaped) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended.
      }
    }
  }

  /** Ties the group to the caller's abort signals; returns what unties them. */
  #obey({ signal, killSignal, stopGrace, stopSignal }: SpawnOptions): () => void {
    const stop = (): void =>
      void this.stop({
        ...(stopGrace === undefined ? {} : { grace: stopGrace }),
        ...(stopSignal === undefined
          ? {}
          : { signal: typeof stopSignal === "string" ? stopSignal : stopSignal(signal?.reason) }),
      }).catch(() => undefined); // Whoever awaits `settled` hears of it.
    const kill = (): void => this.#kill();
    signal?.addEventListener("abort", stop);
    killSignal?.addEventListener("abort", kill);
    return () => {
      signal?.removeEventListener("abort", stop);
      killSignal?.removeEventListener("abort", kill);
    };
  }

  async #settle(patience: Patience): Promise<Settled> {
    const exit = await this.exited;
    const settled = await settle(
      exit,
      {
        pipes: this.#pipes,
        members: () => this.#members(),
        seek: () => this.#seek(),
        signal: (name) => this.#signalAll(name),
        stopping: () => this.#killAt !== Infinity && this.#killAt > performance.now(),
        killed: () => this.#killAt === 0,
        change: (wake) => {
          this.#wake = wake;
        },
      },
      patience,
    );
    const failed = this.#pipes.find((pipe) => pipe.failure !== undefined)?.failure;
    if (failed !== undefined) throw failed.error;
    return settled;
  }
}

/** Groups that would outlive us if we ended now, by a bug: they are killed on the way out. */
const live = new Set<Group>();
process.on("exit", () => {
  for (const group of live) group.killAll();
});
