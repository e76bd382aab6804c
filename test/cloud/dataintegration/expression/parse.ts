/**
 * The language of success and polling conditions and of typed expressions, as documented: comparisons, AND, OR, NOT,
 * `+ - *`, IS NULL, IS NOT NULL, CAST and a handful of functions. Whatever else a database would understand is refused.
 * Words may be of either case.
 */
import { ExpressionError, tokensOf, type Token } from "./tokens.ts";

export type Operator = "OR" | "AND" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*";

export type Expression =
  | { readonly kind: "value"; readonly value: string | number | null }
  /** `SYS.RESPONSE_STATUS` and its like. */
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "not" | "minus" | "isNull" | "isNotNull"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "cast"; readonly of: Expression; readonly type: "STRING" | "JSON_TEXT" };

export const variables = [
  "SYS.RESPONSE_STATUS",
  "SYS.RESPONSE_PAYLOAD",
  "SYS.RESPONSE_PAYLOAD_JSON",
  "SYS.RESPONSE_HEADERS",
  "SYS.RESPONSE_HEADERS_JSON",
] as const;

/** The functions, with how many arguments they take. */
export const functions: Readonly<Record<string, readonly [least: number, most: number]>> = {
  JSON_PATH: [2, 2],
  NVL: [2, 2],
  CONCAT: [2, Infinity],
  LENGTH: [1, 1],
  UPPER: [1, 1],
  LOWER: [1, 1],
  DATE_ADD: [2, 2],
};

/** Loosest first. */
const levels: readonly (readonly Operator[])[] = [
  ["OR"],
  ["AND"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*"],
];
const comparison = 2;

/** @throws {ExpressionError} for what is not of the language */
export function parseExpression(text: string): Expression {
  const parser = new Parser(tokensOf(text));
  const expression = parser.level(0);
  parser.end();
  return expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#token.kind !== "end") throw this.#unexpected("the end");
  }

  level(index: number): Expression {
    const operators = levels[index];
    if (operators === undefined) return this.#unary();
    if (index === comparison && this.#skip("NOT"))
      return { kind: "not", of: this.#deeper(() => this.level(comparison)) };
    let left = this.level(index + 1);
    for (;;) {
      const operator = operators.find((candidate) => this.#skip(candidate));
      if (operator !== undefined) {
        left = { kind: "binary", operator, left, right: this.level(index + 1) };
        // Comparisons do not chain.
        if (index === comparison) return left;
      } else if (index === comparison && this.#skip("IS")) {
        const kind = this.#skip("NOT") ? "isNotNull" : "isNull";
        this.#expect("NULL");
        return { kind, of: left };
      } else return left;
    }
  }

  #unary(): Expression {
    return this.#deeper(() => (this.#skip("-") ? { kind: "minus", of: this.#unary() } : this.#primary()));
  }

  #deeper(parse: () => Expression): Expression {
    // Far more than anybody writes, and far less than the stack takes.
    if (++this.#depth > 500) throw new ExpressionError("The expression is nested too deeply.");
    const expression = parse();
    this.#depth--;
    return expression;
  }

  #primary(): Expression {
    const token = this.#token;
    this.#next++;
    if (token.kind === "number") return { kind: "value", value: Number(token.text) };
    if (token.kind === "string") return { kind: "value", value: token.text };
    if (token.kind === "symbol" && token.text === "(") {
      const inner = this.level(0);
      this.#expect(")");
      return inner;
    }
    if (token.kind !== "word") throw this.#unexpected("a value", token);
    const word = token.text.toUpperCase();
    if (word === "NULL") return { kind: "value", value: null };
    if (word === "CAST") return this.#cast();
    if (variables.some((variable) => variable === word)) return { kind: "variable", name: word };
    return this.#call(word, token);
  }

  #cast(): Expression {
    this.#expect("(");
    const of = this.level(0);
    this.#expect("AS");
    const type = this.#token.text.toUpperCase();
    if (type !== "STRING" && type !== "JSON_TEXT") throw this.#unexpected("String or JSON_TEXT");
    this.#next++;
    this.#expect(")");
    return { kind: "cast", of, type };
  }

  #call(name: string, token: Token): Expression {
    const arity = functions[name];
    if (arity === undefined) throw new ExpressionError(`"${token.text}" is not in the language.`);
    this.#expect("(");
    const args = [this.level(0)];
    while (this.#skip(",")) args.push(this.level(0));
    this.#expect(")");
    const [least, most] = arity;
    if (args.length < least || args.length > most) {
      throw new ExpressionError(
        `${name} takes ${least === most ? least : `at least ${least}`} arguments, not ${args.length}.`,
      );
    }
    return { kind: "call", name, args };
  }

  get #token(): Token {
    // The list ends with a token that nothing steps over but an error.
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] ?? { kind: "end", text: "", at: 0 };
  }

  #skip(text: string): boolean {
    const token = this.#token;
    if ((token.kind !== "word" && token.kind !== "symbol") || token.text.toUpperCase() !== text) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#skip(text)) throw this.#unexpected(`"${text}"`);
  }

  #unexpected(wanted: string, token = this.#token): ExpressionError {
    const found = token.kind === "end" ? "the end" : `"${token.text}"`;
    return new ExpressionError(
      `At position ${token.at + 1} of the expression there is ${found} where ${wanted} was expected.`,
    );
  }
}
