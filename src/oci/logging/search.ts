/**
 * Reading a log by searching it. A search answers at most 1,000 records and refuses results that are too large; windows
 * are halved then. A window reaches over at most 14 days and is never shorter than a millisecond.
 */
import { ServiceFailure } from "../service-failure.ts";
import type { Logging, SearchPage } from "./client.ts";
import { searchLimit } from "./client.ts";

/** Times as milliseconds since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const longest = 14 * 86_400_000;

export interface SearchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told where a single millisecond holds more than can be had. */
  readonly onLost?: (at: number) => void;
}

/** Every record of a window, in the order of its parts; borders belong to both sides, so that a record may come twice. */
export async function searchWindow(
  logging: Logging,
  searchQuery: string,
  { from, to }: Window,
  options: SearchOptions = {},
): Promise<SearchPage["results"]> {
  const halves = async (): Promise<SearchPage["results"]> => {
    const middle = Math.floor((from + to) / 2);
    const first = await searchWindow(logging, searchQuery, { from, to: middle }, options);
    return [...first, ...(await searchWindow(logging, searchQuery, { from: middle, to }, options))];
  };
  const divisible = to - from > 1;
  if (to - from > longest) return halves();
  try {
    const found = await allPages(logging, { timeStart: new Date(from), timeEnd: new Date(to), searchQuery }, options);
    if (found.whole) return found.results;
    if (divisible) return await halves();
    options.onLost?.(from);
    return found.results;
  } catch (error) {
    if (!isTooLarge(error) || !divisible) throw error;
    return halves();
  }
}

async function allPages(
  logging: Logging,
  query: Parameters<Logging["search"]>[0],
  { signal }: SearchOptions,
): Promise<{ readonly results: SearchPage["results"]; readonly whole: boolean }> {
  const results: SearchPage["results"][number][] = [];
  let page: string | undefined;
  for (;;) {
    const answer = await logging.search(query, { page, signal });
    results.push(...answer.results);
    // A full last page may be one that was cut off.
    if (answer.next === undefined) return { results, whole: answer.results.length < searchLimit };
    page = answer.next;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof ServiceFailure && error.status === 400 && /too large/i.test(error.detail);
}
