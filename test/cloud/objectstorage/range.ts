import { Refusal } from "../http/refusal.ts";

/** Bytes [start, end). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The one range that a `range` header asks for; undefined where it asks for several, or for none.
 * @throws {Refusal} 416 InvalidRange where no such byte exists
 */
export function parseRange(header: string | undefined, length: number): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? length : Math.min(length, Number(last) + 1);
  if (start < end) return { start, end };
  throw new Refusal(416, "InvalidRange", "The requested range is not satisfiable.", {
    "content-range": `bytes */${length}`,
  });
}
