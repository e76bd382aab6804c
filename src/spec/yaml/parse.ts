import { EVENT_ID, parseEvents, YAMLException } from "js-yaml";
import type { Problem } from "../../text/errors.ts";
import { compose } from "./compose.ts";
import type { Node, Place } from "./node.ts";
import { placer } from "./position.ts";

export interface Parsed {
  /** Undefined for an empty document, and where a problem left nothing to read. */
  readonly root: Node | undefined;
  readonly problems: readonly Problem[];
  /** Where the document begins. */
  readonly place: Place;
}

/**
 * Reads one YAML 1.2 (or JSON) document. js-yaml splits the text into events, which carry offsets; the tree, its
 * positions, the duplicate keys and the bound on aliases are ours. Never throws for what the text holds.
 *
 * @param origin The flag or variable the text came from, where it is not the job file itself.
 */
export function parseYaml(text: string, origin?: string): Parsed {
  const place = placer(text, origin);
  try {
    const events = parseEvents(spaced(text), { maxDepth: 64 });
    const [first, second] = events.filter((event) => event.type === EVENT_ID.DOCUMENT);
    if (first === undefined) return { root: undefined, problems: [], place: place(0) };
    const composed = compose(text, events, place);
    if (second === undefined) return { ...composed, place: place(0) };
    const marker = /^---(?=\s|$)/gm;
    marker.lastIndex = composed.end;
    // An empty first document leaves no value behind which to look: its own marker is not the second's.
    if (composed.end === 0 && first.explicitStart) marker.exec(text);
    const problem: Problem = {
      ...place(marker.exec(text)?.index ?? composed.end),
      message: "A second document begins here, after `---`.",
      remedy: "Keep one job to a file.",
    };
    return { root: composed.root, problems: [...composed.problems, problem], place: place(0) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const offset = error.mark?.position ?? 0;
    // Not as `cause`: the exception's own message quotes the source, which may hold a secret.
    return {
      root: undefined,
      problems: [explain(error.reason, text, offset, place)],
      place: place(0),
    };
  }
}

/** JSON may be indented with tabs, YAML may not. A JSON text holds no other tabs, so that blanks in their place change nothing. */
function spaced(text: string): string {
  return /^\s*[[{]/.test(text) && text.includes("\t") && isJson(text) ? text.replaceAll("\t", " ") : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** js-yaml's reasons as sentences with a remedy; those that nobody meets keep their own words. */
function explain(reason: string, text: string, offset: number, place: (offset: number) => Place): Problem {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const tab = /^ *\t/.exec(text.slice(lineStart))?.[0].length;
  if (tab !== undefined && !/\bquoted|null byte|non-printable/.test(reason)) {
    return { ...place(lineStart + tab - 1), message: "A tab indents this line.", remedy: "Indent with spaces." };
  }
  const [, message, remedy] = sentences.find(([pattern]) => pattern.test(reason)) ?? [
    undefined,
    `The YAML cannot be read from here on (${reason}).`,
    "Correct it.",
  ];
  return { ...place(offset), message, remedy };
}

const sentences: readonly (readonly [RegExp, string, string])[] = [
  [/quoted scalar/, "A quote is opened and not closed.", "Close it, or double a quote inside the text."],
  [/flow collection/, "A bracket or brace is not closed, or a comma is missing.", "Close it."],
  // js-yaml says the same of a quote, a bracket and a brace whose text goes on in a line that begins too far left.
  [/deficient indentation/, "A quote, bracket or brace that is opened above is not closed.", "Close it."],
  [/null byte|non-printable/, "A control character stands here.", "Remove it: a job file is plain text."],
  [/maxDepth/, "Lists and maps are nested too deeply.", "Flatten it."],
  [
    /bad indentation|end of the stream or a document separator|expected ':'|multiline key/,
    "The YAML cannot be read from here on.",
    'Line the keys up, each with a colon and a space, and quote a text that holds ": " or " #", or begins with one of @ ` % & * ! | > - ?',
  ],
];
