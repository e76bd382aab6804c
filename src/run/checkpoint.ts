import { setTimeout as wait } from "node:timers/promises";
import { longestTimer } from "../process/longest-timer.ts";
import type { RunHost } from "./host.ts";
import type { Journal } from "./journal.ts";
import type { Publisher } from "./publish.ts";
import { messageOf } from "../text/message-of.ts";

/** What publishes on the way, until it is stopped. */
export interface Checkpoints {
  /** Ends the waiting or the sending under way. When it resolves nothing is under way, so that the final publish meets no stale data. */
  stop(): Promise<void>;
}

/** How often outputs are published while the work runs, where the job file does not say: a machine that vanishes loses minutes. */
const defaultInterval = 5 * 60_000;

/**
 * Publishes what is new every `interval` milliseconds (0: never), and the record with it.
 * A checkpoint that fails is told and tried again at the next; it never touches the work.
 */
export function startCheckpoints(
  interval: number | undefined,
  publisher: Publisher,
  journal: Journal,
  host: RunHost,
): Checkpoints {
  const every = Math.min(interval ?? defaultInterval, longestTimer);
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await wait(every, undefined, { signal, ref: false });
      try {
        const outputs = await publisher.publish(signal, "checkpoint");
        if (signal.aborted) return;
        journal.update({ outputs });
        await journal.write(signal);
        const failed = outputs.filter((output) => output.status === "failed").length;
        const said = `Checkpoint: ${outputs.length - failed} of ${outputs.length} outputs published`;
        if (failed > 0) host.log.warn(`${said}; the rest is tried again at the next`);
        else host.log.debug(said);
      } catch (error) {
        if (!signal.aborted) host.log.warn(`The checkpoint failed, the next comes as planned: ${messageOf(error)}`);
      }
    }
  };
  const running = every > 0 ? loop().catch(() => undefined) : Promise.resolve();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
