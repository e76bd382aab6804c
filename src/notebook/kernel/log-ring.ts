/** The last bytes of a stream of any length. */
export class LogRing {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Copying down only at twice the limit makes each byte be copied once.
    if (this.#bytes > 2 * this.#limit) this.#shrink();
  }

  text(): string {
    this.#shrink();
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  #shrink(): void {
    if (this.#bytes <= this.#limit) return;
    const kept = Buffer.concat(this.#chunks).subarray(this.#bytes - this.#limit);
    this.#chunks = [Buffer.from(kept)];
    this.#bytes = kept.length;
  }
}
