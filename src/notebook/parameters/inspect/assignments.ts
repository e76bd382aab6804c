import { lastOfEach, type DeclaredParameter, type Inspector } from "./declared.ts";
import { scan, type Lexicon, type Statement } from "./scan.ts";

/** How a language other than Python declares a variable with a value. */
export interface Assignments {
  readonly lexicon: Lexicon;
  readonly signs: readonly string[];
  /** What stands before the sign: groups `name` and, where the language has annotations, `type`. */
  readonly head: RegExp;
  /** A keyword after which several are declared, with commas between. */
  readonly several?: RegExp;
  /** Forms of literals, and the types they have; a function where the text tells. */
  readonly types: readonly (readonly [form: RegExp, type: string | ((match: RegExpExecArray) => string)])[];
  /** The type of a value that is one string literal. */
  readonly textType?: string;
}

/** Reads simple assignments outside all blocks. */
export function assignmentsInspector(language: Assignments): Inspector {
  return (source) => lastOfEach(outermost(source, language).flatMap((statement) => declaredIn(statement, language)));
}

/** Variable → the keyword that declares it; those set without one are not there. */
export function keywordsOf(source: string, language: Assignments): ReadonlyMap<string, string> {
  return new Map(
    outermost(source, language).flatMap((statement) => {
      const keyword = language.several?.exec(statement.text)?.[0];
      return keyword === undefined ? [] : declaredIn(statement, language).map(({ name }) => [name, keyword] as const);
    }),
  );
}

function outermost(source: string, { lexicon }: Assignments): Statement[] {
  const statements = scan(source, lexicon);
  const margin = statements[0]?.indent ?? 0;
  return statements.filter(({ indent }) => indent <= margin);
}

function declaredIn(statement: Statement, language: Assignments): DeclaredParameter[] {
  const keyword = language.several?.exec(statement.text)?.[0];
  const commas = keyword === undefined ? [] : statement.marks.filter(({ sign }) => sign === ",").map(({ at }) => at);
  const starts = [0, ...commas.map((at) => at + 1)];
  return starts.flatMap((start, index) => {
    const end = commas[index] ?? statement.text.length;
    const sign = statement.marks.find(({ sign: text, at }) => at >= start && at < end && language.signs.includes(text));
    if (sign === undefined) return [];
    const before = statement.text.slice(start, sign.at).trim();
    const head = language.head.exec(start === 0 ? before : `${keyword ?? ""} ${before}`);
    const name = head?.groups?.["name"];
    if (name === undefined) return [];
    const defaultText = statement.text.slice(sign.at + sign.sign.length, end).trim();
    const type = head?.groups?.["type"]?.trim() ?? typeOf(defaultText, language);
    const help = statement.comment === undefined || statement.comment === "" ? {} : { help: statement.comment };
    return [{ name, ...(type === undefined ? {} : { type }), defaultText, ...help }];
  });
}

function typeOf(text: string, { lexicon, types, textType }: Assignments): string | undefined {
  for (const [form, type] of types) {
    const match = form.exec(text);
    if (match !== null) return typeof type === "string" ? type : type(match);
  }
  return textType !== undefined && lexicon.stringEnd(text, 0) === text.length ? textType : undefined;
}
