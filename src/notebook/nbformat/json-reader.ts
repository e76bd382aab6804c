/**
 * JSON as notebooks hold it, which is what Python's `json` reads: also `NaN`, `Infinity` and `-Infinity`, integers of
 * any length, and `\ud800` without its other half. A loop rather than recursion, so that nesting takes no stack, over
 * bytes rather than text, so that a 100 MB file is never copied whole.
 */
import { isUtf8 } from "node:buffer";
import { pythonFloat, RawNumber } from "./raw-number.ts";
import type { Json } from "./types.ts";

/** Where a text stops being JSON. Line and column count from 1, the column in characters. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/**
 * Reads JSON. Numbers that JavaScript would write differently than Python become {@link RawNumber}; of a key that is
 * there twice the last value counts. A byte order mark is skipped, and with one UTF-16 is understood.
 * @throws {JsonSyntaxError} also for bytes that are no UTF-8
 */
export function parseJson(source: Uint8Array | string): Json {
  return new JsonReader(typeof source === "string" ? escapedBytes(source) : asUtf8(source)).read();
}

/** Text to bytes; a lone surrogate, which UTF-8 cannot hold, becomes its escape. */
function escapedBytes(text: string): Buffer {
  return Buffer.from(
    text.isWellFormed() ? text : text.replaceAll(/\p{Cs}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`),
  );
}

function asUtf8(source: Uint8Array): Buffer {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return escapedBytes(bytes.toString("utf16le", 2));
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0)
    return escapedBytes(Buffer.from(bytes).swap16().toString("utf16le", 2));
  if (!isUtf8(bytes)) throw errorAt(bytes, firstBadByte(bytes), "this is not UTF-8 text");
  return bytes;
}

/** Where text made of the bytes is no longer the same bytes. */
function firstBadByte(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString("utf8"));
  let at = 0;
  while (bytes[at] === again[at]) at++;
  return at;
}

function errorAt(bytes: Buffer, offset: number, message: string): JsonSyntaxError {
  const before = bytes.subarray(0, offset);
  let line = 1;
  for (let at = before.indexOf(10); at !== -1; at = before.indexOf(10, at + 1)) line++;
  let column = 1;
  for (const byte of before.subarray(before.lastIndexOf(10) + 1)) if ((byte & 0xc0) !== 0x80) column++;
  if (line === 1 && hasMark(bytes)) column--;
  return new JsonSyntaxError(message, line, column);
}

function hasMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

type JsonObject = { [key: string]: Json };

/** Twice what Python's nbformat can read. Deeper, the file that is written would be mostly indentation. */
const deepest = 2000;

const quote = 0x22;
const backslash = 0x5c;
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const words: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", new RawNumber("NaN")],
  ["Infinity", new RawNumber("Infinity")],
  ["-Infinity", new RawNumber("-Infinity")],
];

class JsonReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    if (hasMark(bytes)) this.#at = 3;
  }

  read(): Json {
    const value = this.#document();
    if (this.#next() !== -1) throw this.#fault("the document ends here, but more text follows");
    return value;
  }

  #document(): Json {
    const open: (Json[] | JsonObject)[] = [];
    const keys: string[] = [];
    for (;;) {
      let value = this.#scalarOrContainer();
      if (this.#opened) {
        if (open.push(this.#opened) > deepest) throw this.#fault(`this is nested more than ${deepest} levels deep`);
        if (!Array.isArray(this.#opened)) keys.push(this.#key());
        continue;
      }
      // A value is complete: so may be what it stands in.
      for (let holder = open.at(-1); ; holder = open.at(-1)) {
        if (holder === undefined) return value;
        const more = Array.isArray(holder) ? this.#item(holder, value) : this.#member(holder, keys, value);
        if (more) break;
        open.pop();
        value = holder;
      }
    }
  }

  /** The container that the last value began, if it is one that is not empty. */
  #opened: Json[] | JsonObject | undefined;

  #scalarOrContainer(): Json {
    const byte = this.#next();
    this.#opened = undefined;
    if (byte === quote) return this.#string();
    if (byte === 0x7b || byte === 0x5b) {
      this.#at++;
      const container = byte === 0x7b ? {} : [];
      if (this.#next() === byte + 2) this.#at++;
      else this.#opened = container;
      return container;
    }
    return this.#number(byte) ?? this.#word();
  }

  /** Adds an item; true where another one follows. */
  #item(holder: Json[], value: Json): boolean {
    holder.push(value);
    return this.#more(0x5d, "a list goes on with a comma or ends with ]");
  }

  /** Adds a member; true where another one follows, whose key is then read. */
  #member(holder: JsonObject, keys: string[], value: Json): boolean {
    const key = keys.pop() ?? "";
    if (key === "__proto__")
      Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
    else holder[key] = value;
    if (!this.#more(0x7d, "an object goes on with a comma or ends with }")) return false;
    keys.push(this.#key());
    return true;
  }

  #more(end: number, rule: string): boolean {
    const byte = this.#next();
    if (byte !== end && byte !== 0x2c) throw this.#fault(byte === -1 ? "the text ends too early" : rule);
    this.#at++;
    return byte !== end;
  }

  #key(): string {
    if (this.#next() !== quote) throw this.#fault("a key in double quotes is expected");
    const key = this.#string();
    if (this.#next() !== 0x3a) throw this.#fault("a colon is expected after a key");
    this.#at++;
    return key;
  }

  /** The next byte that is no white space, or -1 at the end. */
  #next(): number {
    const bytes = this.#bytes;
    for (let at = this.#at; ; at++) {
      const byte = bytes[at];
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      this.#at = at;
      return byte ?? -1;
    }
  }

  #string(): string {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let escaped = false;
    let seen = 0;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.#at = at + 1;
        if (escaped) return this.#unescape(start, at);
        return seen < 0x80 ? bytes.toString("latin1", start, at) : bytes.toString("utf8", start, at);
      }
      if (byte < 0x20) throw errorAt(bytes, at, "a control character stands in a string; it must be escaped");
      if (byte === backslash) {
        escaped = true;
        at++;
      }
      seen |= byte;
    }
    throw errorAt(bytes, start - 1, "a string begins here and does not end");
  }

  #unescape(start: number, end: number): string {
    try {
      // What JSON.parse makes of a string in quotes is a string.
      return JSON.parse(this.#bytes.toString("utf8", start - 1, end + 1)) as string;
    } catch {
      const text = this.#bytes.toString("latin1", start, end);
      const bad = /^(?:[^\\]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/.exec(text)?.[0].length ?? 0;
      throw errorAt(this.#bytes, start + bad, "this escape is not one of JSON's");
    }
  }

  #number(first: number): Json | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    const negative = first === 0x2d;
    if (!negative && !(first >= 0x30 && first <= 0x39)) return undefined;
    let at = negative ? start + 1 : start;
    let value = 0;
    for (let digit = (bytes[at] ?? 0) - 0x30; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - 0x30)
      value = value * 10 + digit;
    const length = at - start - (negative ? 1 : 0);
    const after = bytes[at] ?? 0;
    const simple = after !== 0x2e && (after | 0x20) !== 0x65 && length > 0 && length <= 15;
    if (simple && (length === 1 || bytes[at - length] !== 0x30)) {
      this.#at = at;
      return negative && value !== 0 ? -value : value;
    }
    while (isNumberByte(bytes[at] ?? 0)) at++;
    const text = bytes.toString("latin1", start, at);
    if (!numberText.test(text)) return negative && length === 0 ? undefined : this.#badNumber();
    this.#at = at;
    return numberValue(text);
  }

  #badNumber(): never {
    throw this.#fault("this is not a number as JSON writes it");
  }

  #word(): Json {
    for (const [word, value] of words) {
      if (this.#bytes.toString("latin1", this.#at, this.#at + word.length) !== word) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#fault(this.#at >= this.#bytes.length ? "the text ends too early" : "a value is expected");
  }

  #fault(message: string): JsonSyntaxError {
    return errorAt(this.#bytes, this.#at, message);
  }
}

function isNumberByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2b || byte === 0x2d || (byte | 0x20) === 0x65;
}

/** A number from its text: a RawNumber wherever JavaScript's own text of it is not the one that Python writes. */
function numberValue(text: string): Json {
  const value = Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : new RawNumber(text);
  // Out of a double's range. Python would read infinity; the text says more.
  if (!Number.isFinite(value)) return new RawNumber(text);
  const written = pythonFloat(value);
  return written === String(value) ? value : new RawNumber(written);
}
