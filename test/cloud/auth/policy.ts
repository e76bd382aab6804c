import type { Exchange } from "../http/exchange.ts";
import { isRecord } from "../http/exchange.ts";
import type { Route } from "../http/service.ts";

/** What a request would do, as a policy sees it. */
export interface Access {
  readonly service: string;
  readonly operation: string;
  /** As in `OBJECT_CREATE`; any one of them allows the operation. */
  readonly permissions: readonly string[];
  /** The route's named path segments, as in `bucket` and `object`. */
  readonly resource: Readonly<Record<string, string>>;
  /** `user`, `resource`, … and, for resources, the type that policies name. */
  readonly principal: { readonly kind: string; readonly id: string; readonly type?: string };
}

/** What is forbidden: every field given must fit. */
export interface Denial {
  readonly operation?: string;
  /** Takes the permission away, and with it each operation that has no other. */
  readonly permission?: string;
  readonly bucket?: string;
  /** Kind, type or id of a principal. */
  readonly principal?: string;
}

/** Everything is allowed but what a test denies. */
export class Policy {
  #denials: Denial[] = [];
  /** A test's own judgement, asked first; `false` denies. */
  judge: (access: Access) => boolean = () => true;

  deny(denial: Denial): void {
    this.#denials.push(denial);
  }

  clear(): void {
    this.#denials = [];
    this.judge = () => true;
  }

  allows(service: string, route: Route, exchange: Exchange): boolean {
    const { operation, parameters: resource, principal } = exchange;
    const { permissions = [], alsoNeeds = [] } = route;
    const needed = [permissions, ...alsoNeeds.map((permission) => [permission])];
    return needed.every((any) => this.permits({ service, operation, permissions: any, resource, principal }));
  }

  /** Whether something may be done, by a request or inside the cloud. */
  permits(access: Access): boolean {
    return this.judge(access) && !this.#forbids(access);
  }

  #forbids(access: Access): boolean {
    const fitting = this.#denials.filter((denial) => fits(denial, access));
    if (fitting.some(({ permission }) => permission === undefined)) return true;
    const { permissions } = access;
    return permissions.length > 0 && permissions.every((name) => fitting.some(({ permission }) => permission === name));
  }
}

function fits({ operation, bucket, principal }: Denial, access: Access): boolean {
  if (operation !== undefined && operation !== access.operation) return false;
  if (bucket !== undefined && bucket !== access.resource.bucket) return false;
  const { kind, id, type } = access.principal;
  return principal === undefined || principal === kind || principal === id || principal === type;
}

/** A denial as `POST /_policy` takes it. */
export function parseDenial(value: unknown): Denial {
  if (!isRecord(value)) return {};
  const known = ["operation", "permission", "bucket", "principal"];
  return Object.fromEntries(
    Object.entries(value).filter(([key, text]) => known.includes(key) && typeof text === "string"),
  );
}
