/** Splits command-line arguments as a shell would: quotes and backslashes, and nothing else. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+)/gy;
  for (const [, word = ""] of text.matchAll(pattern)) words.push(unquoted(word));
  return words;
}

function unquoted(word: string): string {
  return word.replaceAll(/\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g, (_, escaped, double, single) => {
    const [plain, quoted, raw]: (string | undefined)[] = [escaped, double, single];
    return plain ?? raw ?? (quoted ?? "").replaceAll(/\\(["\\$`])/g, "$1");
  });
}
