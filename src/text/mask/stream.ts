import type { Automaton } from "./automaton.ts";

/** What stands for a secret. */
export const maskText = "***";
const stars = Buffer.from(maskText);

/** Masks one stream. Whatever the chunks, the bytes that come out are the same. */
export interface MaskStream {
  /** What is certain by now; the rest, at most a needle long, may be the beginning of a secret and waits. */
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** The rest. */
  end(): readonly Uint8Array[];
}

/** Lets everything through, at no cost. */
export const openStream: MaskStream = { push: (chunk) => [chunk], end: () => [] };

/** Bytes that belong to a secret: [from, to). */
interface Range {
  from: number;
  to: number;
}

/**
 * What was read and not let out is kept with the ranges found in it, apart from each other and in order.
 * 1. A needle that ends here takes in every range it overlaps.
 * 2. Nothing before `read - doubt(state)` can begin a needle that is still being read: that much is certain.
 * 3. What is certain leaves: bytes as they are, a whole range as one mask. Of a range that reaches beyond,
 *    what lies before is dropped, so that an endless row of secrets takes no memory.
 */
export class Masker implements MaskStream {
  readonly #automaton: Automaton;
  #state = 0;
  #held: Uint8Array = new Uint8Array();
  /** Positions count from the start of `#held`. */
  #ranges: Range[] = [];

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  push(chunk: Uint8Array): readonly Uint8Array[] {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#state = this.#automaton.run(this.#state, bytes, this.#held.length, this.#found);
    return this.#release(bytes, bytes.length - this.#automaton.doubt(this.#state));
  }

  end(): readonly Uint8Array[] {
    this.#state = 0;
    return this.#release(this.#held, this.#held.length);
  }

  readonly #found = (start: number, end: number): void => {
    let from = start;
    for (let last = this.#ranges.at(-1); last !== undefined && last.to > start; last = this.#ranges.at(-1)) {
      from = Math.min(from, last.from);
      this.#ranges.pop();
    }
    this.#ranges.push({ from, to: end });
  };

  #release(bytes: Uint8Array, certain: number): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    let written = 0;
    const ranges = this.#ranges;
    const first = ranges.findIndex((range) => range.to > certain);
    for (const { from, to } of first < 0 ? ranges : ranges.slice(0, first)) {
      if (from > written) out.push(bytes.subarray(written, from));
      out.push(stars);
      written = to;
    }
    this.#ranges = first < 0 ? [] : ranges.slice(first);
    const until = Math.min(certain, this.#ranges[0]?.from ?? certain);
    if (until > written) out.push(bytes.subarray(written, until));
    this.#held = new Uint8Array(bytes.subarray(certain));
    for (const range of this.#ranges) {
      range.from = Math.max(0, range.from - certain);
      range.to -= certain;
    }
    return out;
  }
}
