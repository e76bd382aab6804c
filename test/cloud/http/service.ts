import { Refusal } from "./refusal.ts";
import type { Exchange } from "./exchange.ts";

/** One of the cloud's services: what it answers, and how it says that something is hidden. */
export interface Service {
  /** As in `objectstorage`. */
  readonly name: string;
  readonly routes: readonly Route[];
  /** What the service answers when the policy denies a request; it never tells denied from missing. */
  denied(exchange: Exchange): Refusal;
  close?(): Promise<void>;
}

/**
 * What a request must be signed with. `signed`: its body's digest too; `unsigned`: the body only if the client likes, as
 * for objects; `federation`: the body, but not the host; `open`: no signature at all.
 */
export type Security = "signed" | "unsigned" | "federation" | "open";

export interface Route {
  /** The operation's name in the API reference, as in `PutObject`. */
  readonly operation: string;
  readonly method: string;
  /**
   * The path as the API reference writes it. `{name}` is one segment, `{name+}` the rest of the path, slashes included;
   * both arrive decoded.
   */
  readonly path: string;
  /** Default `signed`. */
  readonly security?: Security;
  /** What a policy must allow, as the policy reference names it; any one of them is enough. */
  readonly permissions?: readonly string[];
  /** What a policy must allow besides, each of them: to read what the request names. */
  readonly alsoNeeds?: readonly string[];
  handle(exchange: Exchange): Promise<void>;
}

interface Compiled {
  readonly service: Service;
  readonly route: Route;
  readonly pattern: RegExp;
}

export interface Found {
  readonly service: Service;
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the route of a request among all services. Earlier routes win. */
export class Router {
  readonly #routes: readonly Compiled[];

  constructor(services: readonly Service[]) {
    this.#routes = services.flatMap((service) =>
      service.routes.map((route) => ({ service, route, pattern: compile(route.path) })),
    );
  }

  /** @throws {Refusal} 404 where no path matches, 405 where only the method does not */
  find(method: string, path: string): Found {
    let pathKnown = false;
    for (const { service, route, pattern } of this.#routes) {
      const match = pattern.exec(path);
      if (match === null) continue;
      pathKnown = true;
      if (route.method === method) return { service, route, parameters: decode(match.groups ?? {}) };
    }
    if (pathKnown) throw new Refusal(405, "MethodNotAllowed", `The method ${method} is not allowed here.`);
    throw new Refusal(404, "NotFound", "There is no such path in this API.");
  }
}

function compile(path: string): RegExp {
  const source = path
    .replaceAll(/[.]/g, "\\$&")
    .replaceAll(/\{(\w+)\+\}/g, "(?<$1>.+)")
    .replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  // Clients differ in whether they end a collection's path with a slash; an object's name keeps its own.
  return new RegExp(`^${source}${path.endsWith("+}") ? "" : "/?"}$`);
}

function decode(groups: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new Refusal(400, "MalformedURI", "The path is not valid percent-encoded UTF-8.");
  }
}
