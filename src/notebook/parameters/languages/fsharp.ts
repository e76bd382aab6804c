import { escapeText, risky, utf16Escape } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";
import { fitsInt, fitsLong, sharedKind } from "../widths.ts";

const characters = risky('"\\');
const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const string = (text: string): string => `"${escapeText(text, characters, short, utf16Escape)}"`;

export const fsharp: Language = {
  title: "F#",
  names: ["f#", "fsharp", ".net-fsharp"],
  // Its characters are UTF-16 units, of which those beyond the first plane are no letters.
  identifier: /^(?!.*[\u{10000}-\u{10ffff}])(?!_$)[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}]*$/u,
  reserved: words(`
    abstract and as asr assert base begin break checked class component const constraint default delegate do done downcast downto
    elif else end exception extern false finally fixed for fun function global if in include inherit inline interface internal
    land lazy let lor lsl lsr lxor match member mod module mutable namespace new not null of open or override parallel private
    process protected public pure rec return select sealed sig static struct tailcall then to trait true try type upcast use val
    virtual void when while with yield __SOURCE_DIRECTORY__ __SOURCE_FILE__ __LINE__ Map None System box`),
  // As papermill writes it.
  comment: (text) => `(* ${text} *)`,
  assign: (name, literal) => `let ${name} = ${literal}`,
  literal: literals({
    null: "None",
    true: "true",
    false: "false",
    nan: "System.Double.NaN",
    infinity: "System.Double.PositiveInfinity",
    minusInfinity: "System.Double.NegativeInfinity",
    integer(value) {
      if (fitsInt(value)) return String(value);
      return fitsLong(value) ? `${value}L` : `${value}I`;
    },
    string,
    list(items, values) {
      if (items.length === 0) return "[]";
      const shared = sharedKind(values) !== undefined;
      return `[ ${items.map((item) => (shared ? item : `box (${item})`)).join("; ")} ]`;
    },
    map(entries) {
      const pairs = entries.map(({ key, item }) => `(${string(key)}, box (${item}))`);
      return `Map.ofList<string, obj> [ ${pairs.join("; ")} ]`;
    },
  }),
};
