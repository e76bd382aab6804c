/** The last text of a cell that has printed more than may be kept: the end of a long log tells most. */
export interface Said {
  readonly name: "stdout" | "stderr";
  text: string;
}

export class Tail {
  readonly #said: Said[] = [];
  readonly #most: number;
  #bytes = 0;
  #droppedBytes = 0;

  /** @param most UTF-8 bytes that may be kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** UTF-8 bytes that were pushed and are not kept. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** What is kept: whole lines, except where one line is longer than all that may be kept. */
  get said(): readonly Said[] {
    return this.#said;
  }

  /** The same state, for a look ahead. */
  copy(): Tail {
    const copy = new Tail(this.#most);
    for (const { name, text } of this.#said) copy.#said.push({ name, text });
    copy.#bytes = this.#bytes;
    copy.#droppedBytes = this.#droppedBytes;
    return copy;
  }

  push(name: "stdout" | "stderr", text: string): void {
    const last = this.#said.at(-1);
    if (last?.name === name) last.text += text;
    else this.#said.push({ name, text });
    this.#bytes += Buffer.byteLength(text);
    // Trimming at twice the size keeps the cost of a push that of its text.
    if (this.#bytes > 2 * this.#most) this.trim();
  }

  /** Drops the oldest text until no more is left than may be kept. */
  trim(): void {
    for (let first = this.#said[0]; first && this.#bytes > this.#most; first = this.#said[0]) {
      const bytes = Buffer.from(first.text);
      const excess = this.#bytes - this.#most;
      const dropped = bytes.length > excess ? cutAt(bytes, excess) : bytes.length;
      this.#droppedBytes += dropped;
      this.#bytes -= dropped;
      if (dropped === bytes.length) this.#said.shift();
      else first.text = bytes.toString("utf8", dropped);
    }
  }
}

/** The first beginning of a line at or after `from`, or of a character where there is none but the end. */
function cutAt(bytes: Uint8Array, from: number): number {
  const line = bytes.indexOf(lineEnd, Math.max(0, from - 1)) + 1;
  if (line > 0 && line < bytes.length) return line;
  let at = from;
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}

const lineEnd = 0x0a;
