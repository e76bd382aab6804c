import { splitAtCommas, unwrap } from "./elements.ts";
import { pythonStringEnd } from "./python-strings.ts";
import { scan, type Lexicon } from "./scan.ts";

const lexicon: Lexicon = { lineComment: /#/y, stringEnd: pythonStringEnd };

/** How many brackets around a value are looked through. */
const deepest = 50;

const numbers: readonly (readonly [type: string, form: RegExp])[] = [
  ["int", /^[+-]?\s*(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|\d(?:_?\d)*)$/],
  ["float", /^[+-]?\s*(?:(?:\d(?:_?\d)*)?\.(?:\d(?:_?\d)*)?|\d(?:_?\d)*(?=[eE]))(?:[eE][+-]?\d(?:_?\d)*)?$/],
];

/** The type of a value that is one literal, or one call of a builtin type; undefined for any other expression. */
export function pythonType(text: string, depth = 0): string | undefined {
  if (text === "None") return "NoneType";
  if (text === "True" || text === "False") return "bool";
  const number = /\d/.test(text) ? numbers.find(([, form]) => form.test(text))?.[0] : undefined;
  if (number !== undefined) return number;
  const [, name, rest = ""] =
    /^(bool|bytes|complex|dict|float|frozenset|int|list|set|str|tuple)\s*(\(.*)$/s.exec(text) ?? [];
  if (name !== undefined && unwrap(rest, "(", lexicon) !== undefined) return name;
  return stringType(text) ?? bracketedType(text, depth);
}

/** One string literal, or several in a row. */
function stringType(text: string): string | undefined {
  let at = 0;
  let type: string | undefined;
  while (at < text.length) {
    const end = pythonStringEnd(text, at);
    if (end === undefined || end <= at) return undefined;
    const prefix = /^[A-Za-z]*/.exec(text.slice(at, at + 2))?.[0].toLowerCase() ?? "";
    // A template (PEP 750) is neither.
    if (prefix.includes("t")) return undefined;
    type = prefix.includes("b") ? "bytes" : "str";
    at = end;
    while (/\s/.test(text[at] ?? "")) at += 1;
  }
  return type;
}

function bracketedType(text: string, depth: number): string | undefined {
  if (unwrap(text, "[", lexicon) !== undefined) return "list";
  const braced = unwrap(text, "{", lexicon);
  if (braced !== undefined) {
    if (braced === "" || braced.startsWith("**")) return "dict";
    return scan(braced, lexicon).some(({ marks }) => marks.some(({ sign }) => sign === ":")) ? "dict" : "set";
  }
  const inner = unwrap(text, "(", lexicon);
  if (inner === "") return "tuple";
  if (inner !== undefined && !inner.endsWith(",")) {
    const parts = splitAtCommas(inner, lexicon);
    if (parts?.length === 1) return depth < deepest ? pythonType(inner, depth + 1) : undefined;
  }
  const parts = splitAtCommas(inner ?? text, lexicon);
  const commas = (parts?.length ?? 0) > 1 || (inner ?? text).endsWith(",");
  return commas && !(inner === undefined && /^(?:lambda|yield)\b/.test(text)) ? "tuple" : undefined;
}
