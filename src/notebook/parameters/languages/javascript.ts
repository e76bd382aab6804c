import { escapeText, risky, utf16Escape } from "../escape.ts";
import { keywordsOf } from "../inspect/assignments.ts";
import { javascriptAssignments } from "../inspect/languages.ts";
import { literals, words, type Language } from "../language.ts";

const characters = risky('"\\');
const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const string = (text: string): string => `"${escapeText(text, characters, short, utf16Escape)}"`;

export const javascript: Language = {
  title: "JavaScript",
  names: ["javascript", "typescript", "deno", "jslab", "tslab", "node", "nodejs", "ijavascript"],
  identifier: /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u,
  reserved: words(`
    arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally
    for function if implements import in instanceof interface let new null package private protected public return static super
    switch this throw true try typeof var void while with yield Infinity NaN undefined __proto__`),
  comment: (text) => `// ${text}`,
  assign(name, literal, keyword) {
    // Declaring again what `let` has declared is an error in most kernels; a `const` can be set anew only in those that let it be declared again.
    if (keyword?.endsWith("let") === true) return `${name} = ${literal};`;
    return `${keyword?.endsWith("const") === true ? "const" : "var"} ${name} = ${literal};`;
  },
  declarations: (source) => keywordsOf(source, javascriptAssignments),
  literal: literals({
    null: "null",
    true: "true",
    false: "false",
    nan: "NaN",
    infinity: "Infinity",
    minusInfinity: "-Infinity",
    integer: (value) => (Number.isSafeInteger(Number(value)) ? String(value) : `${value}n`),
    string,
    list: (items) => `[${items.join(", ")}]`,
    map(entries) {
      if (entries.length === 0) return "{}";
      // In brackets, __proto__ is a key like any other.
      const pairs = entries.map(
        ({ key, item }) => `${key === "__proto__" ? `[${string(key)}]` : string(key)}: ${item}`,
      );
      return `{ ${pairs.join(", ")} }`;
    },
  }),
};
