/** The last text of a cell that has printed more than may be kept: the end of a long log tells most. */
export interface Said {
  readonly name: "stdout" | "stderr";
  text: string;
}

/** UTF-16 units. */
const most = 64 * 1024;

export class Tail {
  readonly #said: Said[] = [];
  #length = 0;
  #droppedBytes = 0;

  /** UTF-8 bytes that were pushed and are not kept. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** What is kept: whole lines, except where one line is longer than all that may be kept. */
  get said(): readonly Said[] {
    return this.#said;
  }

  push(name: "stdout" | "stderr", text: string): void {
    const last = this.#said.at(-1);
    if (last?.name === name) last.text += text;
    else this.#said.push({ name, text });
    this.#length += text.length;
    // Trimming at twice the size keeps the cost of a push that of its text.
    if (this.#length > 2 * most) this.trim();
  }

  /** Drops the oldest text until at most 64 Ki characters are left. */
  trim(): void {
    for (let first = this.#said[0]; first && this.#length > most; first = this.#said[0]) {
      const excess = this.#length - most;
      if (first.text.length > excess) {
        const line = first.text.indexOf("\n", excess - 1) + 1;
        this.#drop(first, line === 0 ? excess : line);
        return;
      }
      this.#drop(first, first.text.length);
      this.#said.shift();
    }
  }

  #drop(said: Said, length: number): void {
    this.#droppedBytes += Buffer.byteLength(said.text.slice(0, length));
    this.#length -= length;
    said.text = said.text.slice(length);
  }
}
