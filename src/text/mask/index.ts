import { Automaton } from "./automaton.ts";
import { formsOf, partsOf } from "./forms.ts";
import { Masker, openStream, type MaskStream } from "./stream.ts";

export type { MaskStream } from "./stream.ts";

/** A value that must not be seen, and the name to speak of it by. */
export interface Secret {
  readonly name: string;
  readonly value: string | Uint8Array;
}

export interface Mask {
  /** Names of secrets too short to mask: what is so short is found in innocent words. */
  readonly tooShort: readonly string[];
  /** A whole text, its secrets replaced by `***`. */
  text(text: string): string;
  /** A new stream; one for each of the work's outputs. */
  stream(): MaskStream;
}

export interface MaskOptions {
  /** Shortest value, and shortest of its forms, that is looked for, in bytes; default 8. */
  readonly minLength?: number;
}

/** Masks nothing. */
export const openMask: Mask = { tooShort: [], text: (text) => text, stream: () => openStream };

/**
 * Finds secrets in output: as they are, base64 at any shift, URL-, JSON-, HTML-escaped, as Python's repr, one line of
 * several, one string of a JSON document. Overlapping finds become one `***`.
 */
export function createMask(secrets: Iterable<Secret>, { minLength = 8 }: MaskOptions = {}): Mask {
  const tooShort = new Set<string>();
  const needles = new Map<string, Uint8Array>();
  for (const { name, value } of secrets) {
    const parts = typeof value === "string" ? partsOf(value) : partsOfBytes(value);
    if (parts.every((part) => Buffer.byteLength(part) < minLength) && value.length > 0) tooShort.add(name);
    for (const part of parts) {
      if (Buffer.byteLength(part) < minLength) continue;
      for (const form of formsOf(part))
        if (form.length >= minLength) needles.set(Buffer.from(form).toString("latin1"), form);
    }
  }
  if (needles.size === 0) return { ...openMask, tooShort: [...tooShort] };
  const automaton = new Automaton([...needles.values()]);
  return {
    tooShort: [...tooShort],
    text(text) {
      const bytes = Buffer.from(text);
      const masker = new Masker(automaton);
      const pieces = [...masker.push(bytes), ...masker.end()];
      // Nothing found: every byte came out as it went in, and the text itself may hold what UTF-8 cannot.
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const same = length === bytes.length && pieces.every((piece) => piece.buffer === bytes.buffer);
      return same ? text : Buffer.concat(pieces).toString();
    },
    stream: () => new Masker(automaton),
  };
}

/** Bytes that are text are looked for as text too. */
function partsOfBytes(value: Uint8Array): readonly (string | Uint8Array)[] {
  const text = Buffer.from(value).toString("utf8");
  return Buffer.from(text).equals(Buffer.from(value)) ? partsOf(text) : [value];
}
