/**
 * Small decoders of literals, each from its language's own lexical rules and from nothing else of ours. They read a whole
 * literal as a row of tokens: texts, decoded, and everything else, which must be among what data needs.
 */
import assert from "node:assert/strict";

/** What a literal holds: its texts in order, and the rest of it with each text as `§`. */
export interface Decoded {
  readonly texts: readonly string[];
  readonly rest: string;
}

/** Reads one text at a place; undefined where none begins there. @throws where one begins that is not well-formed. */
export type ReadText = (source: string, at: number) => { readonly text: string; readonly end: number } | undefined;

export function decode(source: string, read: ReadText): Decoded {
  const texts: string[] = [];
  let rest = "";
  let at = 0;
  while (at < source.length) {
    const found = read(source, at);
    if (found === undefined) {
      rest += source[at];
      at += 1;
    } else {
      texts.push(found.text);
      rest += "§";
      at = found.end;
    }
  }
  return { texts, rest };
}

export interface EscapeRules {
  /** What may follow a backslash, and what it then means. */
  readonly short: Readonly<Record<string, string>>;
  /** Letter of an escape by number → how many hexadecimal digits it reads at most, and at least. */
  readonly long: Readonly<Record<string, { readonly most: number; readonly least: number }>>;
  /** Characters that may not stand unescaped. */
  readonly forbidden: RegExp;
  /** Whether a number from d800 to dfff is an error. */
  readonly noSurrogates?: boolean;
}

/** Texts between double quotes with backslash escapes. */
export function doubleQuoted({ short, long, forbidden, noSurrogates = false }: EscapeRules): ReadText {
  return (source, start) => {
    if (source[start] !== '"') return undefined;
    let text = "";
    let at = start + 1;
    for (;;) {
      const character = source[at];
      assert.ok(character !== undefined, "the text does not end");
      if (character === '"') return { text, end: at + 1 };
      if (character !== "\\") {
        assert.doesNotMatch(character, forbidden);
        text += character;
        at += 1;
        continue;
      }
      const letter = source[at + 1] ?? "";
      const meaning = short[letter];
      if (meaning !== undefined) {
        text += meaning;
        at += 2;
        continue;
      }
      const width = long[letter];
      assert.ok(width !== undefined, `\\${letter} is no escape`);
      let digits = "";
      while (digits.length < width.most && /[\da-fA-F]/.test(source[at + 2 + digits.length] ?? "")) {
        digits += source[at + 2 + digits.length];
      }
      assert.ok(digits.length >= width.least);
      const point = Number.parseInt(digits, 16);
      assert.ok(!noSurrogates || point < 0xd800 || point > 0xdfff);
      text += String.fromCodePoint(point);
      at += 2 + digits.length;
    }
  };
}

const common = { n: "\n", r: "\r", t: "\t", "\\": "\\", '"': '"', "'": "'" };
const newline = /[\n\r]/;
const exactly = (digits: number) => ({ most: digits, least: digits });

/** R, "Quotes" in its help: no NUL, \x and \u not in one text. */
export const rText = doubleQuoted({
  short: { ...common, a: "\x07", b: "\b", f: "\f", v: "\v", "`": "`", " ": " " },
  long: { u: { most: 4, least: 1 }, U: { most: 8, least: 1 } },
  forbidden: /\0/,
  noSurrogates: true,
});

/** Julia, "Strings" in its manual: $ begins code. */
export const juliaText = doubleQuoted({
  short: { ...common, a: "\x07", b: "\b", e: "\x1b", f: "\f", v: "\v", $: "$" },
  long: { u: { most: 4, least: 1 }, U: { most: 8, least: 1 } },
  forbidden: /[$]/,
});

/** Scala 2.13.2 and later. */
export const scalaText = doubleQuoted({
  short: { ...common, b: "\b", f: "\f" },
  long: { u: exactly(4) },
  forbidden: newline,
});

/** C#, 6.4.5.6 of its specification: five kinds of line end may not stand in a text. */
export const csharpText = doubleQuoted({
  short: { ...common, "0": "\0", a: "\x07", b: "\b", f: "\f", v: "\v" },
  long: { u: exactly(4), U: exactly(8) },
  forbidden: /[\n\r\u0085\u2028\u2029]/,
});

/** F#, 3.5 of its specification: a backslash and three digits is a character, which the missing short forms forbid here. */
export const fsharpText = doubleQuoted({
  short: { ...common, a: "\x07", b: "\b", f: "\f", v: "\v" },
  long: { u: exactly(4), U: exactly(8) },
  forbidden: newline,
});

/** PowerShell: four characters are single quotes, and two in a row are one; `[char]` makes a character of a number. */
export const powershellText: ReadText = (source, start) => {
  const quote = /['\u2018\u2019\u201a\u201b]/;
  const single: ReadText = (_, from) => {
    if (!quote.test(source[from] ?? "")) return undefined;
    let text = "";
    let at = from + 1;
    for (;;) {
      assert.ok(at < source.length, "the text does not end");
      if (!quote.test(source[at] ?? "")) text += source[at++];
      else if (quote.test(source[at + 1] ?? "")) {
        text += source[at];
        at += 2;
      } else return { text, end: at + 1 };
    }
  };
  return joined(source, start, {
    single,
    unit: /\[char\]0x([\da-f]{4})/y,
    base: 16,
    joiner: " + ",
    open: "(",
    close: ")",
  });
};

/** MATLAB: nothing but the quote means anything, two in a row are one; `char` makes a character of a number. */
export const matlabText: ReadText = (source, start) => {
  const within =
    (quote: string): ReadText =>
    (_, from) => {
      const found = new RegExp(`${quote}((?:${quote}${quote}|[^${quote}\\n\\r])*)${quote}`, "y");
      found.lastIndex = from;
      const match = found.exec(source);
      return match === null
        ? undefined
        : { text: (match[1] ?? "").replaceAll(quote + quote, quote), end: found.lastIndex };
    };
  const unit = /char\((\d+)\)/y;
  return (
    joined(source, start, { single: within('"'), unit, base: 10, joiner: " + ", open: "(", close: ")" }) ??
    joined(source, start, { single: within("'"), unit, base: 10, joiner: " ", open: "[", close: "]" })
  );
};

interface Joining {
  readonly single: ReadText;
  readonly unit: RegExp;
  readonly base: number;
  readonly joiner: string;
  readonly open: string;
  readonly close: string;
}

/** One quoted text, or several and characters by number, joined in brackets, the first of them a quoted text. */
function joined(
  source: string,
  start: number,
  { single, unit, base, joiner, open, close }: Joining,
): ReturnType<ReadText> {
  const alone = single(source, start);
  if (alone !== undefined) return alone;
  if (source[start] !== open) return undefined;
  const first = single(source, start + 1);
  if (first === undefined || !source.startsWith(joiner, first.end)) return undefined;
  let { text, end } = first;
  while (source.startsWith(joiner, end)) {
    const from = end + joiner.length;
    unit.lastIndex = from;
    const match = unit.exec(source);
    const next =
      match === null
        ? single(source, from)
        : { text: String.fromCharCode(Number.parseInt(match[1] ?? "", base)), end: unit.lastIndex };
    assert.ok(next !== undefined, `nothing follows the ${joiner}`);
    text += next.text;
    end = next.end;
  }
  return source[end] === close ? { text, end: end + 1 } : undefined;
}
