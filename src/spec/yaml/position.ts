import type { Place } from "./node.ts";

/** Turns an offset into the line and column a person sees; made once a document. Breaks are LF, CRLF and CR, as in YAML. */
export function lineFinder(text: string): (offset: number) => { readonly line: number; readonly column: number } {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** Where a text came from: the document itself, or a flag whose name stands in for line and column. */
export function placer(text: string, origin: string | undefined): (offset: number) => Place {
  return origin === undefined ? lineFinder(text) : () => ({ origin });
}
