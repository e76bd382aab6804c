import { escapeText, risky, utf16Escape } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";
import { fitsInt, fitsLong, hasLossyMix } from "../widths.ts";

const characters = risky('"\\');
/**
 * These never as \u: before 2.13.2 Scala decodes \u anywhere in a source before it looks for strings, so that \u0022 ends one.
 */
const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const literalOf = (text: string): string => `"${escapeText(text, characters, short, utf16Escape)}"`;

/** A constant of the JVM has at most 65,535 bytes, and a character here at most three. */
const longest = 20_000;

function string(text: string): string {
  if (text.length <= longest) return literalOf(text);
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += longest) pieces.push(literalOf(text.slice(at, at + longest)));
  return `Seq(${pieces.join(", ")}).mkString`;
}

export const scala: Language = {
  title: "Scala",
  names: ["scala", "almond", "spark", "sparkkernel", "spylon-kernel", "apache_toree_scala"],
  // Older versions do not take letters beyond the first plane.
  identifier: /^(?!.*[\u{10000}-\u{10ffff}])(?!_+$)[\p{L}\p{Nl}_$][\p{L}\p{Nl}\p{Nd}_$]*$/u,
  reserved: words(`
    abstract case catch class def do else enum export extends false final finally for forSome given if implicit import lazy macro
    match new null object override package private protected return sealed super then this throw trait true try type val var
    while with yield Any BigInt Double Map None Seq`),
  comment: (text) => `// ${text}`,
  assign: (name, literal) => `val ${name} = ${literal}`,
  literal: literals({
    null: "None",
    true: "true",
    false: "false",
    nan: "Double.NaN",
    infinity: "Double.PositiveInfinity",
    minusInfinity: "Double.NegativeInfinity",
    integer(value) {
      if (fitsInt(value)) return String(value);
      return fitsLong(value) ? `${value}L` : `BigInt("${value}")`;
    },
    string,
    list: (items, values) => `Seq${hasLossyMix(values) ? "[Any]" : ""}(${items.join(", ")})`,
    map: (entries) => `Map(${entries.map(({ key, item }) => `${string(key)} -> ${item}`).join(", ")})`,
  }),
};
