import type { Problem } from "../text/errors.ts";
import { type Entry, type ListNode, type MapNode, type Node, type Path, pathText, type Place } from "./yaml/node.ts";

/** A value to be put at a path of the tree. */
export interface Assignment {
  readonly path: Path;
  readonly node: Node;
  /** Where it was asked for: the flag or variable. Keys and maps made on the way get it as their place. */
  readonly place: Place;
}

/** The tree with the value at the path; maps on the way are made where missing. Only what is on the path is copied. */
export function assign(
  root: MapNode,
  assignment: Assignment,
): { readonly root: MapNode } | { readonly problem: Problem } {
  const put = (node: Node | undefined, depth: number): Node | Problem => {
    const part = assignment.path[depth];
    if (part === undefined) return assignment.node;
    if (node === undefined || (node.kind === "scalar" && node.value === null)) {
      return put({ kind: "map", entries: [], place: assignment.place }, depth);
    }
    if (node.kind === "map") return putEntry(node, String(part), depth);
    if (node.kind === "list") return putItem(node, String(part), depth);
    return problem(depth, "holds a single value, and nothing can be set inside it");
  };

  const putEntry = (node: MapNode, key: string, depth: number): Node | Problem => {
    const old = node.entries.find((entry) => entry.key === key);
    const value = put(old?.value, depth + 1);
    if (isProblem(value)) return value;
    const entry: Entry = { key, place: old?.place ?? assignment.place, value };
    const entries =
      old === undefined ? [...node.entries, entry] : node.entries.map((one) => (one === old ? entry : one));
    return { ...node, entries };
  };

  const putItem = (node: ListNode, part: string, depth: number): Node | Problem => {
    const index = Number(part);
    if (!/^\d+$/.test(part) || index > node.items.length) {
      return problem(depth, `is a list of ${node.items.length}: "${part}" is not an index in it, nor the next one`);
    }
    const value = put(node.items[index], depth + 1);
    return isProblem(value) ? value : { ...node, items: node.items.toSpliced(index, 1, value) };
  };

  const problem = (depth: number, message: string): Problem => ({
    ...assignment.place,
    key: pathText(assignment.path),
    message: `${pathText(assignment.path.slice(0, depth))} ${message}.`,
  });

  const result = put(root, 0);
  if (isProblem(result)) return { problem: result };
  return result.kind === "map" ? { root: result } : { root };
}

function isProblem(value: Node | Problem): value is Problem {
  return !("kind" in value);
}
