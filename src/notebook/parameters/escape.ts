/**
 * What no literal of ours holds as it is: control and format characters (a bidirectional override makes code read as what it
 * is not), separators other than the space, unassigned code points, halves of surrogate pairs.
 */
const hidden = String.raw`[^\p{L}\p{M}\p{N}\p{P}\p{S} ]`;

/** Matches the characters to escape: the hidden ones, and those that the language's literal gives a meaning. */
export function risky(special: string): RegExp {
  return new RegExp(`${hidden}|[${special.replaceAll(/[\\\]^-]/g, String.raw`\$&`)}]`, "gu");
}

/** The text with each risky character by its short form, else by its code point (or half of a pair). */
export function escapeText(
  text: string,
  characters: RegExp,
  short: Readonly<Record<string, string>>,
  long: (codePoint: number) => string,
): string {
  return text.replaceAll(characters, (character) => short[character] ?? long(character.codePointAt(0) ?? 0));
}

/** Hexadecimal of at least `width` digits. */
export function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}

/** `\uXXXX`, and `\UXXXXXXXX` beyond the first plane, which several languages share. */
export function unicodeEscape(codePoint: number): string {
  return codePoint > 0xff_ff ? `\\U${hex(codePoint, 8)}` : `\\u${hex(codePoint, 4)}`;
}

/** `\uXXXX` once or, beyond the first plane, twice: a surrogate pair. */
export function utf16Escape(codePoint: number): string {
  const units = String.fromCodePoint(codePoint).split("");
  return units.map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join("");
}
