/**
 * Words as a POSIX shell splits them (XCU 2.2 quoting, 2.6.5 splitting), without any expansion: `$`, backquotes,
 * globs, `~`, `#` and operators stand for themselves, because no shell is started.
 */

/** A quoting mistake, and where it begins: index in UTF-16 units. */
export class ShellWordsError extends Error {
  override readonly name = "ShellWordsError";
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/**
 * Splits a text into words: `'…'` is literal; within `"…"` a backslash escapes only `$`, backquote, `"`, `\` and a line end;
 * elsewhere it escapes any character, and a backslash at the end of a line joins it to the next.
 * @throws {ShellWordsError} where a quote is not closed or the text ends with a backslash.
 */
export function splitShellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === " " || char === "\t" || char === "\n") {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new ShellWordsError("A ' is not closed", at);
      word = (word ?? "") + text.slice(at + 1, end);
      at = end + 1;
    } else if (char === '"') {
      const quoted = doubleQuoted(text, at);
      word = (word ?? "") + quoted.value;
      at = quoted.end;
    } else if (char === "\\") {
      if (at + 1 === text.length) throw new ShellWordsError("A \\ stands at the end", at);
      if (text.charAt(at + 1) !== "\n") word = (word ?? "") + text.charAt(at + 1);
      at += 2;
    } else {
      const end = plainEnd(text, at);
      word = (word ?? "") + text.slice(at, end);
      at = end;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function doubleQuoted(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') return { value, end: at + 1 };
    if (char !== "\\") {
      value += char;
      continue;
    }
    const next = text.charAt(++at);
    if (next === "\n") continue;
    value += next !== "" && '$`"\\'.includes(next) ? next : `\\${next}`;
  }
  throw new ShellWordsError('A " is not closed', start);
}

function plainEnd(text: string, start: number): number {
  const special = /[ \t\n'"\\]/g;
  special.lastIndex = start;
  return special.exec(text)?.index ?? text.length;
}

/** One word so quoted that a shell, and {@link splitShellWords}, give it back as it is. */
export function quoteShellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
