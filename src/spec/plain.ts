import { WholeFloat } from "../text/whole-float.ts";
import type { ParameterValue } from "./jobspec.ts";
import { isLeadingZero, type MapNode, type Node, type Path, type ScalarNode } from "./yaml/node.ts";
import { resolveTimestamp } from "./yaml/scalar.ts";

/** Places where nothing is a value of its own, and not a key left blank. */
const freeForm: readonly RegExp[] = [
  /^parameters\./,
  /^environment\.variables\./,
  /^sweep\.(?:parameters|list|random\.parameters)\./,
];

/**
 * The tree as the schema sees it. A key with nothing after it counts as left out, as in a file whose values are
 * commented out; big integers and non-finite numbers, which no key takes, are shown as numbers and as text.
 */
export function toPlain(node: Node, path: string = ""): unknown {
  switch (node.kind) {
    case "scalar":
      if (typeof node.value === "bigint") return Number(node.value);
      return typeof node.value === "number" && !Number.isFinite(node.value) ? node.text : node.value;
    case "list":
      return node.items.map((item, index) => toPlain(item, `${path}.${index}`));
    case "map":
      return Object.fromEntries(
        node.entries
          .map((entry) => ({ entry, path: path === "" ? entry.key : `${path}.${entry.key}` }))
          .filter(({ entry, path: at }) => !isNothing(entry.value) || freeForm.some((pattern) => pattern.test(at)))
          .map(({ entry, path: at }) => [entry.key, toPlain(entry.value, at)]),
      );
  }
}

export function isNothing(node: Node | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.value === null);
}

/** A scalar's text as written; empty for anything else. */
export function toText(node: Node | undefined): string {
  return node?.kind === "scalar" ? node.text : "";
}

/** The value of a parameter, with nothing lost: bigint, and a date where an unquoted text is one. */
export function toParameter(node: Node): ParameterValue {
  switch (node.kind) {
    case "scalar":
      if (node.plain && typeof node.value === "string") return resolveTimestamp(node.text) ?? node.value;
      return isWholeFloat(node) ? new WholeFloat(node.value) : node.value;
    case "list":
      return node.items.map((item) => toParameter(item));
    case "map":
      return toParameters(node);
  }
}

/** `1.0` and `1e3`, but not `1`, nor `0x1e3`. */
function isWholeFloat(node: ScalarNode): node is ScalarNode & { readonly value: number } {
  return Number.isSafeInteger(node.value) && /[.e]/i.test(node.text) && !node.text.startsWith("0x");
}

export function toParameters(node: MapNode): Readonly<Record<string, ParameterValue>> {
  return Object.fromEntries(node.entries.map((entry) => [entry.key, toParameter(entry.value)]));
}

/** Every scalar under a node with a leading zero, and the path to it. */
export function leadingZeros(
  node: Node | undefined,
  path: Path,
): readonly { readonly node: ScalarNode; readonly path: Path }[] {
  switch (node?.kind) {
    case undefined:
      return [];
    case "scalar":
      return isLeadingZero(node) ? [{ node, path }] : [];
    case "list":
      return node.items.flatMap((item, index) => leadingZeros(item, [...path, index]));
    case "map":
      return node.entries.flatMap((entry) => leadingZeros(entry.value, [...path, entry.key]));
  }
}
