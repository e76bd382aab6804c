/** Values of ADS documents in the form that job files give them. A text in place of a node is why there is none. */
import type { Entry, ListNode, MapNode, Node, Place, ScalarNode } from "../yaml/node.ts";
import { entryAt } from "../yaml/node.ts";

export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? node.text : undefined;
}

export function textNode(text: string, place: Place): ScalarNode {
  return { kind: "scalar", value: text, text, plain: false, place };
}

export function mapNode(entries: readonly (readonly [string, Node])[], place: Place): MapNode {
  return { kind: "map", place, entries: entries.map(([key, value]): Entry => ({ key, place: value.place, value })) };
}

/** `{type: service, slug}` or `{type: published, uri}`. */
export function conda(node: Node): Node | string {
  const pack = entryAt(node, "uri")?.value ?? entryAt(node, "slug")?.value;
  return pack ?? "A conda pack needs a slug or a uri.";
}

export function minutes(node: Node): Node | string {
  const given = textOf(node) ?? "";
  return /^\d+$/.test(given) ? textNode(`${given}m`, node.place) : "maximumRuntimeInMinutes is a whole number.";
}

/** Notebooks are JSON, and JSON is UTF-8. */
export function encoding(node: Node): Node | string {
  return /^utf-?8$/i.test(textOf(node) ?? "") ? node : "Notebooks are read as UTF-8 only.";
}

export function folderOutput(node: Node): Node | string {
  const folder = textOf(node);
  if (folder === undefined) return "outputDir is a folder.";
  const item = textNode(`${folder.replace(/\/+$/, "")}/`, node.place);
  return { kind: "list", items: [item], place: node.place };
}

export function networking(node: Node): Node | string {
  const types: Readonly<Record<string, string>> = { ME_STANDALONE: "managed", STANDALONE: "custom" };
  const known = types[textOf(node) ?? ""];
  return known === undefined ? "It is one of ME_STANDALONE, STANDALONE." : textNode(known, node.place);
}

/** A list stays one; a text is split at commas, as ADS splits it. */
export function commandLine(node: Node): Node | string {
  const given = textOf(node);
  if (given === undefined) return node;
  const items = given.split(",").map((word) => textNode(word.trim().replace(/^"(.*)"$/s, "$1"), node.place));
  return { kind: "list", items, place: node.place };
}

export function mounts(node: Node): Node | string {
  if (node.kind !== "list") return "storageMount is a list.";
  const items: MapNode[] = [];
  for (const item of node.items) {
    const mount = toMount(item);
    if (typeof mount === "string") return mount;
    items.push(mount);
  }
  return { kind: "list", items, place: node.place } satisfies ListNode;
}

/** `src` is a bucket or `<mount target>:<export>`; ADS mounts a `dest` without a slash under /mnt. */
function toMount(item: Node): MapNode | string {
  const [source, destination] = [textOf(entryAt(item, "src")?.value), textOf(entryAt(item, "dest")?.value)];
  if (source === undefined || destination === undefined) return "A storageMount has src and dest.";
  const path = textNode(destination.startsWith("/") ? destination : `/mnt/${destination}`, item.place);
  if (source.startsWith("oci://"))
    return mapNode(
      [
        ["location", textNode(source, item.place)],
        ["path", path],
      ],
      item.place,
    );
  const [target, share, ...more] = source.split(":");
  if (target?.startsWith("ocid1.") !== true || share?.startsWith("ocid1.") !== true || more.length > 0) {
    return "Name a file system by the OCIDs of its mount target and export, with a colon between.";
  }
  return mapNode(
    [
      ["mountTargetId", textNode(target, item.place)],
      ["exportId", textNode(share, item.place)],
      ["path", path],
    ],
    item.place,
  );
}
