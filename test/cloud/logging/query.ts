/**
 * The part of the logging query language that readers of one source need:
 *
 *     search "<compartment>[/<log group>[/<log>]]"[, "…"] | where <condition> | sort by <field> [asc|desc]
 *
 * A condition compares fields with texts by `=` and `!=`, where `*` stands for any characters, joined by `and`, `or`,
 * `not` and parentheses. Keywords are of any case; streams stand in double quotes, texts in single ones.
 */
import { invalidParameter } from "../http/refusal.ts";

/** A record as queries see it: its fields by their paths. */
export type Fields = Readonly<Record<string, string>>;

export interface Query {
  readonly streams: readonly Stream[];
  readonly where: (fields: Fields) => boolean;
  readonly sort: { readonly field: string; readonly descending: boolean } | undefined;
}

export interface Stream {
  readonly compartmentId: string;
  readonly logGroupId?: string;
  readonly logId?: string;
}

/** @throws {Refusal} 400 InvalidParameter */
export function parseQuery(text: string): Query {
  const parser = new Parser(text);
  parser.keyword("search");
  const streams = [parser.stream()];
  while (parser.symbol(",")) streams.push(parser.stream());
  const conditions: Query["where"][] = [];
  let sort: Query["sort"];
  while (parser.symbol("|")) {
    if (parser.word("where")) conditions.push(parser.condition());
    else {
      parser.keyword("sort");
      parser.keyword("by");
      sort = parser.order();
    }
  }
  parser.end();
  return { streams, where: (fields) => conditions.every((condition) => condition(fields)), sort };
}

/** What can be compared and sorted by. */
const known = ["datetime", "source", "type", "subject", "id", "time", "data.message"];

class Parser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.match(/"[^"]*"|'(?:[^'\\]|\\.)*'|!=|[=|,()]|[^\s"'=|,()!]+|\S/g) ?? [];
  }

  symbol(symbol: string): boolean {
    if (this.#tokens[this.#next] !== symbol) return false;
    this.#next++;
    return true;
  }

  word(word: string): boolean {
    if (this.#tokens[this.#next]?.toLowerCase() !== word) return false;
    this.#next++;
    return true;
  }

  keyword(word: string): void {
    if (!this.word(word)) throw this.#unexpected(`"${word}"`);
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw this.#unexpected("the end");
  }

  stream(): Stream {
    const token = this.#tokens[this.#next] ?? "";
    if (!/^".*"$/s.test(token)) throw this.#unexpected("a stream in double quotes");
    this.#next++;
    const [compartmentId = "", logGroupId, logId, ...rest] = token.slice(1, -1).split("/");
    if (compartmentId === "" || rest.length > 0)
      throw invalidParameter(`The search query has no such stream: ${token}.`);
    return {
      compartmentId,
      ...(logGroupId === undefined ? {} : { logGroupId }),
      ...(logId === undefined ? {} : { logId }),
    };
  }

  condition(): Query["where"] {
    let left = this.#conjunction();
    while (this.word("or")) {
      const [first, second] = [left, this.#conjunction()];
      left = (fields) => first(fields) || second(fields);
    }
    return left;
  }

  order(): Query["sort"] {
    const field = this.#field();
    const descending = this.word("desc");
    if (!descending) this.word("asc");
    return { field, descending };
  }

  #conjunction(): Query["where"] {
    let left = this.#term();
    while (this.word("and")) {
      const [first, second] = [left, this.#term()];
      left = (fields) => first(fields) && second(fields);
    }
    return left;
  }

  #term(): Query["where"] {
    if (this.word("not")) {
      const inner = this.#term();
      return (fields) => !inner(fields);
    }
    if (this.symbol("(")) {
      const inner = this.condition();
      if (!this.symbol(")")) throw this.#unexpected('")"');
      return inner;
    }
    const field = this.#field();
    const equal = this.symbol("=");
    if (!equal && !this.symbol("!=")) throw this.#unexpected('"=" or "!="');
    const pattern = this.#text(field);
    return (fields) => pattern.test(fields[field] ?? "") === equal;
  }

  #field(): string {
    const token = this.#tokens[this.#next] ?? "";
    const field = token.replace(/^logContent\./, "");
    if (!known.includes(field)) throw this.#unexpected("a field");
    this.#next++;
    return field;
  }

  #text(field: string): RegExp {
    const token = this.#tokens[this.#next] ?? "";
    if (!/^'.*'$/s.test(token)) throw this.#unexpected("a text in single quotes");
    this.#next++;
    const text = token.slice(1, -1).replaceAll(/\\(.)/g, "$1");
    // So it is at the service: an OCID alone is refused, one with a star before it is not.
    if (field === "source" && text.startsWith("ocid1.")) {
      throw invalidParameter(`The search query cannot compare source with '${text}': use a wildcard.`);
    }
    const parts = text.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    return new RegExp(`^${parts.join(".*")}$`, "s");
  }

  #unexpected(wanted: string): Error {
    const found = this.#tokens[this.#next];
    const where = found === undefined ? "at its end" : `at ${JSON.stringify(found)}`;
    return invalidParameter(`The search query cannot be parsed ${where}: ${wanted} was expected.`);
  }
}
