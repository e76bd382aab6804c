import { constants } from "node:os";
import { after } from "../process/longest-timer.ts";
import type { StopCause } from "./outcome.ts";

/**
 * The signals that ask a run to stop. A second one of any kind stops waiting. Those of the second line would end this
 * process, or start a debugger in it, and leave the work behind: they ask for the same.
 */
export const stopSignals: readonly NodeJS.Signals[] = [
  ...(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const),
  ...(["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGXCPU", "SIGPWR", "SIGIO", "SIGSTKFLT"] as const),
];

/** What supervision listens on: `process`, or a test's stand-in for it. */
export interface SignalSource {
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/**
 * Turns signals and deadlines into two abort signals, all the way down: `stop` asks the work to end within its grace,
 * `kill` no longer waits. Publishing listens to neither: it has a budget of its own, from `publishBudget`.
 */
export interface Supervision {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  readonly cause: StopCause | undefined;
  /** The run's deadline, counted from now; undefined is none. */
  startDeadline(milliseconds: number | undefined): void;
  /**
   * Ends after `milliseconds` once the run has been cancelled, whether that happened already or happens later; at once
   * with a second signal that comes from now on.
   */
  publishBudget(milliseconds: number): AbortSignal;
  /**
   * The run has ended, and its last words are on their way out: a signal that comes now changes neither result nor exit code.
   * A second one, or one after a cancel, does what signals do by themselves, for a reader that never takes those words.
   */
  outlast(): void;
  dispose(): void;
}

export function supervise(
  source: SignalSource,
  onSignal: (signal: NodeJS.Signals, again: boolean) => void,
): Supervision {
  const stop = new AbortController();
  const kill = new AbortController();
  const cancels: (() => void)[] = [];
  let cause: StopCause | undefined;
  let canceled = false;
  const whenCanceled: (() => void)[] = [];
  const whenAgain: (() => void)[] = [];

  const later = (milliseconds: number, action: () => void): void => {
    cancels.push(after(milliseconds, action, { ref: false }));
  };

  let over = false;
  const end = (): void => {
    for (const signal of stopSignals) source.off(signal, listener);
  };
  const clear = (): void => {
    for (const cancel of cancels) cancel();
  };

  const listener = (name: NodeJS.Signals): void => {
    if (over) return end();
    onSignal(name, canceled);
    if (canceled) {
      kill.abort(cause);
      for (const action of whenAgain) action();
      return;
    }
    canceled = true;
    cause ??= { kind: "canceled", signal: name };
    stop.abort(cause);
    for (const action of whenCanceled) action();
  };
  for (const signal of stopSignals) source.on(signal, listener);

  return {
    stop: stop.signal,
    kill: kill.signal,
    get cause() {
      return cause;
    },
    startDeadline(milliseconds) {
      if (milliseconds === undefined) return;
      later(milliseconds, () => {
        cause ??= { kind: "timeout", milliseconds };
        stop.abort(cause);
      });
    },
    publishBudget(milliseconds) {
      const budget = new AbortController();
      const begin = () => later(milliseconds, () => budget.abort(cause));
      if (canceled) begin();
      else whenCanceled.push(begin);
      whenAgain.push(() => budget.abort(cause));
      return budget.signal;
    },
    outlast() {
      over = true;
      if (canceled) end();
      clear();
    },
    dispose() {
      end();
      clear();
    },
  };
}

/** 128+n, as shells report a death by signal. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
