import type { IncomingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Exchange } from "../http/exchange.ts";
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

/** A request under way; what its exchange knows is read when it is asked for. */
interface Open {
  readonly exchange: Exchange;
  readonly startedAt: number;
  readonly start: number;
}

/** The requests that came, oldest first, up to the last 100,000; those under way are told as far as they got. */
export class RequestLog {
  #entries: (RequestEntry | Open)[] = [];
  readonly #open = new Map<Exchange, Open>();
  /** The most requests that were under way at once. */
  peak = 0;
  /** Connections opened. */
  connections = 0;

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await sleep(1);
  }

  begin(exchange: Exchange, startedAt: number): void {
    const open = { exchange, startedAt, start: performance.now() };
    this.#open.set(exchange, open);
    this.#entries.push(open);
    this.peak = Math.max(this.peak, this.#open.size);
    if (this.#entries.length > 110_000) this.#entries = this.#entries.slice(-100_000);
  }

  end(exchange: Exchange): void {
    const open = this.#open.get(exchange);
    this.#open.delete(exchange);
    const index = open === undefined ? -1 : this.#entries.lastIndexOf(open);
    if (open !== undefined && index >= 0) this.#entries[index] = entryOf(open);
  }

  list(filter: RequestFilter = {}): readonly RequestEntry[] {
    const { status } = filter;
    const entries = this.#entries.map((entry) => ("exchange" in entry ? entryOf(entry) : entry));
    return entries.filter((entry) => matches(filter, entry) && (status === undefined || entry.status === status));
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

function entryOf({ exchange, startedAt, start }: Open): RequestEntry {
  const { id, method, target, operation, status, bytesIn, bytesOut, principal, faults } = exchange;
  return {
    id,
    method,
    target,
    operation,
    headers: exchange.request.headers,
    principal: `${principal.kind} ${principal.id}`.trim(),
    status,
    bytesIn,
    bytesOut,
    startedAt,
    milliseconds: performance.now() - start,
    faults: faults.map(({ kind }) => kind),
  };
}
