/** The words of an expression. */
export type Token =
  | { readonly kind: "number" | "string" | "word" | "symbol"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

/** An expression that is not of the documented language, or that cannot be evaluated. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

const pattern =
  /\s*(?:(?<number>\d+(?:\.\d+)?)|'(?<string>(?:[^']|'')*)'|(?<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(?<symbol>==|!=|<=|>=|[-+*<>(),]))/y;

/** Splits an expression. A quote inside a text is written twice. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const { number, string, word, symbol } = pattern.exec(text)?.groups ?? {};
    if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (string !== undefined) tokens.push({ kind: "string", text: string.replaceAll("''", "'"), at });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol, at });
    else
      throw new ExpressionError(
        `There is something at position ${at + 1} that is not in the language: ${excerpt(text, at)}`,
      );
  }
  return [...tokens, { kind: "end", text: "", at: end }];
}

function excerpt(text: string, at: number): string {
  return JSON.stringify(text.slice(at, at + 20).trim());
}
