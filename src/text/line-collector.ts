/** Finds the lines of a stream that begin with a marker, at next to no cost for all the others. */
export class LineCollector {
  readonly #marker: Buffer;
  readonly #longest: number;
  readonly #take: (rest: string) => void;
  /** The line under way, as long as it may still begin with the marker. */
  #line: Uint8Array[] = [];
  #bytes = 0;
  /** The line under way cannot be one, or is too long. */
  #skipping = false;

  /** @param take is given what stands after the marker */
  constructor(marker: string, longest: number, take: (rest: string) => void) {
    this.#marker = Buffer.from(marker);
    this.#longest = longest;
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const newline = chunk.indexOf(0x0a, at);
      const end = newline < 0 ? chunk.length : newline;
      if (!this.#skipping) this.#add(chunk.subarray(at, end));
      if (newline < 0) return;
      this.end();
      at = newline + 1;
      // Most chunks hold no marker at all: only the line that their end leaves open matters.
      const from = Buffer.from(chunk.buffer, chunk.byteOffset + at, chunk.length - at);
      if (!from.includes(this.#marker)) at = from.lastIndexOf(0x0a) + 1 + at;
    }
  }

  /** The stream, or its line, ends here. */
  end(): void {
    const line = this.#skipping ? undefined : Buffer.concat(this.#line);
    this.#line = [];
    this.#bytes = 0;
    this.#skipping = false;
    if (line === undefined || line.length < this.#marker.length) return;
    if (line.subarray(0, this.#marker.length).equals(this.#marker))
      this.#take(line.subarray(this.#marker.length).toString("utf8").trimEnd());
  }

  #add(piece: Uint8Array): void {
    const known = Math.min(this.#marker.length - this.#bytes, piece.length);
    const fits = known <= 0 || this.#marker.subarray(this.#bytes, this.#bytes + known).equals(piece.subarray(0, known));
    if (!fits || this.#bytes + piece.length > this.#longest) {
      this.#skipping = true;
      this.#line = [];
      return;
    }
    // A view would keep the chunk's memory, which its owner may use again.
    this.#line.push(Uint8Array.from(piece));
    this.#bytes += piece.length;
  }
}
