/**
 * The log of one job run, as it grows. Records arrive late and out of order, so that
 *
 * - every reading goes back three minutes behind the newest record, by Logging's own clock, and each id counts once;
 * - a line waits a while, and goes out together with what came in meanwhile and was written before it;
 * - the last reading goes over the whole log once more.
 */
import type { Logging } from "../../oci/logging/client.ts";
import { searchWindow } from "../../oci/logging/search.ts";
import { byTime, lineOf, type LogLine } from "./log-line.ts";

export interface RunLogOptions {
  readonly logging: Logging;
  readonly runId: string;
  readonly logGroupId: string;
  readonly logId: string;
  /** Nothing was logged before, in milliseconds since 1970. */
  readonly from: number;
  /** How long a line waits for those that were written before it, in milliseconds. @default 0 */
  readonly settleMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onLost?: (at: number) => void;
}

/** How far each reading goes back, in milliseconds. */
const overlap = 180_000;
/** This machine's clock may be behind. */
const ahead = 600_000;
/** Longer logs are not read again from their beginning at the end, but from so long before their newest line. */
const wholeLines = 20_000;
const longOverlap = 900_000;

interface HeldLine extends LogLine {
  readonly seenAt: number;
}

export class RunLog {
  readonly #options: RunLogOptions;
  readonly #seen = new Map<string, bigint>();
  #held: readonly HeldLine[] = [];
  #newest: bigint | undefined;
  #query: string | undefined;
  #read = 0;

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  /** Lines that may be shown now. */
  async read(): Promise<readonly LogLine[]> {
    const now = this.#options.logging.connection.clock.now();
    const fresh = await this.#search(overlap);
    const waiting = [...this.#held, ...fresh.map((line) => ({ ...line, seenAt: now }))];
    const settled = waiting.filter(({ seenAt }) => seenAt + (this.#options.settleMs ?? 0) <= now);
    const [last] = settled.toSorted(byTime).slice(-1);
    if (last === undefined) {
      this.#held = waiting;
      return [];
    }
    this.#held = waiting.filter((line) => line.at > last.at);
    return waiting.filter((line) => line.at <= last.at).toSorted(byTime);
  }

  /** Whether lines wait for a further reading. */
  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** All that is left, once no more is awaited. */
  async readToEnd(): Promise<readonly LogLine[]> {
    const fresh = await this.#search(this.#read > wholeLines ? longOverlap : undefined);
    const rest = [...this.#held, ...fresh].toSorted(byTime);
    this.#held = [];
    return rest;
  }

  /** Records that were not seen before. @param back how far behind the newest one; undefined for the whole log */
  async #search(back: number | undefined): Promise<readonly LogLine[]> {
    const { logging, from, signal, onLost } = this.#options;
    const newest = this.#newest === undefined ? from : Number(this.#newest / 1_000_000n);
    const window = {
      from: back === undefined ? from : Math.max(from, newest - back),
      to: Math.max(logging.connection.clock.now(), newest) + ahead,
    };
    const records = await searchWindow(logging, await this.#searchQuery(), window, {
      signal,
      ...(onLost === undefined ? {} : { onLost }),
    });
    const fresh: LogLine[] = [];
    for (const record of records) {
      const line = lineOf(record);
      if (line === undefined || this.#seen.has(line.id)) continue;
      this.#seen.set(line.id, line.at);
      fresh.push(line);
      if (this.#newest === undefined || line.at > this.#newest) this.#newest = line.at;
    }
    this.#read += fresh.length;
    this.#forget();
    return fresh;
  }

  /** Of a long log, the ids that no further reading can meet. */
  #forget(): void {
    if (this.#read <= wholeLines || this.#newest === undefined) return;
    const before = this.#newest - BigInt(longOverlap + overlap) * 1_000_000n;
    for (const [id, at] of this.#seen) if (at < before) this.#seen.delete(id);
  }

  /** A star is needed before the source; the log may be in another compartment than the run. */
  async #searchQuery(): Promise<string> {
    const { logging, logGroupId, logId, runId, signal } = this.#options;
    if (this.#query === undefined) {
      const { compartmentId } = await logging.getLogGroup(logGroupId, signal);
      this.#query = `search "${compartmentId}/${logGroupId}/${logId}" | where source = '*${runId}' | sort by datetime asc`;
    }
    return this.#query;
  }
}
