/** Terminal escape sequences (ECMA-48) in a stream of bytes: where one ends, how to drop them, where not to cut. */

const escape = 0x1b;
const bell = 0x07;
const newline = 0x0a;
const carriageReturn = Uint8Array.of(0x0d);
const backslash = 0x5c;
/** No real sequence is longer; without a bound an unfinished one would swallow the rest of the output. */
const longest = 4096;

/**
 * Index after the sequence that begins with ESC at `start`; undefined where the bytes end before it does.
 * A malformed one ends before the byte that breaks it.
 */
export function sequenceEnd(bytes: Uint8Array, start: number): number | undefined {
  const kind = bytes[start + 1];
  if (kind === undefined) return undefined;
  if (kind === 0x5b /* [ */) return runEnd(bytes, start + 2, 0x3f);
  // ] P X ^ _ begin strings: a title, a hyperlink, a picture.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f)
    return stringEnd(bytes, start + 2);
  return runEnd(bytes, start + 1, 0x2f);
}

/** Parameter and intermediate bytes (0x20 to `last`), then one final byte. */
function runEnd(bytes: Uint8Array, from: number, last: number): number | undefined {
  const bound = Math.min(bytes.length, from + longest);
  for (let at = from; at < bound; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x20 && byte <= last) continue;
    return byte > last && byte <= 0x7e ? at + 1 : at;
  }
  return bound < bytes.length ? from : undefined;
}

function stringEnd(bytes: Uint8Array, from: number): number | undefined {
  const bound = Math.min(bytes.length, from + longest);
  for (let at = from; at < bound; at++) {
    const byte = bytes[at];
    if (byte === bell) return at + 1;
    if (byte === newline) return from;
    if (byte !== escape) continue;
    if (at + 1 >= bytes.length) return undefined;
    return bytes[at + 1] === backslash ? at + 2 : at;
  }
  return bound < bytes.length ? from : undefined;
}

/** Text without its escape sequences. */
export function stripAnsi(text: string): string {
  if (!text.includes("\u001b")) return text;
  const stripper = new AnsiStripper();
  return Buffer.concat([...stripper.push(Buffer.from(text)), ...stripper.end()]).toString();
}

/**
 * Drops escape sequences from a stream, however it is cut into chunks. An unfinished one at the end is dropped too.
 * A cursor that goes up and, with line ends, down again draws over what it wrote (tqdm's inner bars): that is a `\r`.
 */
export class AnsiStripper {
  #held: Uint8Array = new Uint8Array();
  /** Lines that the cursor has just gone up. */
  #up = 0;

  push(chunk: Uint8Array): readonly Uint8Array[] {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = new Uint8Array();
    const kept: Uint8Array[] = [];
    let from = 0;
    while (from < bytes.length) {
      if (bytes[from] === newline && this.#up > 0) {
        this.#up--;
        kept.push(carriageReturn);
        from++;
        continue;
      }
      const at = bytes.indexOf(escape, from);
      const text = bytes.subarray(from, at < 0 ? bytes.length : at);
      if (text.length > 0) {
        this.#up = 0;
        kept.push(text);
      }
      if (at < 0) break;
      const end = sequenceEnd(bytes, at);
      if (end === undefined) {
        this.#held = new Uint8Array(bytes.subarray(at));
        break;
      }
      this.#up += linesUp(bytes.subarray(at, end));
      from = end;
    }
    return kept;
  }

  end(): readonly Uint8Array[] {
    this.#held = new Uint8Array();
    return [];
  }
}

/** How far a sequence moves the cursor up: `ESC [ A`, `ESC [ 2 A`. */
function linesUp(sequence: Uint8Array): number {
  if (sequence[1] !== 0x5b || sequence.at(-1) !== 0x41) return 0;
  return Number(Buffer.from(sequence.subarray(2, -1)).toString("latin1") || 1) || 0;
}

/** The last place at or before `limit` that is inside no UTF-8 character and no escape sequence; never 0 where limit is not. */
export function safeCut(bytes: Uint8Array, limit: number): number {
  const cut = sequenceCut(bytes, characterCut(bytes, limit));
  return cut === 0 ? limit : cut;
}

/** Where the bytes before `limit` stop being whole characters and sequences: 0 where none is. */
export function wholeEnd(bytes: Uint8Array): number {
  return sequenceCut(bytes, characterCut(bytes, bytes.length));
}

function characterCut(bytes: Uint8Array, limit: number): number {
  for (let back = 1; back <= Math.min(3, limit); back++) {
    const byte = bytes[limit - back] ?? 0;
    if (byte < 0x80) return limit;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? limit - back : limit;
  }
  return limit;
}

function sequenceCut(bytes: Uint8Array, limit: number): number {
  let at = bytes.indexOf(escape, Math.max(0, limit - longest));
  while (at >= 0 && at < limit) {
    const end = sequenceEnd(bytes, at);
    if (end === undefined || end > limit) return at;
    at = bytes.indexOf(escape, Math.max(end, at + 1));
  }
  return limit;
}
