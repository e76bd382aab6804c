import type { Exit } from "./exit.ts";
import type { Pipe } from "./pipe.ts";

/** How long the end of a group is waited for, in milliseconds. */
export interface Patience {
  /** Silence after the process's exit before whoever is left is told to end; every chunk starts it anew. Default 2,000. */
  readonly quiet: number;
  /** The longest wait after the exit, however much is still written. Default 10,000. */
  readonly longest: number;
  /** From SIGTERM to SIGKILL for those left. Default 3,000. */
  readonly sweep: number;
}

export const defaultPatience: Patience = { quiet: 2_000, longest: 10_000, sweep: 3_000 };

/** How a group ended. */
export interface Settled extends Exit {
  /** Processes that outlived the direct child and had to be ended. */
  readonly stragglers: number;
  /** Of those, still there after SIGKILL: stuck in the kernel, or not ours to signal. */
  readonly remaining: number;
  /** True where an output was given up while somebody outside the group still held it open. */
  readonly cutOff: boolean;
}

/** What settling needs to see and do. */
export interface Settling {
  readonly pipes: readonly Pipe[];
  /** Process ids that still run: the group's, and those found outside. */
  members(): readonly number[];
  /** Looks for processes that have left the group; from then on they are members. */
  seek(): void;
  /** Sends a signal to every member. */
  signal(name: NodeJS.Signals): void;
  /** True while a stop's grace period runs: those left are saving their work and are not hurried. */
  stopping(): boolean;
  /** True once a kill was ordered: nobody is waited for any more. */
  killed(): boolean;
  /** Registers what to call when a pipe ends or a stop is decided. */
  change(wake: () => void): void;
}

/** After SIGKILL the pipes are read once more: what was written before must arrive. */
const lastWords: Wait = { quiet: 250, longest: 2_000 };
const killBound = 5_000;

type Wait = Pick<Patience, "quiet" | "longest">;

/** Waits for the rest of a group after its direct child's exit, and ends what does not end by itself. */
export async function settle(exit: Exit, group: Settling, patience: Patience): Promise<Settled> {
  const all = await drained(group, patience);
  group.seek();
  const stragglers = group.members().length;
  if (all && stragglers === 0) return { ...exit, stragglers, remaining: 0, cutOff: false };
  const remaining = stragglers === 0 ? 0 : await sweep(group, patience.sweep);
  const cutOff = !(await drained(group, lastWords)) && group.pipes.some((pipe) => !pipe.ended);
  if (cutOff) for (const pipe of group.pipes) pipe.close();
  return { ...exit, stragglers, remaining, cutOff };
}

/** True when the group is empty and its pipes have ended; false after too much silence or too long a wait. */
async function drained(group: Settling, patience: Wait): Promise<boolean> {
  const started = performance.now();
  let waited = 0;
  let last = started;
  for (let pause = 2; ; pause = Math.min(pause * 2, 100)) {
    const piped = group.pipes.every((pipe) => pipe.ended);
    const empty = group.members().length === 0;
    if (piped && empty) return true;
    const now = performance.now();
    const held = group.pipes.some((pipe) => pipe.pending) || (!empty && group.stopping());
    // Time that a slow reader or a stop's grace takes is not the process's silence.
    if (held) for (const pipe of group.pipes) pipe.lastActivity = now;
    else waited += now - last;
    last = now;
    const { quiet, longest } = group.killed() ? lastWords : patience;
    const silence = now - Math.max(started, ...group.pipes.map((pipe) => pipe.lastActivity));
    if (!held && (silence >= quiet || waited >= longest)) return false;
    await nap(group, pause);
  }
}

/** SIGTERM, a while, SIGKILL; how many are left even then. */
async function sweep(group: Settling, grace: number): Promise<number> {
  group.signal("SIGTERM");
  group.signal("SIGCONT");
  if (await emptied(group, group.killed() ? 0 : grace)) return 0;
  group.seek();
  group.signal("SIGKILL");
  await emptied(group, killBound);
  return group.members().length;
}

async function emptied(group: Settling, limit: number): Promise<boolean> {
  const until = performance.now() + limit;
  for (let pause = 2; performance.now() < until; pause = Math.min(pause * 2, 100)) {
    if (group.members().length === 0) return true;
    await nap(group, pause);
  }
  return group.members().length === 0;
}

/** Polling, because the system tells nobody when a group becomes empty; a change of ours cuts it short. */
async function nap(group: Settling, milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    group.change(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
