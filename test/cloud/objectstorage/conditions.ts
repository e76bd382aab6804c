import type { Exchange } from "../http/exchange.ts";
import { badRequest, ifMatchFailed, ifNoneMatchFailed } from "./refusals.ts";

/** The conditions under which a write may happen. */
export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** A write's conditions; `if-none-match` can only be `*` there. */
export function writeConditions(exchange: Exchange): Conditions {
  const conditions = { ifMatch: exchange.header("if-match"), ifNoneMatch: exchange.header("if-none-match") };
  if (conditions.ifNoneMatch !== undefined && conditions.ifNoneMatch !== "*") {
    throw badRequest("IfNoneMatchDisallowed", "The only value that if-none-match may have here is '*'.");
  }
  return conditions;
}

/**
 * Refuses a write that its conditions forbid.
 * @param etag of what is there now; undefined for nothing
 * @throws {Refusal} 412
 */
export function checkWrite({ ifMatch, ifNoneMatch }: Conditions, etag: string | undefined): void {
  if (ifMatch !== undefined && !fits(ifMatch, etag)) throw ifMatchFailed();
  if (ifNoneMatch !== undefined && fits(ifNoneMatch, etag)) throw ifNoneMatchFailed();
}

/**
 * Whether a read must be answered 304 Not Modified.
 * @throws {Refusal} 412 IfMatchFailed
 */
export function notModified(exchange: Exchange, etag: string): boolean {
  const ifMatch = exchange.header("if-match");
  if (ifMatch !== undefined && !fits(ifMatch, etag)) throw ifMatchFailed();
  const ifNoneMatch = exchange.header("if-none-match");
  return ifNoneMatch !== undefined && fits(ifNoneMatch, etag);
}

function fits(condition: string, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  return condition === "*" || condition.split(",").some((tag) => tag.trim().replaceAll('"', "") === etag);
}
