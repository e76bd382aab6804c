/**
 * The runs of a sweep, from the values that its job file lists.
 *
 * Random values are drawn so that they are the same everywhere and for ever: a draw for run `index` (from 0) and parameter
 * `name` is the first 53 bits of SHA-256 of the text `<seed>/<index>/<name>`, as a fraction u of 2^53.
 *
 * - of a list of n values: the one at floor(u · n)
 * - linear: min + u · (max - min); log: min · (max / min)^u; each to 12 digits
 * - integer: the whole part of the same with a max one greater, so that every whole number is as likely
 *
 * So a greater count keeps the runs that are there, and another parameter changes none of the others' values.
 */
import { createHash } from "node:crypto";
import type { ParameterValue } from "../spec/jobspec.ts";
import type { Range, SweepSpec } from "../spec/sweep.ts";
import { WholeFloat } from "../text/whole-float.ts";

export type ParameterSet = Readonly<Record<string, ParameterValue>>;

export interface SweepRun {
  /** From 0. */
  readonly index: number;
  /** Its folder under `runs/`, and how it is spoken of: the index in four digits. */
  readonly name: string;
  readonly parameters: ParameterSet;
}

/** Every run, in order: of a grid, the last parameter changes fastest. */
export function expandSweep(sets: SweepSpec["sets"], seed: number): readonly SweepRun[] {
  return setsOf(sets, seed).map((parameters, index) => ({ index, name: runName(index), parameters }));
}

export function runName(index: number): string {
  return String(index).padStart(4, "0");
}

/** Runs with equal parameters, by their names: each group once, in order. */
export function duplicates(runs: readonly SweepRun[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const { name, parameters } of runs) {
    const key = canonical(parameters);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()].filter((names) => names.length > 1);
}

/** What runs there are, as 16 hexadecimal digits: a sweep that goes on must have the same. */
export function digestOf(runs: readonly SweepRun[]): string {
  const text = canonical(runs.map(({ parameters }) => parameters));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function setsOf(sets: SweepSpec["sets"], seed: number): readonly ParameterSet[] {
  switch (sets.kind) {
    case "list":
      return sets.list;
    case "grid":
      return Object.entries(sets.parameters).reduce<readonly ParameterSet[]>(
        (before, [name, values]) => before.flatMap((set) => values.map((value) => ({ ...set, [name]: value }))),
        [{}],
      );
    case "random":
      return Array.from({ length: sets.count }, (_, index) =>
        Object.fromEntries(
          Object.entries(sets.parameters).map(([name, values]) => {
            const fraction = draw(seed, index, name);
            return [
              name,
              isList(values) ? (values[Math.floor(fraction * values.length)] ?? null) : within(values, fraction),
            ];
          }),
        ),
      );
  }
}

/** In [0, 1). */
function draw(seed: number, index: number, name: string): number {
  const bits = createHash("sha256").update(`${seed}/${index}/${name}`).digest().readBigUInt64BE() >> 11n;
  return Number(bits) / 2 ** 53;
}

function within({ min, max, scale, integer }: Range, fraction: number): ParameterValue {
  const [low, high] = integer ? [Math.ceil(min), Math.floor(max) + 1] : [min, max];
  const drawn = scale === "log" ? low * (high / low) ** fraction : low + fraction * (high - low);
  if (integer) return Math.min(Math.max(Math.floor(drawn), low), high - 1);
  // The last digits of powers are the machine's own.
  const value = Math.min(Math.max(Number(drawn.toPrecision(12)), min), max);
  return Number.isSafeInteger(value) ? new WholeFloat(value) : value;
}

/** Equal for equal parameters, whatever their order; told apart are 1, 1.0, "1" and dates. */
function canonical(value: ParameterValue | readonly ParameterSet[]): string {
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (value instanceof WholeFloat) return `float ${value.value}`;
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (typeof value === "string" || value === null) return JSON.stringify(value);
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : String(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

function isList(value: ParameterValue | Range | readonly ParameterSet[]): value is readonly ParameterValue[] {
  return Array.isArray(value);
}
