import { longestTimer } from "../process/longest-timer.ts";
import type { Logger } from "../text/logger.ts";
import type { Supervision } from "./supervise.ts";

/** Bytes of the work's output that memory takes for a reader who is behind when the run is to end. */
const mostUnread = 16 * 2 ** 20;

/**
 * A log that holds the work back while its reader is behind, as long as the run goes on: nothing is lost and memory stays
 * where it is. Once the run is to end, a reader that is stuck must not keep what there is from being published: the work may
 * print some more, and when its grace is over, and it with it, nobody is waited for.
 */
export function heldBack(log: Logger, { stop, kill }: Pick<Supervision, "stop" | "kill">, grace: number): Logger {
  const waiting = new Set<() => void>();
  let room = 0;
  let over = false;
  const release = (): void => {
    for (const go of waiting) go();
    waiting.clear();
  };
  const end = (): void => {
    over = true;
    release();
  };
  const begin = (): void => {
    room = mostUnread;
    setTimeout(end, Math.min(grace, longestTimer)).unref();
    release();
  };
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true });
  kill.addEventListener("abort", end, { once: true });

  return {
    ...log,
    work(stream, chunk, fields) {
      const behind = log.work(stream, chunk, fields);
      if (behind === undefined || over) return;
      if (stop.aborted && (room -= chunk.length) > 0) return;
      return new Promise((resolve, reject) => {
        const go = (): void => {
          waiting.delete(go);
          resolve();
        };
        waiting.add(go);
        behind.then(go, reject);
      });
    },
  };
}
