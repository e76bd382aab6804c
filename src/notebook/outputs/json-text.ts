import type { Json, RawNumber } from "../nbformat/types.ts";

/**
 * A JSON value as nbformat writes it: one space an indent, keys sorted, non-ASCII as it is.
 * @param depth how many levels the value stands in, for the lines after its first
 */
export function jsonText(value: Json, depth: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isRawNumber(value)) return value.raw;
  const items = Array.isArray(value)
    ? value.map((item) => jsonText(item, depth + 1))
    : Object.keys(value)
        .toSorted()
        .map((key) => `${JSON.stringify(key)}: ${jsonText(value[key] ?? null, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (items.length === 0) return `${open}${close}`;
  const line = `\n${" ".repeat(depth + 1)}`;
  return `${open}${line}${items.join(`,${line}`)}\n${" ".repeat(depth)}${close}`;
}

export function isRawNumber(value: object): value is RawNumber {
  const { raw, ...others } = value as { raw?: unknown }; // reading a property of any object is safe
  return typeof raw === "string" && Object.keys(others).length === 0 && /^-?(?:\d|NaN|Infinity)/.test(raw);
}
