/** Texts within texts are followed to this depth, so that no cell exhausts the stack. */
const deepest = 50;

/**
 * Where the Python string that begins at `at`, prefix included, ends; undefined where none begins there.
 * An unfinished one ends with its line, or with the source where it is triple-quoted.
 */
export function pythonStringEnd(source: string, at: number, depth = 0): number | undefined {
  if (/[\p{L}\p{N}_]/u.test(source[at - 1] ?? "") && /[A-Za-z]/.test(source[at] ?? "")) return undefined;
  const opening = matchAt(/([A-Za-z]{0,2})("""|'''|"|')/y, source, at);
  if (opening === null || !/^(?:[rbuft]|br|rb|fr|rf|tr|rt)?$/i.test(opening[1] ?? "")) return undefined;
  const quote = opening[2] ?? "";
  const formatted = depth < deepest && /[ft]/i.test(opening[1] ?? "");
  return textEnd(source, at + opening[0].length, quote, formatted ? depth + 1 : undefined);
}

/** @param depth how many formatted texts this one stands in, itself counted; undefined where it is not formatted */
function textEnd(source: string, start: number, quote: string, depth: number | undefined): number {
  let at = start;
  while (at < source.length) {
    if (source.startsWith(quote, at)) return at + quote.length;
    if (source[at] === "\n" && quote.length === 1) return at;
    if (source[at] === "\\") at += 2;
    else if (depth !== undefined && source.startsWith("{{", at)) at += 2;
    else if (depth !== undefined && source[at] === "{") at = fieldEnd(source, at + 1, quote, depth);
    else at += 1;
  }
  return source.length;
}

/** The end of a replacement field, past its brace. Its expression may hold strings, of the same quotes even (PEP 701). */
function fieldEnd(source: string, start: number, quote: string, depth: number): number {
  let at = start;
  let brackets = 0;
  while (at < source.length) {
    const character = source[at] ?? "";
    if (brackets === 0 && character === "}") return at + 1;
    if (brackets === 0 && character === ":") return specEnd(source, at + 1, quote, depth);
    if (character === "\n" && quote.length === 1) return at;
    const inner = pythonStringEnd(source, at, depth);
    if (inner !== undefined) {
      at = inner;
      continue;
    }
    if ("([{".includes(character)) brackets += 1;
    if (")]}".includes(character)) brackets -= 1;
    at += 1;
  }
  return at;
}

/** The end of a format specification, in which quotes are ordinary characters, past the field's brace. */
function specEnd(source: string, start: number, quote: string, depth: number): number {
  let at = start;
  while (at < source.length && !source.startsWith(quote, at)) {
    if (source[at] === "}") return at + 1;
    if (source[at] === "\n" && quote.length === 1) return at;
    at = source[at] === "{" && depth < deepest ? fieldEnd(source, at + 1, quote, depth + 1) : at + 1;
  }
  return at;
}

function matchAt(expression: RegExp, source: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(source);
}
