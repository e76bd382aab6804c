/** JSON as nbformat writes it: an indent of one space, keys in code point order, non-ASCII as it is. */
import { pythonFloat, RawNumber } from "./raw-number.ts";
import type { Json } from "./types.ts";

interface Frame {
  readonly value: Json[] | { [key: string]: Json };
  readonly keys: readonly string[] | undefined;
  readonly size: number;
  done: number;
}

/**
 * The text of a value, byte for byte as Python's `json.dumps(indent=1, sort_keys=True, ensure_ascii=False)` has it,
 * but that a lone surrogate, which UTF-8 cannot hold, is escaped.
 * @param depth how many levels the value stands in, for the lines after its first
 */
export function jsonText(value: Json, depth = 0): string {
  const text = new Text();
  const open: Frame[] = [];
  let next: Json | undefined = value;
  for (;;) {
    if (next !== undefined) {
      const frame = begin(next);
      if (frame === undefined) text.add(scalarText(next));
      else {
        text.add(frame.keys ? "{" : "[");
        open.push(frame);
      }
    }
    const frame = open.at(-1);
    if (frame === undefined) return text.whole();
    if (frame.done === frame.size) {
      open.pop();
      if (frame.size > 0) text.add(newline(depth + open.length));
      text.add(frame.keys ? "}" : "]");
      next = undefined;
      continue;
    }
    if (frame.done > 0) text.add(",");
    text.add(newline(depth + open.length));
    if (frame.keys) text.add(`${JSON.stringify(frame.keys[frame.done])}: `);
    next = item(frame, frame.done++);
  }
}

/** Text from many small parts. They are joined a few thousand at a time: one by one costs several times the memory. */
class Text {
  readonly #joined: string[] = [];
  #parts: string[] = [];

  add(part: string): void {
    if (this.#parts.push(part) < 4096) return;
    this.#joined.push(this.#parts.join(""));
    this.#parts = [];
  }

  whole(): string {
    return this.#joined.join("") + this.#parts.join("");
  }
}

function begin(value: Json): Frame | undefined {
  if (typeof value !== "object" || value === null || value instanceof RawNumber) return undefined;
  if (Array.isArray(value)) return { value, keys: undefined, size: value.length, done: 0 };
  // What is undefined is not there, as for JSON.stringify.
  const keys = sortedKeys(value).filter((key) => value[key] !== undefined);
  return { value, keys, size: keys.length, done: 0 };
}

function item({ value, keys }: Frame, index: number): Json {
  if (Array.isArray(value)) return value[index] ?? null;
  return value[keys?.[index] ?? ""] ?? null;
}

function scalarText(value: Json): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof RawNumber) return value.raw;
  if (typeof value !== "number") return JSON.stringify(value);
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : pythonFloat(value);
}

const newlines: string[] = [];

function newline(depth: number): string {
  if (depth > 64) return `\n${" ".repeat(depth)}`;
  return (newlines[depth] ??= `\n${" ".repeat(depth)}`);
}

/** An object's keys as Python sorts them: by code point, where JavaScript goes by UTF-16 unit. */
export function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  let sorted = true;
  let before = "";
  for (const key of keys) {
    if (key < before) sorted = false;
    before = key;
  }
  if (!sorted) keys.sort();
  return keys.some((key) => /[\ud800-\uffff]/.test(key)) ? keys.toSorted(byCodePoint) : keys;
}

function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a.charCodeAt(at) === b.charCodeAt(at)) continue;
    return rank(a, at) - rank(b, at);
  }
  return a.length - b.length;
}

/** The order of the character at a place where two texts first differ; that may be a pair's second half. */
function rank(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const before = at > 0 ? text.charCodeAt(at - 1) : 0;
  if (unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff) return text.codePointAt(at - 1) ?? 0;
  return text.codePointAt(at) ?? 0;
}
