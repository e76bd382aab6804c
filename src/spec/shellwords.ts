/**
 * Splits a text into words as a POSIX shell does (IEEE Std 1003.1, 2.2): blanks separate, single quotes keep everything,
 * double quotes all but `\` before one of $ ` " \ and a line break, a backslash the next character. Nothing is expanded.
 * Undefined where a quote is not closed or a backslash ends the text.
 */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  const piece = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)|(\s+)/y;
  let word: string | undefined;
  while (piece.lastIndex < text.length) {
    const match = piece.exec(text);
    if (match === null) return undefined;
    const [, single, double, escaped, bare, blank] = match;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word ??= "";
      // A backslash before a line break joins the lines.
      if (escaped !== undefined) word += escaped === "\n" ? "" : escaped;
      else if (double !== undefined)
        word += double.replaceAll(/\\([$`"\\\n])/g, (_, next: string) => (next === "\n" ? "" : next));
      else word += single ?? bare ?? "";
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
