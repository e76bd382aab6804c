import { NbjobError } from "../../text/errors.ts";
import { WholeFloat } from "../../text/whole-float.ts";
import type { ParameterValue } from "../../text/parameter-value.ts";

export type { ParameterValue } from "../../text/parameter-value.ts";

/** A value by its kind, as a translator sees it. A date is the text of its ISO 8601 form: no notebook needs an import for it. */
export type Plain =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "list"; readonly items: readonly Plain[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: string, value: Plain])[] };

/** R's parser gives up first, at 50. */
const deepest = 40;

/**
 * @param path where the value stands, as `parameters.model`
 * @throws NbjobError `invalid-job-file` for a value nested too deeply for some language to read, or no value at all.
 */
export function plainOf(value: ParameterValue, path: string, depth = 0): Plain {
  if (depth > deepest) {
    throw new NbjobError("invalid-job-file", `The value is nested more than ${deepest} levels deep`, {
      problems: [{ key: path, message: `It is nested more than ${deepest} levels deep.` }],
    });
  }
  if (value === null) return { kind: "null" };
  if (typeof value === "boolean") return { kind: "boolean", value };
  if (typeof value === "bigint") return { kind: "integer", value };
  if (typeof value === "string") return { kind: "string", value };
  // A whole number beyond 2^53 was written as a float: an integer of that size comes as a bigint.
  if (typeof value === "number") {
    const whole = Number.isSafeInteger(value) && !Object.is(value, -0);
    return whole ? { kind: "integer", value: BigInt(value) } : { kind: "float", value };
  }
  if (value instanceof WholeFloat) return { kind: "float", value: value.value };
  if (value instanceof Date) return { kind: "string", value: dateText(value, path) };
  if (isList(value)) {
    return { kind: "list", items: value.map((item, index) => plainOf(item, `${path}[${index}]`, depth + 1)) };
  }
  const entries = Object.entries(value).map(
    ([key, item]) => [key, plainOf(item, `${path}.${key}`, depth + 1)] as const,
  );
  return { kind: "map", entries };
}

/** A finite float as nearly every language reads one: `0.5`, `1e-7`, `100000000000000000000.0`. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A day where the time is midnight UTC, else date and time: `2026-01-31`, `2026-01-31T09:30:00Z`. */
function dateText(date: Date, path: string): string {
  if (Number.isNaN(date.getTime())) {
    throw new NbjobError("invalid-job-file", "The value is no real date", {
      problems: [{ key: path, message: "It is no real date." }],
    });
  }
  const text = date.toISOString();
  if (text.endsWith("T00:00:00.000Z")) return text.slice(0, -"T00:00:00.000Z".length);
  return text.replace(".000Z", "Z");
}

function isList(value: ParameterValue): value is readonly ParameterValue[] {
  return Array.isArray(value);
}
