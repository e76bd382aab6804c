import { scan, type Lexicon } from "./scan.ts";

/**
 * The elements of a tuple or list, with or without its brackets: `a, b`, `(a, b)`, `[a, b]`.
 * Undefined for a text that is no such thing.
 */
export function elementsOf(text: string, lexicon: Lexicon): string[] | undefined {
  const inner = unwrap(text, "([", lexicon);
  const parts = splitAtCommas(inner ?? text, lexicon);
  if (parts === undefined || (parts.length < 2 && !text.startsWith("[") && !text.endsWith(","))) return undefined;
  if (inner === undefined && parts.length < 2 && !text.endsWith(",")) return undefined;
  return parts;
}

/** What the brackets hold that enclose the whole text; undefined where none do. */
export function unwrap(text: string, brackets: string, lexicon: Lexicon): string | undefined {
  if (text.length < 2 || !brackets.includes(text[0] ?? "")) return undefined;
  return closingOf(text, lexicon) === text.length - 1 ? text.slice(1, -1).trim() : undefined;
}

/** The parts between the commas outside all brackets and strings; a last comma ends the last part. */
export function splitAtCommas(text: string, lexicon: Lexicon): string[] | undefined {
  // Brackets around it keep line breaks and semicolons from ending anything.
  const [statement, ...others] = scan(text, lexicon);
  if (others.length > 0) return undefined;
  if (statement === undefined) return [];
  const commas = statement.marks.filter(({ sign }) => sign === ",").map(({ at }) => at);
  const starts = [0, ...commas.map((at) => at + 1)];
  const parts = starts.map((start, index) => statement.text.slice(start, commas[index]).trim());
  return parts.at(-1) === "" ? parts.slice(0, -1) : parts;
}

/** Where the bracket closes that the text begins with. */
function closingOf(text: string, lexicon: Lexicon): number | undefined {
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const end = lexicon.stringEnd(text, at);
    if (end !== undefined && end > at) {
      at = end;
      continue;
    }
    if ("([{".includes(text[at] ?? "")) depth += 1;
    if (")]}".includes(text[at] ?? "")) depth -= 1;
    if (depth === 0) return at;
    at += 1;
  }
  return undefined;
}
