/**
 * The text of one stream output as JupyterLab builds it from chunks: `\r` goes back to the beginning of the line and what
 * follows overwrites, `\b` deletes, `\n` ends the line wherever the cursor stands (the model of @jupyterlab/outputarea;
 * its oddity included that a `\b` in the middle of a line also takes the character under the cursor).
 *
 * Nothing before the last line end can change any more, so only the last line is kept here and everything before it is
 * handed on: the cost is that of the chunks, however long the text grows and however often a progress bar is redrawn.
 */
import { characterStart } from "./mask-window.ts";

export class StreamText {
  #line = "";
  #cursor = 0;

  /** The line that later chunks may still change. */
  get line(): string {
    return this.#line;
  }

  /** Takes a chunk and returns what has become final by it: whole lines, or part of one beyond all measure, or "". */
  append(chunk: string): string {
    const settled = this.#append(chunk);
    return this.#line.length > longestLine ? settled + this.#shorten() : settled;
  }

  #append(chunk: string): string {
    if (!cursorMoves.test(chunk)) return this.#appendPlain(chunk);
    let settled = "";
    let from = 0;
    for (const { index, 0: mark } of chunk.matchAll(marks)) {
      this.#write(chunk.slice(from, index));
      from = index + 1;
      if (mark === "\r") this.#cursor = 0;
      else if (mark === "\b") this.#erase();
      else settled += this.endLine();
    }
    this.#write(chunk.slice(from));
    return settled;
  }

  /** Ends the line, and returns it with its line end. */
  endLine(): string {
    const line = `${this.#line}\n`;
    this.#line = "";
    this.#cursor = 0;
    return line;
  }

  /** No special character but line ends in it: everything up to the last one is final. */
  #appendPlain(chunk: string): string {
    if (this.#cursor < this.#line.length) {
      const end = chunk.indexOf("\n");
      this.#write(end < 0 ? chunk : chunk.slice(0, end));
      return end < 0 ? "" : this.endLine() + this.#appendPlain(chunk.slice(end + 1));
    }
    const end = chunk.lastIndexOf("\n") + 1;
    const settled = end === 0 ? "" : this.#line + chunk.slice(0, end);
    this.#line = end === 0 ? this.#line + chunk : chunk.slice(end);
    this.#cursor = this.#line.length;
    return settled;
  }

  /** A line that is longer than memory should hold is final but for its second half: a later `\r` goes back to there only. */
  #shorten(): string {
    const half = characterStart(this.#line, longestLine / 2);
    if (this.#cursor < half) return "";
    const settled = this.#line.slice(0, half);
    this.#line = this.#line.slice(half);
    this.#cursor -= half;
    return settled;
  }

  #write(text: string): void {
    const end = this.#cursor + text.length;
    if (this.#cursor === this.#line.length) this.#line += text;
    else this.#line = this.#line.slice(0, this.#cursor) + text + this.#line.slice(end);
    this.#cursor = end;
  }

  #erase(): void {
    if (this.#cursor === 0) return;
    this.#line = this.#line.slice(0, this.#cursor - 1) + this.#line.slice(this.#cursor + 1);
    this.#cursor--;
  }
}

/** UTF-16 units. */
const longestLine = 1024 * 1024;
const cursorMoves = /[\x08\r]/;
const marks = /[\x08\r\n]/g;
