import { escapeText, risky, unicodeEscape } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";
import { isExactDouble, notUnicode } from "../refusal.ts";

const characters = risky('"\\');
const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
// Escapes are \u and \U only: R forbids \x in a string that has one of them.
const string = (text: string): string => `"${escapeText(text, characters, short, unicodeEscape)}"`;

export const r: Language = {
  title: "R",
  names: ["r", "ir", "irkernel", "sparkr", "sparkrkernel"],
  identifier: /^(?!\.\.\p{Nd}+$)(?:[\p{L}\p{Nl}]|\.(?![\p{Nd}]))[\p{L}\p{Nl}\p{Nd}._]*$/u,
  reserved: words(`
    if else repeat while function for next break TRUE FALSE NULL Inf NaN NA NA_integer_ NA_real_ NA_complex_ NA_character_ in
    ...`),
  comment: (text) => `# ${text}`,
  assign: (name, literal) => `${name} = ${literal}`,
  literal: literals({
    null: "NULL",
    true: "TRUE",
    false: "FALSE",
    nan: "NaN",
    infinity: "Inf",
    minusInfinity: "-Inf",
    string,
    list: (items) => `list(${items.join(", ")})`,
    map(entries) {
      if (entries.every(({ key }) => key !== "")) {
        return `list(${entries.map(({ key, item }) => `${string(key)} = ${item}`).join(", ")})`;
      }
      // An argument's name cannot be empty, an element's can.
      const names = entries.map(({ key }) => string(key)).join(", ");
      return `structure(list(${entries.map(({ item }) => item).join(", ")}), names = c(${names}))`;
    },
  }),
  refusal(value) {
    if (value.kind === "integer" && !isExactDouble(value.value)) {
      return "has more digits than a number of R keeps; write it in quotes, as text";
    }
    if (value.kind === "string" && value.value.includes("\0")) return "holds the character NUL, which no text in R can";
    return notUnicode(value, "R");
  },
};
