import { compareNames } from "./names.ts";

export interface Page {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
  /** The name to start the next page with. */
  readonly next: string | undefined;
}

export interface ListingQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** The first name wanted. */
  readonly start: string;
  /** Wanted are the names after this one. */
  readonly startAfter: string;
  /** The first name no longer wanted; empty for none. */
  readonly end: string;
  readonly limit: number;
}

/**
 * One page of sorted names. With a delimiter, names that have one after the prefix are told only by their common
 * beginning; names and beginnings together count against the limit.
 */
export function listPage(sorted: readonly string[], query: ListingQuery): Page {
  const { prefix, delimiter, start, startAfter, end, limit } = query;
  const names: string[] = [];
  const prefixes: string[] = [];
  const from = [prefix, start, startAfter].toSorted(compareNames).at(-1) ?? "";
  for (let i = lowerBound(sorted, from); i < sorted.length; i++) {
    const name = sorted[i];
    if (name === undefined || !name.startsWith(prefix)) break;
    if (end !== "" && compareNames(name, end) >= 0) break;
    if (startAfter !== "" && compareNames(name, startAfter) <= 0) continue;
    const cut = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : name.slice(0, cut + delimiter.length);
    if (common !== undefined && common === prefixes.at(-1)) continue;
    if (names.length + prefixes.length === limit) return { names, prefixes, next: name };
    if (common === undefined) names.push(name);
    else prefixes.push(common);
  }
  return { names, prefixes, next: undefined };
}

/** The index of the first name that is not before `name`. */
function lowerBound(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(sorted[middle] ?? "", name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
