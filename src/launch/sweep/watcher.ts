import type { Log } from "../../text/log.ts";
import { type FoundRun, type RunEvent, RunWatch, type WatchedRun, type WatchOptions } from "../watch/watch-runs.ts";

/** How a watched run ended. */
export type RunEnd = Extract<RunEvent, { kind: "ended" }>;

interface Waiting {
  readonly resolve: (end: RunEnd) => void;
  readonly reject: (error: unknown) => void;
  readonly onState: (run: FoundRun) => void;
}

/** One watch over all runs of a sweep: with each look, one list tells of every run. */
export class SweepWatcher {
  readonly #options: WatchOptions;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #waiting = new Map<string, Waiting>();
  #watch: RunWatch | undefined;

  constructor(options: Omit<WatchOptions, "logging" | "drainMs">, log: Pick<Log, "info" | "warn">) {
    this.#options = options;
    this.#log = log;
  }

  /** @returns when the run has ended, and how @throws what ends the whole watch */
  ended(run: WatchedRun, onState: (run: FoundRun) => void): Promise<RunEnd> {
    const { promise, resolve, reject } = Promise.withResolvers<RunEnd>();
    this.#waiting.set(run.id, { resolve, reject, onState });
    if (this.#watch === undefined) {
      this.#watch = new RunWatch(this.#options);
      this.#watch.add(run);
      void this.#follow(this.#watch);
    } else this.#watch.add(run);
    return promise;
  }

  /** Looks soon: somebody has asked for a change. */
  hurry(): void {
    this.#watch?.hurry();
  }

  /** Until nothing is awaited any more: a run that is added later begins another watch. */
  async #follow(watch: RunWatch): Promise<void> {
    try {
      // One that is added as the last one ends may come too late for it.
      do for await (const event of watch.events()) this.#take(event);
      while (this.#waiting.size > 0);
      this.#watch = undefined;
    } catch (error) {
      this.#watch = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    }
  }

  #take(event: RunEvent): void {
    switch (event.kind) {
      case "state":
        this.#waiting.get(event.run.id)?.onState(event.run);
        return;
      case "ended":
        this.#waiting.get(event.runId)?.resolve(event);
        this.#waiting.delete(event.runId);
        return;
      case "trouble":
        this.#log.warn(`OCI does not answer as it should, and the runs go on; still watching. ${event.message}`);
        return;
      case "recovered":
        this.#log.info("OCI answers again");
        return;
      default:
        return;
    }
  }
}
