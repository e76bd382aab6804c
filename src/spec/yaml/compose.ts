import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from "js-yaml";
import { grouped } from "../grouped.ts";
import type { Problem } from "../../text/errors.ts";
import {
  type Entry,
  type ListNode,
  type MapNode,
  type Node,
  type Path,
  pathText,
  type Place,
  type ScalarNode,
} from "./node.ts";
import { resolvePlain } from "./scalar.ts";
import { resolveTagged, tagOf } from "./tag.ts";

/** Most values a document may have once its aliases are written out; a few lines of aliases can ask for billions. */
export const maxExpandedNodes = 100_000;

export interface Composed {
  /** Undefined for an empty document, and for one past the bound. */
  readonly root: Node | undefined;
  readonly problems: readonly Problem[];
  /** An offset within or after the first document's last value. */
  readonly end: number;
}

/** Builds the tree of the first document. Duplicate keys, unknown aliases and tags are problems, all collected. */
export function compose(text: string, events: readonly Event[], place: (offset: number) => Place): Composed {
  return new Composer(text, events, place).compose();
}

/** A node with how many values it stands for when its aliases are written out. */
interface Sized {
  readonly node: Node;
  readonly size: number;
}

interface Anchorable {
  readonly anchorStart: number;
  readonly anchorEnd: number;
}

class Composer {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #place: (offset: number) => Place;
  readonly #problems: Problem[] = [];
  /** "open" while the anchor's own node is being read. */
  readonly #anchors = new Map<string, Sized | "open">();
  /** Index of the next event; the first one opens the document. */
  #next = 1;
  #end = 0;
  #bombed = false;

  constructor(text: string, events: readonly Event[], place: (offset: number) => Place) {
    this.#text = text;
    this.#events = events;
    this.#place = place;
  }

  compose(): Composed {
    const isEmpty = this.#atEnd();
    const { node } = isEmpty ? this.#nothing(this.#place(0)) : this.#read(this.#place(0), []);
    return { root: isEmpty || this.#bombed ? undefined : node, problems: this.#problems, end: this.#end };
  }

  /** Reads the next node. `near` is where an empty value counts as written: at its key. */
  #read(near: Place, path: Path): Sized {
    const event = this.#events[this.#next++];
    if (event?.type === EVENT_ID.ALIAS) return this.#alias(event);
    if (event?.type === EVENT_ID.SCALAR) {
      return this.#anchored(event, () => ({ node: this.#scalar(event, near), size: 1 }));
    }
    if (event?.type === EVENT_ID.SEQUENCE || event?.type === EVENT_ID.MAPPING) {
      const at = this.#place(event.start);
      const isList = event.type === EVENT_ID.SEQUENCE;
      const tag = tagOf(this.#text, event);
      if (!["", "!", isList ? "!!seq" : "!!map"].includes(tag)) this.#complainTag(at);
      return this.#anchored(event, () => (isList ? this.#list(at, path) : this.#map(at, path)));
    }
    return this.#nothing(near);
  }

  #atEnd(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  #anchored(event: Anchorable, build: () => Sized): Sized {
    if (event.anchorStart < 0) return build();
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    this.#anchors.set(name, "open");
    const sized = build();
    this.#anchors.set(name, sized);
    return sized;
  }

  #alias(event: Anchorable): Sized {
    this.#end = Math.max(this.#end, event.anchorEnd);
    const at = this.#place(event.anchorStart - 1);
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const target = this.#anchors.get(name);
    if (typeof target === "object") return target;
    if (target === "open")
      this.#complain(at, `The alias *${name} stands inside its own anchor.`, "Write the value out.");
    else {
      const remedy = `Write &${name} before the value that is meant, or put the text in quotes.`;
      this.#complain(at, `No anchor &${name} stands before this alias.`, remedy);
    }
    return this.#nothing(at);
  }

  #list(at: Place, path: Path): Sized {
    const items: Node[] = [];
    let size = 1;
    while (!this.#atEnd()) {
      const item = this.#read(at, [...path, items.length]);
      items.push(item.node);
      size += item.size;
    }
    this.#next++;
    return this.#bounded({ kind: "list", items, place: at }, size);
  }

  #map(at: Place, path: Path): Sized {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    let size = 1;
    while (!this.#atEnd()) {
      const isMerge = this.#isMergeKey(this.#events[this.#next]);
      const key = this.#read(at, path).node;
      const value = this.#read(key.place, key.kind === "scalar" ? [...path, key.text] : path);
      size += value.size;
      if (isMerge) {
        merged.push(value.node);
        if (!mergeable(value.node))
          this.#complain(key.place, "<< merges maps, and this is none.", "Give it an alias of a map.");
      } else if (key.kind !== "scalar" || key.text === "" || key.text === "__proto__") {
        this.#complain(key.place, "This cannot be a key.", "A key is a word.");
      } else {
        const first = entries.get(key.text);
        if (first === undefined) entries.set(key.text, { key: key.text, place: key.place, value: value.node });
        else this.#problems.push(duplicate(key, first, path));
      }
    }
    this.#next++;
    // Keys of the map itself win over merged ones, and earlier merged maps over later ones.
    for (const source of merged.flatMap((node) => (node.kind === "list" ? node.items : [node]))) {
      if (source.kind !== "map") continue;
      for (const entry of source.entries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    }
    return this.#bounded({ kind: "map", entries: [...entries.values()], place: at }, size);
  }

  #isMergeKey(event: Event | undefined): boolean {
    return (
      event?.type === EVENT_ID.SCALAR &&
      event.style === SCALAR_STYLE.PLAIN &&
      getScalarValue(this.#text, event) === "<<"
    );
  }

  /** Past the bound the content is dropped, so that nothing downstream ever walks the expansion. */
  #bounded(node: ListNode | MapNode, size: number): Sized {
    if (size <= maxExpandedNodes) return { node, size };
    const message = `It stands for more than ${grouped(maxExpandedNodes)} values once its aliases are written out.`;
    this.#complain(node.place, message, "Use fewer aliases.");
    this.#bombed = true;
    return this.#nothing(node.place);
  }

  #scalar(event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>, near: Place): ScalarNode {
    const content = getScalarValue(this.#text, event);
    this.#end = Math.max(this.#end, event.valueEnd);
    // Quoted scalars begin at their quote; an empty plain one has no place of its own.
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    const at = event.valueStart < 0 ? near : this.#place(event.valueStart - (quoted ? 1 : 0));
    const tag = tagOf(this.#text, event);
    const plain = tag === "" && event.style === SCALAR_STYLE.PLAIN;
    const value = tag === "" || tag === "!" ? (plain ? resolvePlain(content) : content) : resolveTagged(tag, content);
    if (value === undefined) this.#complainTag(at);
    return { kind: "scalar", value: value ?? null, text: content, plain, place: at };
  }

  #nothing(at: Place): Sized {
    return { node: { kind: "scalar", value: null, text: "", plain: true, place: at }, size: 1 };
  }

  #complain(at: Place, message: string, remedy: string): void {
    // Past the bound what is read is no longer what was written.
    if (!this.#bombed) this.#problems.push({ ...at, message, remedy });
  }

  #complainTag(at: Place): void {
    this.#complain(at, "This YAML tag is not understood, or does not fit its value.", "Leave the tag out.");
  }
}

function duplicate(key: ScalarNode, first: Entry, parent: Path): Problem {
  const path = pathText([...parent, key.text]);
  const where = first.place.line === undefined ? "" : `, first on line ${first.place.line}`;
  return { ...key.place, key: path, message: `${path} is given twice${where}.`, remedy: "Keep one." };
}

function mergeable(node: Node): boolean {
  return node.kind === "map" || (node.kind === "list" && node.items.every((item) => item.kind === "map"));
}
