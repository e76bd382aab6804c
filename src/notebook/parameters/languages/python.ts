import { escapeText, hex, risky, unicodeEscape } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";

const characters = risky('"\\');
const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const string = (text: string): string =>
  `"${escapeText(text, characters, short, (point) => (point > 0xff ? unicodeEscape(point) : `\\x${hex(point, 2)}`))}"`;

/** Python refuses to read a decimal literal of more digits than this (`sys.set_int_max_str_digits`); hexadecimal has no limit. */
const mostDigits = 4300;

export const python: Language = {
  title: "Python",
  names: ["python", "python2", "python3", "ipython", "pyspark", "pysparkkernel"],
  identifier: /^[\p{XID_Start}_]\p{XID_Continue}*$/u,
  reserved: words(`
    False None True and as assert async await break class continue def del elif else except finally for from global if import
    in is lambda nonlocal not or pass raise return try while with yield __debug__ float`),
  fold: (name) => name.normalize("NFKC"),
  comment: (text) => `# ${text}`,
  assign: (name, literal) => `${name} = ${literal}`,
  literal: literals({
    null: "None",
    true: "True",
    false: "False",
    nan: "float('nan')",
    infinity: "float('inf')",
    minusInfinity: "float('-inf')",
    integer(value) {
      const decimal = String(value);
      if (decimal.length <= mostDigits) return decimal;
      return `${value < 0n ? "-" : ""}0x${(value < 0n ? -value : value).toString(16)}`;
    },
    string,
    list: (items) => `[${items.join(", ")}]`,
    map: (entries) => `{${entries.map(({ key, item }) => `${string(key)}: ${item}`).join(", ")}}`,
  }),
};
