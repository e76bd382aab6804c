import { invalidParameter } from "./refusal.ts";

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** The page of `all` that `limit` and `page` ask for; the next page's token goes into `opc-next-page`. */
export function pageOf<T>(all: readonly T[], query: URLSearchParams, maximum: number): ListPage<T> {
  const limit = limitOf(query, maximum);
  const token = query.get("page");
  const start = token === null ? 0 : Number(Buffer.from(token, "base64").toString());
  if (!Number.isInteger(start)) throw invalidParameter("The page token is not one of this list.");
  const next = start + limit;
  // Base64 with its `=`, `+` and `/`: a client that does not encode its queries shows it.
  const headers = next < all.length ? { "opc-next-page": Buffer.from(`${next}`).toString("base64") } : {};
  return { items: all.slice(start, next), headers };
}

/** The `limit` asked for, or `maximum`, which is also the most there is. */
export function limitOf(query: URLSearchParams, maximum: number): number {
  const limit = Number(query.get("limit") ?? maximum);
  if (!Number.isInteger(limit) || limit < 1) throw invalidParameter("The limit must be a whole number from 1 up.");
  return Math.min(limit, maximum);
}
