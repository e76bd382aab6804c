/**
 * The cloud's back door, for tests in another process. Nothing here is signed, and no path of a service begins so.
 *
 * - `POST /_faults` with one rule or a list arms faults, `GET` lists them, `DELETE` clears them.
 * - `GET /_requests?method=&path=&operation=&status=` lists requests, `DELETE` forgets them.
 * - `POST /_policy` with one denial or a list denies, `DELETE` allows everything again.
 * - `POST /_clock` with `{"advance": milliseconds}` or `{"time": moment}` moves the schedules' clock, and answers when what
 *   happens on the way is over; `{"frozen": true}` stops it. `GET` tells it.
 * - `POST /_tokens/revoke` makes every token issued so far worthless.
 */
import type { Identity } from "../auth/identity.ts";
import { parseDenial, type Policy } from "../auth/policy.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Route, Service } from "../http/service.ts";
import { Refusal } from "../http/refusal.ts";
import type { Clock } from "../time/clock.ts";
import { parseRule, type Faults } from "./faults.ts";
import type { RequestLog } from "./requests.ts";

export interface Controlled {
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly policy: Policy;
  readonly identity: Identity;
  readonly clock: Clock;
}

export function controlService({ faults, requests, policy, identity, clock }: Controlled): Service {
  return backDoor([
    controlRoute("GET", "/_faults", (exchange) => exchange.reply(200, faults.list())),
    controlRoute("POST", "/_faults", async (exchange) => {
      for (const rule of await listOf(exchange)) faults.add(parseRule(rule));
      await exchange.reply(200, faults.list());
    }),
    controlRoute("DELETE", "/_faults", async (exchange) => {
      faults.clear();
      await exchange.reply(204);
    }),
    controlRoute("GET", "/_requests", async (exchange) => {
      const { query } = exchange;
      const status = query.get("status");
      const filter = Object.fromEntries([...query].filter(([name]) => name !== "status"));
      const entries = requests.list({ ...filter, ...(status === null ? {} : { status: Number(status) }) });
      const { peak, connections } = requests;
      await exchange.reply(200, { count: entries.length, peak, connections, requests: entries });
    }),
    controlRoute("DELETE", "/_requests", async (exchange) => {
      requests.clear();
      await exchange.reply(204);
    }),
    controlRoute("POST", "/_policy", async (exchange) => {
      for (const denial of await listOf(exchange)) policy.deny(parseDenial(denial));
      await exchange.reply(204);
    }),
    controlRoute("DELETE", "/_policy", async (exchange) => {
      policy.clear();
      await exchange.reply(204);
    }),
    controlRoute("GET", "/_clock", (exchange) => exchange.reply(200, clockView(clock))),
    controlRoute("POST", "/_clock", async (exchange) => {
      const { frozen, advance, time } = await exchange.json();
      if (frozen === true) clock.freeze();
      if (frozen === false) clock.thaw();
      if (typeof advance === "number") await clock.advance(advance);
      if (typeof time === "string" || typeof time === "number") await clock.set(time);
      await exchange.reply(200, clockView(clock));
    }),
    controlRoute("POST", "/_tokens/revoke", async (exchange) => {
      identity.revokeTokens();
      await exchange.reply(204);
    }),
  ]);
}

function clockView(clock: Clock): object {
  return { time: new Date(clock.now()).toISOString(), frozen: clock.frozen };
}

/** A service of such paths: nothing about it is hidden. */
export function backDoor(routes: readonly Route[]): Service {
  return {
    name: "control",
    denied: () => new Refusal(403, "Forbidden", "The control paths obey no policy."),
    routes,
  };
}

/** A path of the back door: nothing signs it. */
export function controlRoute(method: string, path: string, handle: Route["handle"]): Route {
  return { operation: "Control", method, path, security: "open", handle };
}

async function listOf(exchange: Exchange): Promise<readonly unknown[]> {
  const value: unknown = JSON.parse((await exchange.bytes()).toString("utf8"));
  return Array.isArray(value) ? value : [value];
}
