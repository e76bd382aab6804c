import type { Exchange } from "./exchange.ts";
import { pageOf } from "./paging.ts";
import { notAuthorizedOrNotFound } from "./refusal.ts";
import type { Route } from "./service.ts";

/** What a service does later than it answers. */
export interface WorkRequest {
  readonly id: string;
  readonly operationType: string;
  readonly compartmentId: string;
  readonly entityType: string;
  readonly actionType: string;
  /** The OCID of what it is about. */
  readonly identifier: string;
  /** Milliseconds since the epoch. */
  readonly timeAccepted: number;
  readonly timeFinished: number;
}

/** The work requests of one service. Nothing moves them: when they are looked at, they have come as far as the clock says. */
export class WorkRequests {
  readonly #requests = new Map<string, WorkRequest>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(request: WorkRequest): void {
    this.#requests.set(request.id, request);
  }

  /** @param base as in `/20200531` */
  routes(base: string, permissions: readonly string[]): readonly Route[] {
    const route = (operation: string, path: string, handle: Route["handle"]): Route => ({
      operation,
      method: "GET",
      path: `${base}/workRequests${path}`,
      permissions,
      handle,
    });
    return [
      route("ListWorkRequests", "", async (exchange) => {
        const all = [...this.#requests.values()].map((request) => this.#json(request));
        const { items, headers } = pageOf(all, exchange.query, 100);
        await exchange.reply(200, items, headers);
      }),
      route("GetWorkRequest", "/{workRequestId}", async (exchange) => {
        const request = this.#of(exchange);
        await exchange.reply(200, this.#json(request), { "retry-after": "1" });
      }),
      route("ListWorkRequestErrors", "/{workRequestId}/errors", async (exchange) => {
        this.#of(exchange);
        await exchange.reply(200, []);
      }),
      route("ListWorkRequestLogs", "/{workRequestId}/logs", async (exchange) => {
        const { timeAccepted, operationType } = this.#of(exchange);
        await exchange.reply(200, [{ message: operationType, timestamp: new Date(timeAccepted).toISOString() }]);
      }),
    ];
  }

  #of(exchange: Exchange): WorkRequest {
    const request = this.#requests.get(exchange.parameter("workRequestId"));
    if (request === undefined) throw notAuthorizedOrNotFound();
    return request;
  }

  #json(request: WorkRequest): Readonly<Record<string, unknown>> {
    const { id, operationType, compartmentId, entityType, actionType, identifier, timeAccepted, timeFinished } =
      request;
    const done = this.#now() >= timeFinished;
    return {
      id,
      operationType,
      status: done ? "SUCCEEDED" : "IN_PROGRESS",
      compartmentId,
      percentComplete: done ? 100 : 0,
      resources: [{ entityType, actionType: done ? actionType : "IN_PROGRESS", identifier }],
      timeAccepted: new Date(timeAccepted).toISOString(),
      timeStarted: new Date(timeAccepted).toISOString(),
      ...(done ? { timeFinished: new Date(timeFinished).toISOString() } : {}),
    };
  }
}
