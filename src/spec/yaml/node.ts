/**
 * A YAML document as a tree in which every value still knows where it was written, so that every complaint can say so.
 * Nodes are never changed in place: an alias shares its anchor's node, and an override must not leak through it.
 */

/** Where something was written: a line and column of the document, or the flag or variable that brought it. */
export interface Place {
  /** Counted from 1; absent for what came from a flag. */
  readonly line?: number;
  readonly column?: number;
  /** `--set timeout=`, `NBJOB_PARAMETERS`; absent for the document itself. */
  readonly origin?: string;
}

export interface ScalarNode {
  readonly kind: "scalar";
  /** By the YAML 1.2 core schema; integers beyond 2^53 are bigint. */
  readonly value: null | boolean | number | bigint | string;
  /** The text as decoded: `1.10` stays `1.10`. */
  readonly text: string;
  /** Written without quotes or tag, so that its type was decided by its look. */
  readonly plain: boolean;
  readonly place: Place;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly place: Place;
}

export interface Entry {
  readonly key: string;
  readonly place: Place;
  readonly value: Node;
}

export interface MapNode {
  readonly kind: "map";
  /** In the order written; no key twice. */
  readonly entries: readonly Entry[];
  readonly place: Place;
}

export type Node = ScalarNode | ListNode | MapNode;

/** Keys and list indices from the root down. */
export type Path = readonly (string | number)[];

/** `infrastructure.mounts.0.path`, `inputs."a.csv"`: the form of `Problem.key`, and of `--set` (`readKeyPath`). */
export function pathText(path: Path): string {
  return path.map((part) => partText(String(part))).join(".");
}

function partText(part: string): string {
  return /^[^."=]+$/.test(part) ? part : `"${part.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

export function isMap(node: Node | undefined): node is MapNode {
  return node?.kind === "map";
}

export function entryAt(node: Node | undefined, key: string): Entry | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** The node at a path; undefined where there is none. */
export function nodeAt(root: Node | undefined, path: Path): Node | undefined {
  let node = root;
  for (const part of path) {
    if (node === undefined) return undefined;
    node = node.kind === "list" ? node.items[Number(part)] : entryAt(node, String(part))?.value;
  }
  return node;
}

/** The place of the node at a path or, where it is missing, of the nearest one above it. */
export function placeAt(root: Node, path: Path): Place {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node.place;
  }
  return root.place;
}

/** What a value is, in words for a message; never the value itself, which may be a secret. */
export function kindName(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "list" ? "a list" : "a map";
  if (node.value === null) return "nothing";
  switch (typeof node.value) {
    case "string":
      if (node.value === "") return "an empty text";
      return isLeadingZero(node) ? "a number with a leading zero" : "text";
    case "boolean":
      return "true or false";
    default:
      return Number.isNaN(node.value) ? "not-a-number" : "a number";
  }
}

/** `010`: 8 to a YAML 1.1 reader, 10 to a YAML 1.2 one, a postcode to a person. Read as text, and refused as a parameter. */
export function isLeadingZero(node: ScalarNode): boolean {
  return node.plain && /^[-+]?0[0-9_]+$/.test(node.text);
}
