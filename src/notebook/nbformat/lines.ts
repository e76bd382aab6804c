const otherEnds = /[\r\v\f\x1c-\x1e\x85\u2028\u2029]/; // oxlint-disable-line no-control-regex -- Python's line ends
const anyLine =
  // oxlint-disable-next-line no-control-regex -- Python's line ends
  /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+/g;

/**
 * A text's lines with their ends, as Python's `splitlines(True)` finds them: also at a lone `\r`, at `\v`, `\f`,
 * U+001C to U+001E, U+0085, U+2028 and U+2029. The empty text has none.
 */
export function splitLines(text: string): string[] {
  if (otherEnds.test(text)) return text.match(anyLine) ?? [];
  const lines: string[] = [];
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
    lines.push(text.slice(start, end + 1));
    start = end + 1;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}
