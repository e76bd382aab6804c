import { lastOfEach, type DeclaredParameter } from "./declared.ts";
import { scan, type Lexicon, type Statement } from "./scan.ts";
import { bracketEnd, matching, oneOf, type StringEnd } from "./strings.ts";

/** Code in a text, or by itself: `$(…)`, `${…}`. */
const expansion: StringEnd = (source, at, depth = 0) => {
  if (source.startsWith("$(", at)) return bracketEnd(source, at + 2, ")", quotedText, depth + 1);
  if (source.startsWith("${", at)) return bracketEnd(source, at + 2, "}", quotedText, depth + 1);
  return undefined;
};

const doubleQuoted: StringEnd = (source, start, depth) => {
  if (source[start] !== '"') return undefined;
  let at = start + 1;
  while (at < source.length && source[at] !== '"')
    at = source[at] === "\\" ? at + 2 : (expansion(source, at, depth) ?? at + 1);
  return Math.min(at + 1, source.length);
};

const quotedText: StringEnd = oneOf(
  matching(/\$'(?:\\[^]|[^'\\])*'|'[^']*'|`(?:\\[^]|[^`\\])*`|\\[^\n]/y),
  doubleQuoted,
  expansion,
);

const lexicon: Lexicon = { lineComment: /(?<![^\s;])#/y, stringEnd: quotedText, continuation: "\\" };

/**
 * The variables that a Bash cell sets: `NAME=value`, after `export`, `declare` and their like too, and `: "${NAME:=value}"`.
 * Those set for one command only are none.
 */
export function inspectBash(source: string): DeclaredParameter[] {
  const statements = scan(source, lexicon);
  const margin = statements[0]?.indent ?? 0;
  return lastOfEach(statements.filter(({ indent }) => indent <= margin).flatMap(declaredIn));
}

function declaredIn({ text, comment }: Statement): DeclaredParameter[] {
  const help = comment === undefined || comment === "" ? {} : { help: comment };
  const idiom = /^:\s+"?\$\{([A-Za-z_]\w*):?=(.*)\}"?$/s.exec(text);
  const all = words(text);
  const keyword = /^(?:declare|export|local|readonly|typeset)$/.test(all[0] ?? "");
  const assigned = keyword ? all.slice(1).filter((word) => !word.startsWith("-")) : all;
  const pairs = idiom === null ? assigned.map((word) => /^([A-Za-z_]\w*)=(.*)$/s.exec(word)) : [idiom];
  if (!keyword && pairs.includes(null)) return [];
  return pairs.flatMap((pair) => {
    if (pair === null) return [];
    const [, name = "", defaultText = ""] = pair;
    return [{ name, type: typeOf(defaultText), defaultText, ...help }];
  });
}

function words(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  let at = 0;
  const end = (): void => {
    if (at > start) found.push(text.slice(start, at));
  };
  while (at < text.length) {
    if (/\s/.test(text[at] ?? "")) {
      end();
      start = at + 1;
      at += 1;
    } else if (text[at] === "(") at = bracketEnd(text, at + 1, ")", quotedText);
    else at = quotedText(text, at) ?? at + 1;
  }
  end();
  return found;
}

function typeOf(text: string): string {
  if (/^\(.*\)$/s.test(text)) return "array";
  return /^[+-]?\d+$/.test(text) ? "integer" : "string";
}
