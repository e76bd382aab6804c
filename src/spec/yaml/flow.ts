import { WholeFloat } from "../../text/whole-float.ts";
import type { ParameterValue } from "../jobspec.ts";
import { isLeadingZero, type MapNode, type Node, type Place, type ScalarNode } from "./node.ts";
import { resolvePlain, resolveTimestamp } from "./scalar.ts";

/**
 * A tree as text that reads as the same tree: YAML's flow style, which is JSON but for what JSON cannot say (big integers
 * and `1.0` as written, dates, `.inf`). Comments are not part of a tree.
 *
 * @param indent spaces a level; 0 writes one line
 */
export function formatFlow(node: Node, indent = 0, level = 0): string {
  if (node.kind === "scalar") return scalar(node);
  const [open, close] = node.kind === "map" ? "{}" : "[]";
  const items =
    node.kind === "map"
      ? node.entries.map(({ key, value }) => `${quoted(key)}: ${formatFlow(value, indent, level + 1)}`)
      : node.items.map((item) => formatFlow(item, indent, level + 1));
  if (items.length === 0) return `${open}${close}`;
  if (indent === 0) return `${open}${items.join(", ")}${close}`;
  const line = (depth: number): string => `\n${" ".repeat(indent * depth)}`;
  return `${open}${items.map((item) => line(level + 1) + item).join(",")}${line(level)}${close}`;
}

function scalar(node: ScalarNode): string {
  if (typeof node.value !== "string")
    return Object.is(resolvePlain(node.text), node.value) ? written(node.text) : spelled(node);
  // Unquoted, these are dates to a parameter, and suspicious to the reader of a number.
  const asWritten = node.plain && (isLeadingZero(node) || resolveTimestamp(node.text) !== undefined);
  return asWritten ? node.text : quoted(node.value);
}

function written(text: string): string {
  return text.trim() === "" ? "null" : text;
}

/** A value that its text alone would not give back: of a tag, or typed as papermill types (`010`, `1_000`). */
function spelled({ value, text }: ScalarNode): string {
  if (typeof value !== "number") return String(value);
  return Number.isSafeInteger(value) && /[.e]/i.test(text) && !text.startsWith("0x")
    ? `${numeral(value)}.0`
    : numeral(value);
}

/** JSON's quotes are YAML's; what YAML calls not printable has an escape in both. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The node that reads as a parameter's value. */
export function nodeOf(value: ParameterValue, place: Place): Node {
  const plain = (text: string, read: ScalarNode["value"]): ScalarNode => ({
    kind: "scalar",
    value: read,
    text,
    plain: true,
    place,
  });
  if (value === null) return plain("null", null);
  if (value instanceof WholeFloat) return plain(`${numeral(value.value)}.0`, value.value);
  if (value instanceof Date) return plain(value.toISOString(), value.toISOString());
  if (isList(value)) return { kind: "list", items: value.map((item) => nodeOf(item, place)), place };
  switch (typeof value) {
    case "string":
      return { kind: "scalar", value, text: value, plain: false, place };
    case "number":
      return plain(numeral(value), value);
    case "bigint":
    case "boolean":
      return plain(String(value), value);
    default:
      return mapOf(
        Object.entries(value).map(([key, item]) => [key, nodeOf(item, place)]),
        place,
      );
  }
}

/** A map of these entries. */
export function mapOf(entries: readonly (readonly [string, Node])[], place: Place): MapNode {
  return { kind: "map", entries: entries.map(([key, value]) => ({ key, value, place })), place };
}

/** A float beyond 2^53 is written with an exponent: digits alone would be read as a big integer, and another one. */
function numeral(value: number): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
}

function isList(value: ParameterValue): value is readonly ParameterValue[] {
  return Array.isArray(value);
}
