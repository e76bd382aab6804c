import type { Plain } from "./value.ts";

/** Whether a double-precision number holds the integer exactly. */
export function isExactDouble(value: bigint): boolean {
  const number = Number(value);
  return Number.isFinite(number) && BigInt(number) === value;
}

/** For languages whose text is UTF-8: half of a surrogate pair has no form there. */
export function notUnicode(value: Plain, title: string): string | undefined {
  if (value.kind !== "string" || value.value.isWellFormed()) return undefined;
  return `holds half of a surrogate pair, which no text in ${title} can`;
}
