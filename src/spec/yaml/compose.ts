import { grouped } from "../grouped.ts";
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from "js-yaml";
import type { Problem } from "../../text/errors.ts";
import type { Entry, ListNode, MapNode, Node, Place, ScalarNode } from "./node.ts";
import { resolveFloat, resolveInteger, resolvePlain } from "./scalar.ts";

/** Most values a document may have once its aliases are written out; a few lines of aliases can ask for billions. */
export const maxExpandedNodes = 100_000;

export interface Composed {
  readonly root: Node | undefined;
  readonly problems: readonly Problem[];
  /** Offset after the last scalar of the first document. */
  readonly end: number;
}

/** A node with how many values it stands for when its aliases are written out. */
interface Sized {
  readonly node: Node;
  readonly size: number;
}

/** Builds the tree of the first document. Duplicate keys, unknown aliases and tags are problems, all collected. */
export function compose(text: string, events: readonly Event[], place: (offset: number) => Place): Composed {
  const problems: Problem[] = [];
  const anchors = new Map<string, Sized | "open">();
  let next = 0;
  let end = 0;
  let bombed = false;

  const complain = (at: Place, message: string, remedy: string): void => {
    problems.push({ ...at, message, remedy });
  };
  const nothing = (at: Place): Sized => ({
    node: { kind: "scalar", value: null, text: "", plain: true, place: at },
    size: 1,
  });

  function anchored(event: { anchorStart: number; anchorEnd: number }, build: () => Sized): Sized {
    if (event.anchorStart < 0) return build();
    const name = text.slice(event.anchorStart, event.anchorEnd);
    anchors.set(name, "open");
    const sized = build();
    anchors.set(name, sized);
    return sized;
  }

  /** Reads the node that begins at `next`. `near` is where an empty value counts as written: at its key. */
  function read(near: Place): Sized {
    const event = events[next++];
    if (event === undefined) return nothing(near);
    if (event.type === EVENT_ID.ALIAS) return alias(event);
    if (event.type === EVENT_ID.SCALAR) return anchored(event, () => ({ node: scalar(event, near), size: 1 }));
    if (event.type === EVENT_ID.SEQUENCE)
      return anchored(event, () => list(event, tagged(event, "seq", place(event.start))));
    if (event.type === EVENT_ID.MAPPING) return anchored(event, () => map(tagged(event, "map", place(event.start))));
    return nothing(near);
  }

  function alias(event: { anchorStart: number; anchorEnd: number }): Sized {
    const at = place(event.anchorStart - 1);
    end = event.anchorEnd;
    const name = text.slice(event.anchorStart, event.anchorEnd);
    const target = anchors.get(name);
    if (target === undefined || target === "open") {
      if (target === undefined)
        complain(at, `No anchor &${name} stands before this alias.`, `Write &${name} where the value is.`);
      else complain(at, `The alias *${name} stands inside its own anchor.`, "Write the value out.");
      return nothing(at);
    }
    return target;
  }

  function list(event: { start: number }, at: Place): Sized {
    const items: Node[] = [];
    let size = 1;
    while (events[next] !== undefined && events[next]?.type !== EVENT_ID.POP) {
      const item = read(at);
      items.push(item.node);
      size += item.size;
    }
    next++;
    end = Math.max(end, event.start);
    return bounded({ kind: "list", items, place: at }, size);
  }

  function map(at: Place): Sized {
    const entries = new Map<string, Entry>();
    const merged: Sized[] = [];
    let size = 1;
    while (events[next] !== undefined && events[next]?.type !== EVENT_ID.POP) {
      const keyEvent = events[next];
      const key = read(at).node;
      const value = read(key.place);
      size += value.size;
      const isMerge =
        keyEvent?.type === EVENT_ID.SCALAR &&
        keyEvent.style === SCALAR_STYLE.PLAIN &&
        key.kind === "scalar" &&
        key.text === "<<";
      if (isMerge) {
        merged.push(value);
        if (!mergeable(value.node))
          complain(key.place, "`<<` merges maps, and this is none.", "Give it an alias of a map.");
      } else if (key.kind !== "scalar" || key.text === "" || key.text === "__proto__") {
        complain(key.place, "This cannot be a key.", "A key is a word.");
      } else {
        const first = entries.get(key.text);
        if (first === undefined) entries.set(key.text, { key: key.text, place: key.place, value: value.node });
        else problems.push(duplicate(key, first));
      }
    }
    next++;
    // Keys of the map itself win over merged ones, and earlier merged maps over later ones.
    for (const { node } of merged) {
      for (const source of node.kind === "list" ? node.items : [node]) {
        if (source.kind !== "map") continue;
        for (const entry of source.entries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
      }
    }
    return bounded({ kind: "map", entries: [...entries.values()], place: at }, size);
  }

  /** Past the bound the content is dropped, so that nothing downstream ever walks the expansion. */
  function bounded(node: ListNode | MapNode, size: number): Sized {
    if (size <= maxExpandedNodes) return { node, size };
    if (!bombed) {
      const limit = grouped(maxExpandedNodes);
      complain(
        node.place,
        `It stands for more than ${limit} values once its aliases are written out.`,
        "Use fewer aliases.",
      );
    }
    bombed = true;
    return nothing(node.place);
  }

  function tagged(event: { tagStart: number; tagEnd: number }, wanted: string, at: Place): Place {
    const tag = tagOf(text, event);
    if (tag !== "" && tag !== "!" && tag !== `!!${wanted}`) complainTag(at);
    return at;
  }
  const complainTag = (at: Place): void =>
    complain(at, "This YAML tag is not understood, or does not fit its value.", "Leave the tag out.");

  function scalar(event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>, near: Place): ScalarNode {
    const content = getScalarValue(text, event);
    // Quoted scalars begin at their quote; an empty one has no place of its own.
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    const at = event.valueStart < 0 ? near : place(event.valueStart - (quoted ? 1 : 0));
    end = Math.max(end, event.valueEnd);
    const tag = tagOf(text, event);
    const plain = tag === "" && event.style === SCALAR_STYLE.PLAIN;
    if (tag === "" || tag === "!")
      return { kind: "scalar", value: plain ? resolvePlain(content) : content, text: content, plain, place: at };
    const value = resolveTagged(tag, content);
    if (value === undefined) complainTag(at);
    return { kind: "scalar", value: value ?? null, text: content, plain: false, place: at };
  }

  next = 1;
  const root = events[1] === undefined || events[1].type === EVENT_ID.POP ? undefined : read(place(0)).node;
  if (bombed) return { root: undefined, problems, end };
  return { root, problems, end };
}

function duplicate(key: ScalarNode, first: Entry): Problem {
  const where = first.place.line === undefined ? "" : `, first on line ${first.place.line}`;
  return { ...key.place, key: key.text, message: `${key.text} is given twice${where}.`, remedy: "Keep one." };
}

function mergeable(node: Node): boolean {
  return node.kind === "map" || (node.kind === "list" && node.items.every((item) => item.kind === "map"));
}

function tagOf(text: string, event: { tagStart: number; tagEnd: number }): string {
  return event.tagStart < 0 ? "" : text.slice(event.tagStart, event.tagEnd);
}

function resolveTagged(tag: string, content: string): ScalarNode["value"] | undefined {
  const plain = resolvePlain(content);
  switch (tag) {
    case "!!str":
      return content;
    case "!!int":
      return resolveInteger(content);
    case "!!float":
      return resolveFloat(content);
    case "!!bool":
      return typeof plain === "boolean" ? plain : undefined;
    case "!!null":
      return plain === null ? null : undefined;
    default:
      return undefined;
  }
}
