import { escapeText, risky, utf16Escape } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";
import { fitsInt, fitsLong, sharedKind } from "../widths.ts";

const characters = risky('"\\');
const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const string = (text: string): string => `"${escapeText(text, characters, short, utf16Escape)}"`;

export const csharp: Language = {
  title: "C#",
  names: ["c#", "csharp", ".net-csharp"],
  // Its characters are UTF-16 units, of which those beyond the first plane are no letters.
  identifier: /^(?!.*[\u{10000}-\u{10ffff}])[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}]*$/u,
  reserved: words(`
    abstract as await base bool break byte case catch char checked class const continue decimal default delegate do double else
    enum event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long
    namespace new null object operator out override params private protected public readonly ref return sbyte sealed short sizeof
    stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void
    volatile while __arglist __makeref __reftype __refvalue Dictionary System`),
  fold: (name) => name.normalize("NFC"),
  comment: (text) => `// ${text}`,
  assign: (name, literal) => `var ${name} = ${literal};`,
  literal: literals({
    null: "default(object)",
    true: "true",
    false: "false",
    nan: "double.NaN",
    infinity: "double.PositiveInfinity",
    minusInfinity: "double.NegativeInfinity",
    integer(value) {
      if (fitsInt(value)) return String(value);
      // Without the suffix a number from 2^31 on would be a uint.
      return fitsLong(value) ? `${value}L` : `System.Numerics.BigInteger.Parse("${value}")`;
    },
    string,
    list(items, values) {
      if (items.length === 0) return "new object[] { }";
      return `new ${sharedKind(values) === undefined ? "object[]" : "[]"} { ${items.join(", ")} }`;
    },
    map(entries) {
      const pairs = entries.map(({ key, item }) => ` { ${string(key)}, ${item} }`).join(",");
      return `new System.Collections.Generic.Dictionary<string, object> {${pairs} }`;
    },
  }),
};
