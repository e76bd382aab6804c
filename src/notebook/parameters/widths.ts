import type { Plain } from "./value.ts";

/** Whether an integer fits into 32 bits. */
export function fitsInt(value: bigint): boolean {
  return BigInt.asIntN(32, value) === value;
}

/** Whether an integer fits into 64 bits. */
export function fitsLong(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** Whether integers beyond 32 bits stand beside floats: a list of both would make floats of all, and round. */
export function hasLossyMix(values: readonly Plain[]): boolean {
  return (
    values.some(({ kind }) => kind === "float") &&
    values.some((value) => value.kind === "integer" && !fitsInt(value.value))
  );
}

/** The kind that all values share; undefined for none, several, and for lists and maps, whose own types may differ. */
export function sharedKind(values: readonly Plain[]): string | undefined {
  const kinds = new Set(values.map(kindOf));
  const [kind] = kinds;
  return kinds.size === 1 && kind !== "null" && kind !== "list" && kind !== "map" ? kind : undefined;
}

function kindOf(value: Plain): string {
  if (value.kind !== "integer") return value.kind;
  if (fitsInt(value.value)) return "int";
  return fitsLong(value.value) ? "long" : "bigint";
}
