import { escapeDollars } from "../expand.ts";
import { entryAt, type Node } from "../yaml/node.ts";
import { mapNode, textNode, textOf } from "./convert.ts";

/**
 * ADS's `env`: a list of `{name, value}`, or a map. `${NAME}` is another variable of the same block, `$$` a dollar, and an
 * unknown name stays as it is written. Values that are no text become JSON, nothing becomes an empty text.
 */
export function variables(node: Node): Node | string {
  const given = pairs(node);
  if (typeof given === "string") return given;
  const values = new Map(given.map(({ name, value }) => [name, plainText(value)]));
  const resolved = new Map<string, string>();
  const resolve = (name: string, above: ReadonlySet<string>): string => {
    const done = resolved.get(name);
    if (done !== undefined) return done;
    const text = values.get(name) ?? "";
    // A variable that names itself, at whatever distance, stays as it is written there.
    const within = new Set([...above, name]);
    const value = text.replaceAll(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (match, other: string | undefined) => {
      if (other === undefined) return "$";
      return values.has(other) && !within.has(other) ? resolve(other, within) : match;
    });
    if (above.size === 0) resolved.set(name, value);
    return value;
  };
  const entries = given.map(({ name, value }) => {
    return [name, textNode(escapeDollars(resolve(name, new Set())), value.place)] as const;
  });
  return mapNode(entries, node.place);
}

function pairs(node: Node): readonly { readonly name: string; readonly value: Node }[] | string {
  if (node.kind === "map") return node.entries.map((entry) => ({ name: entry.key, value: entry.value }));
  if (node.kind !== "list") return "env is a list of name and value.";
  const result: { name: string; value: Node }[] = [];
  for (const item of node.items) {
    const name = textOf(entryAt(item, "name")?.value);
    if (name === undefined) return "Each item of env has a name and a value.";
    result.push({ name, value: entryAt(item, "value")?.value ?? textNode("", item.place) });
  }
  return result;
}

function plainText(node: Node): string {
  if (node.kind === "scalar") return node.value === null ? "" : node.text;
  return JSON.stringify(toJson(node));
}

function toJson(node: Node): unknown {
  if (node.kind === "list") return node.items.map(toJson);
  if (node.kind === "map") return Object.fromEntries(node.entries.map((entry) => [entry.key, toJson(entry.value)]));
  return typeof node.value === "bigint" ? Number(node.value) : node.value;
}
