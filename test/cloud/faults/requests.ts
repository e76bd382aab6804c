import type { IncomingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { matches, type Match } from "./fault.ts";

/** One request as the cloud saw it. */
export interface RequestEntry {
  readonly id: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** As in `PutObject`; empty where no route matched. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  /** The principal's kind and id, as in `user ocid1.user…`. */
  readonly principal: string;
  /** The status answered; 0 where the connection was reset or the client went away before one. */
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly milliseconds: number;
  /** The kinds of fault that it met. */
  readonly faults: readonly string[];
}

export interface RequestFilter extends Match {
  readonly status?: number;
}

/** The requests that ended, oldest first, up to the last 100,000. */
export class RequestLog {
  #entries: RequestEntry[] = [];
  #open = 0;
  /** The most requests that were under way at once. */
  peak = 0;
  /** Connections opened. */
  connections = 0;

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    while (this.#open > 0) await sleep(1);
  }

  begin(): void {
    this.#open++;
    this.peak = Math.max(this.peak, this.#open);
  }

  end(entry: RequestEntry): void {
    this.#open--;
    this.#entries.push(entry);
    if (this.#entries.length > 110_000) this.#entries = this.#entries.slice(-100_000);
  }

  list(filter: RequestFilter = {}): readonly RequestEntry[] {
    const { status } = filter;
    return this.#entries.filter((entry) => matches(filter, entry) && (status === undefined || entry.status === status));
  }

  count(filter: RequestFilter = {}): number {
    return this.list(filter).length;
  }

  clear(): void {
    this.#entries = [];
    this.peak = 0;
    this.connections = 0;
  }
}
