import type { Exchange } from "./exchange.ts";
import { pageOf, type ListPage } from "./paging.ts";
import { invalidParameter } from "./refusal.ts";

/** What every listed thing has. */
export interface Listed {
  readonly id: string;
  readonly displayName: string;
  /** Milliseconds since the epoch. */
  readonly timeCreated: number;
}

/**
 * The page of a list that the query asks for, as the services with `sortBy=timeCreated|displayName` give it: newest
 * first, or by name.
 * @param filters each query parameter that filters, with what a row has for it
 */
export function listed<T extends Listed>(
  rows: Iterable<T>,
  { query }: Exchange,
  filters: Readonly<Record<string, (row: T) => string>>,
  maximum: number,
): ListPage<T> {
  const wanted = Object.entries(filters).filter(([name]) => query.has(name));
  const found = [...rows].filter((row) => wanted.every(([name, of]) => query.get(name) === of(row)));
  return pageOf(found.toSorted(order(query)), query, maximum);
}

/** @throws {Refusal} 400 where the query has none */
export function requiredQuery({ query }: Exchange, name: string): string {
  const value = query.get(name);
  if (value === null || value === "") throw invalidParameter(`${name} must not be null.`);
  return value;
}

function order(query: URLSearchParams): (a: Listed, b: Listed) => number {
  const by = query.get("sortBy") ?? "timeCreated";
  if (by !== "timeCreated" && by !== "displayName") {
    throw invalidParameter(`sortBy must be one of timeCreated, displayName, not ${JSON.stringify(by)}.`);
  }
  const direction = query.get("sortOrder") ?? (by === "timeCreated" ? "DESC" : "ASC");
  if (direction !== "ASC" && direction !== "DESC") {
    throw invalidParameter(`sortOrder must be one of ASC, DESC, not ${JSON.stringify(direction)}.`);
  }
  const sign = direction === "ASC" ? 1 : -1;
  if (by === "timeCreated") return (a, b) => sign * (a.timeCreated - b.timeCreated || compare(a.id, b.id));
  return (a, b) => sign * (compare(a.displayName, b.displayName) || compare(a.id, b.id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
