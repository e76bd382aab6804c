import { python } from "../languages/python.ts";
import { lastOfEach, type DeclaredParameter } from "./declared.ts";
import { pythonStringEnd } from "./python-strings.ts";
import { pythonType } from "./python-type.ts";
import { scan, type Lexicon, type Statement } from "./scan.ts";
import { elementsOf } from "./elements.ts";

export const pythonLexicon: Lexicon = {
  lineComment: /#/y,
  stringEnd: pythonStringEnd,
  continuation: "\\",
  // IPython's magics, shell lines and help.
  foreign: /[%!?]/y,
};

/**
 * The parameters of a Python cell: what its assignments outside all blocks bind, annotated or not, chained or to tuples.
 * A trailing comment is help, and begins with the type where it says `type: int`, as papermill reads it.
 */
export function inspectPython(source: string): DeclaredParameter[] {
  const statements = scan(source, pythonLexicon);
  // IPython takes away what all lines are indented by.
  const margin = statements[0]?.indent ?? 0;
  let inBlock = false;
  const outside = statements.filter((statement) => {
    if (!statement.follows) inBlock = statement.indent > margin || compound.test(statement.text);
    return !inBlock;
  });
  return lastOfEach(outside.flatMap(declaredIn));
}

/** What begins a statement that holds others, on its own line perhaps. */
const compound = /^(?:async|class|def|elif|else|except|finally|for|if|match|try|while|with)\b(?!\s*[,=])/;

function declaredIn(statement: Statement): DeclaredParameter[] {
  const { text, marks } = statement;
  const { type: commented, help } = readComment(statement.comment);
  const equals = marks.filter(({ sign }) => sign === "=");
  const [first] = equals;
  const last = equals.at(-1);
  const colon = marks.find(({ sign }) => sign === ":");
  if (colon !== undefined && (first === undefined || colon.at < first.at)) {
    const name = text.slice(0, colon.at).trim();
    const annotation = unquoted(text.slice(colon.at + 1, first?.at).trim());
    if (!isName(name) || annotation === "") return [];
    return [
      { name, type: annotation, defaultText: first === undefined ? "" : text.slice(first.at + 1).trim(), ...help },
    ];
  }
  if (last === undefined) return [];
  const value = text.slice(last.at + 1).trim();
  return equals.flatMap(({ at }, index) => {
    const target = text.slice(index === 0 ? 0 : (equals[index - 1]?.at ?? 0) + 1, at).trim();
    return bind(target, value).map(({ name, defaultText, whole }) => {
      const type = commented ?? (whole ? pythonType(defaultText) : undefined);
      return { name, ...(type === undefined ? {} : { type }), defaultText, ...help };
    });
  });
}

/** Tuples within tuples are followed to this depth. */
const deepest = 50;

interface Binding {
  readonly name: string;
  readonly defaultText: string;
  /** Whether the text is this name's own value, not something of which it gets a part. */
  readonly whole: boolean;
}

/** What a target binds: a name, or each name of a tuple to its part of the value. */
function bind(target: string, value: string, depth = 0): Binding[] {
  if (isName(target)) return [{ name: target, defaultText: value, whole: true }];
  const targets = depth < deepest ? elementsOf(target, pythonLexicon) : undefined;
  if (targets === undefined || targets.some((text) => text.startsWith("*"))) return [];
  const values = elementsOf(value, pythonLexicon);
  const paired = values?.length === targets.length && !values.some((text) => text.startsWith("*"));
  return targets.flatMap((text, index) => {
    const own = paired ? values?.[index] : undefined;
    const bound = bind(text, own ?? value, depth + 1);
    return own === undefined ? bound.map((binding) => ({ ...binding, whole: false })) : bound;
  });
}

function isName(text: string): boolean {
  return python.identifier.test(text) && (!python.reserved.has(text) || text === "float");
}

function unquoted(annotation: string): string {
  return /^(["'])(.*)\1$/.exec(annotation)?.[2]?.trim() ?? annotation;
}

function readComment(comment = ""): { readonly type?: string; readonly help: { readonly help?: string } } {
  const [, type, rest = ""] = /^(?:type:\s*(\S+))?\s*(.*)$/s.exec(comment) ?? [];
  return { ...(type === undefined ? {} : { type }), help: rest === "" ? {} : { help: rest } };
}
