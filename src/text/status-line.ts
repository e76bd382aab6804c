import type { Sink } from "./sink.ts";

const erase = "\r\u001b[2K";

/** One line at the foot of a terminal that says what goes on now. It steps aside while anything else is written. */
export class StatusLine {
  readonly #sink: Sink;
  readonly #columns: () => number;
  #text: string | undefined;
  #shown = false;
  /** Something else stands in its place, which may not have ended its line. */
  #aside = false;

  constructor(sink: Sink, columns: () => number) {
    this.#sink = sink;
    this.#columns = columns;
  }

  /** Undefined takes the line away. */
  set(text: string | undefined): void {
    this.#erase();
    this.#text = text;
    this.#draw();
  }

  /** Steps aside, until `show`. */
  hide(): void {
    this.#aside = true;
    this.#erase();
  }

  show(): void {
    this.#aside = false;
    this.#draw();
  }

  #erase(): void {
    if (!this.#shown) return;
    this.#shown = false;
    void this.#sink.write(erase);
  }

  #draw(): void {
    if (this.#text === undefined || this.#shown || this.#aside) return;
    this.#shown = true;
    // One column stays free: a full line would wrap, and only its last row be erased.
    const text = this.#text.slice(0, Math.max(0, this.#columns() - 1));
    void this.#sink.write(`\u001b[2m${text}\u001b[0m`);
  }
}
