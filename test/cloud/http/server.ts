import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { authenticate, checkDigest } from "../auth/authenticate.ts";
import { ConnectionReset, disturbanceOf, pause } from "../faults/disturbance.ts";
import type { Fault } from "../faults/fault.ts";
import type { Controlled } from "../faults/control.ts";
import { Exchange } from "./exchange.ts";
import { Refusal } from "./refusal.ts";
import { Router, type Found, type Service } from "./service.ts";

export interface ServerOptions extends Controlled {
  readonly services: readonly Service[];
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what the fake itself did wrong. */
  readonly onBug: (error: unknown, operation: string) => void;
}

/** An HTTP server, not listening yet, that takes every request through the same door: faults, signature, policy, service. */
export function createCloudServer(options: ServerOptions): Server {
  const router = new Router(options.services);
  // Connections stay open as they do at the service; long uploads must not meet Node's 5 minutes.
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 });
  const take = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    void serve(options, router, new Exchange(request, response, options.region, awaitsContinue));
  };
  server.on("connection", () => options.requests.connections++);
  server.on("request", take(false));
  server.on("checkContinue", take(true));
  return server;
}

/** Never rejects. */
async function serve(options: ServerOptions, router: Router, exchange: Exchange): Promise<void> {
  const { requests, faults, now } = options;
  requests.begin(exchange, now());
  try {
    const found = router.find(exchange.method, exchange.path);
    exchange.parameters = found.parameters;
    exchange.operation = found.route.operation;
    if (found.service.name !== "control") exchange.faults = faults.meet(exchange);
    await handle(options, found, exchange);
  } catch (error) {
    await fail(options, exchange, error);
  }
  requests.end(exchange);
}

async function handle(options: ServerOptions, { service, route }: Found, exchange: Exchange): Promise<void> {
  const { security = "signed" } = route;
  await beforeAnything(exchange);
  if (security !== "open") {
    exchange.principal = authenticate(exchange, security, options.identity, options.now());
    if (security !== "unsigned") await checkDigest(exchange);
    if (!options.policy.allows(service.name, route, exchange)) throw service.denied(exchange);
  }
  await route.handle(exchange);
}

async function beforeAnything(exchange: Exchange): Promise<void> {
  exchange.disturbance = disturbanceOf(exchange);
  for (const fault of exchange.faults) {
    if (fault.kind === "slow") await pause(exchange, fault.milliseconds ?? 0);
    if (fault.kind === "reset-before") throw new ConnectionReset();
    if (fault.kind === "status") throw refusalOf(fault);
  }
}

function refusalOf({ status, code, message, retryAfter }: Fault & { kind: "status" }): Refusal {
  const known: Readonly<Record<number, readonly [code: string, message: string]>> = {
    401: ["NotAuthenticated", "The required information to complete authentication was not provided or was incorrect."],
    404: ["NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."],
    409: ["IncorrectState", "The requested state for the resource conflicts with its current state."],
    429: ["TooManyRequests", "User-rate limit exceeded."],
    500: ["InternalServerError", "Internal Server Error"],
    503: ["ServiceUnavailable", "The service is currently unavailable."],
  };
  const [usualCode, usualMessage] = known[status] ?? ["InternalServerError", "The request failed."];
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return new Refusal(status, code ?? usualCode, message ?? usualMessage, headers);
}

async function fail(options: ServerOptions, exchange: Exchange, error: unknown): Promise<void> {
  const { request, response } = exchange;
  if (error instanceof Refusal && !response.headersSent) {
    // The refusal of a refusal is a fault after it, or the end of the connection.
    await exchange.refuse(error).catch((again: unknown) => fail(options, exchange, again));
    return;
  }
  if (!(error instanceof ConnectionReset) && !request.destroyed) {
    options.onBug(error, exchange.operation);
    if (!response.headersSent) {
      await exchange.refuse(new Refusal(500, "InternalServerError", "Internal Server Error")).catch(() => undefined);
      return;
    }
  }
  if (!response.headersSent) exchange.status = 0;
  exchange.socket.resetAndDestroy();
}
