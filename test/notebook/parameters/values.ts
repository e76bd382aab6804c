/** Values of parameters of every kind, hostile ones first, and a form in which two languages' values can be compared. */
import fc from "fast-check";
import type { ParameterValue } from "../../../src/notebook/parameters/index.ts";
import { WholeFloat } from "../../../src/text/whole-float.ts";

/** What ends a literal, begins code or is misread in some language. */
const snippets = [
  '"',
  "'",
  "\\",
  "`",
  '"""',
  "'''",
  '\\"',
  "\\'",
  "\\u0022",
  "\\x22",
  "\\N{QUOTATION MARK}",
  "\n",
  "\r",
  "\r\n",
  "\t",
  "\u0085",
  "\u2028",
  "\u2029",
  "\u202e",
  "\ufeff",
  "\u2018",
  "\u2019",
  "\u201a",
  "\u201b",
  "\u201c",
  "$",
  "$HOME",
  "${x}",
  "$(touch canary)",
  "`touch canary`",
  "%x",
  "{",
  "}",
  "#",
  "//",
  "/*",
  "*/",
  "(*",
  "*)",
  "#>",
  ";",
  "!",
  "!!",
  "!$",
  "^a^b",
  "?",
  "%%",
  "~",
  "*",
  "[",
  "]",
  "[0]=x",
  "=",
  " ",
  "",
  "é",
  "😀",
  "__import__('os').mkdir('canary')",
  "\u{e0041}",
  "\u{10ffff}",
  "0",
  "1",
  "n",
  "u",
] as const;

export interface TextRules {
  readonly nul?: boolean;
  readonly surrogates?: boolean;
}

export function texts({ nul = true, surrogates = true }: TextRules = {}): fc.Arbitrary<string> {
  const units = fc.array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 6 });
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...snippets) },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: fc.constantFrom("\0", "\u0001", "\u001f", "\u007f", "7", "a"), maxLength: 3 }),
    },
    { weight: 1, arbitrary: units.map((codes) => String.fromCharCode(...codes)) },
  );
  return fc
    .array(piece, { maxLength: 8 })
    .map((pieces) => pieces.join(""))
    .map((text) => (nul ? text : text.replaceAll("\0", "")))
    .map((text) => (surrogates ? text : text.toWellFormed()));
}

export interface ValueRules extends TextRules {
  /** Whether integers beyond 2^53 may occur. */
  readonly big?: boolean;
  readonly special?: boolean;
}

export function values(rules: ValueRules = {}): fc.Arbitrary<ParameterValue> {
  const text = texts(rules);
  const { value } = fc.letrec<{ value: ParameterValue; leaf: ParameterValue }>((tie) => ({
    leaf: fc.oneof(
      { weight: 4, arbitrary: text },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.maxSafeInteger().map((whole) => new WholeFloat(whole)),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      ...(rules.special === false ? [] : [fc.constantFrom(Number.NaN, Infinity, -Infinity, -0)]),
      ...(rules.big === false ? [] : [fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n })]),
      fc.date({ noInvalidDate: true, min: new Date("1900-01-01"), max: new Date("2999-01-01") }),
    ),
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 3, arbitrary: tie("leaf") },
      { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 4 }) },
      { weight: 1, arbitrary: maps(text, tie("value")) },
    ),
  }));
  return value;
}

function maps(text: fc.Arbitrary<string>, value: fc.Arbitrary<ParameterValue>): fc.Arbitrary<ParameterValue> {
  const key = fc.oneof({ weight: 3, arbitrary: text }, fc.constantFrom("__proto__", "constructor", "a", "A"));
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
}

/** A value as comparable JSON: its kind, and its content in full. */
export type Canon = readonly [kind: string, content?: unknown];

export function canon(value: ParameterValue): Canon {
  if (value === null) return ["null"];
  if (typeof value === "boolean") return ["boolean", value];
  if (typeof value === "bigint") return ["integer", String(value)];
  if (typeof value === "string") return ["text", unitsOf(value)];
  if (typeof value === "number") {
    const whole = Number.isSafeInteger(value) && !Object.is(value, -0);
    return whole ? ["integer", String(value)] : ["float", bitsOf(value)];
  }
  if (value instanceof WholeFloat) return ["float", bitsOf(value.value)];
  if (value instanceof Date) return ["text", unitsOf(isoOf(value))];
  if (Array.isArray(value)) return ["list", value.map((item: ParameterValue) => canon(item))];
  return ["map", Object.entries(value).map(([key, item]) => [unitsOf(key), canon(item)])];
}

export function unitsOf(text: string): number[] {
  return text.split("").map((unit) => unit.charCodeAt(0));
}

export function bitsOf(value: number): string {
  if (Number.isNaN(value)) return "nan";
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

export function isoOf(date: Date): string {
  return date
    .toISOString()
    .replace(/T00:00:00\.000Z$/, "")
    .replace(".000Z", "Z");
}

/** Every text in a value, keys of maps too, in the order in which they are written. */
export function textsIn(value: ParameterValue): string[] {
  if (typeof value === "string") return [value];
  if (value instanceof Date) return [isoOf(value)];
  if (Array.isArray(value)) return value.flatMap((item: ParameterValue) => textsIn(item));
  if (typeof value !== "object" || value === null || value instanceof WholeFloat) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}
