/**
 * Masks a text that comes in pieces as if it came whole: a secret that lies across two pieces is found too.
 *
 * The mask is a black box, so text is held back until a place is found where cutting changes nothing:
 * 1. pieces are gathered until there are `window` characters;
 * 2. a cut must lie `reach` characters, the longest secret, before the end: one that begins before it also ends in the window;
 * 3. the cut is good if masking both sides apart gives the same as masking the whole; else it ran through a secret, and another is tried.
 */
export type Mask = (text: string) => string;

/** UTF-16 units. An OCI Vault secret has at most 25,600 bytes, which take six times as many characters in the longest escapes. */
const longestSecret = 160 * 1024;

/** The place at or before `at` that does not part the two units of a character: a mask may write UTF-8, which has no halves. */
export function characterStart(text: string, at: number): number {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1)) ? at - 1 : at;
}

export class MaskWindow {
  readonly #mask: Mask | undefined;
  readonly #reach: number;
  readonly #window: number;
  #pending = "";

  /** @param reach UTF-16 units of the longest secret, in its longest form */
  constructor(mask: Mask | undefined, reach = longestSecret) {
    this.#mask = mask;
    this.#reach = reach;
    this.#window = 4 * reach;
  }

  /** Takes a piece and returns what is masked for good, often "". */
  push(piece: string): string {
    if (this.#mask === undefined) return piece;
    this.#pending += piece;
    return this.#pending.length < this.#window ? "" : this.#take(this.#mask);
  }

  /** What is held back, with `rest` after it, masked; nothing changes. */
  peek(rest: string): string {
    return this.#mask === undefined ? rest : this.#mask(this.#pending + rest);
  }

  /** Returns what was held back, masked. */
  end(): string {
    const last = this.peek("");
    this.#pending = "";
    return last;
  }

  #take(mask: Mask): string {
    const pending = this.#pending;
    const whole = mask(pending);
    let cut = characterStart(pending, pending.length - this.#reach);
    if (whole === pending) return this.#cut(cut, pending.slice(0, cut));
    for (let attempt = 0; attempt < 8 && cut > 0; attempt++) {
      const head = mask(pending.slice(0, cut));
      if (whole === head + mask(pending.slice(cut))) return this.#cut(cut, head);
      cut = pending.lastIndexOf("\n", cut - 2) + 1;
    }
    // Secrets on every line, or one without end: hold more, but not for ever.
    if (pending.length < 4 * this.#window) return "";
    const end = characterStart(pending, pending.length);
    return this.#cut(end, mask(pending.slice(0, end)));
  }

  #cut(at: number, masked: string): string {
    this.#pending = this.#pending.slice(at);
    return masked;
  }
}
