/** A stream output that is being printed: folded, masked, bounded, encoded, in this order, and on its way to the file. */
import type { Budget } from "./budget.ts";
import { LineList, openStream } from "./encode.ts";
import { MaskWindow, type Mask } from "./mask-window.ts";
import type { Pieces } from "./pieces.ts";
import { StreamText } from "./stream-text.ts";

export type StreamName = "stdout" | "stderr";

export interface StreamSinks {
  readonly pieces: Pieces;
  readonly budget: Budget;
  /** Takes what the budget has no room for. */
  readonly excess: (name: StreamName, text: string) => void;
}

export class StreamOutput {
  readonly name: StreamName;
  readonly #sinks: StreamSinks;
  readonly #text = new StreamText();
  readonly #mask: MaskWindow;
  readonly #lines = new LineList();
  /** Once the budget is spent, everything is excess, even where clearing gave room back: text has no holes. */
  #full: boolean;
  readonly #hidden: boolean;

  constructor(name: StreamName, sinks: StreamSinks, mask: Mask | undefined) {
    this.name = name;
    this.#sinks = sinks;
    this.#mask = new MaskWindow(mask);
    this.#full = sinks.budget.left === 0;
    this.#hidden = this.#full;
    if (!this.#hidden) sinks.pieces.add(openStream(name));
  }

  append(chunk: string): void {
    // Large strings are collected late; a kernel that floods sends them by the megabyte.
    for (let at = 0; at < chunk.length; at += slice) {
      const settled = this.#text.append(chunk.length <= slice ? chunk : chunk.slice(at, at + slice));
      if (settled !== "") this.#keep(this.#mask.push(settled));
    }
  }

  /** Lets go of what the mask held back; the last line can still be changed by what comes. */
  settle(): void {
    this.#keep(this.#mask.end());
  }

  /** No chunk will come any more. */
  close(): void {
    const { line } = this.#text;
    this.#keep(line === "" ? this.#mask.end() : this.#mask.push(line) + this.#mask.end());
    if (!this.#hidden) this.#sinks.pieces.add(this.#lines.close());
  }

  /** What is missing after the pieces at this moment to make the output complete. */
  ending(): string {
    if (this.#hidden) return "";
    const lines = this.#lines.copy();
    const rest = this.#full ? "" : prefix(this.#mask.peek(this.#text.line), this.#sinks.budget.left);
    return lines.add(rest) + lines.close();
  }

  #keep(text: string): void {
    if (text === "") return;
    const kept = this.#full ? "" : prefix(text, this.#sinks.budget.left);
    if (kept !== "") {
      this.#sinks.budget.spend(Buffer.byteLength(kept));
      this.#sinks.pieces.add(this.#lines.add(kept));
    }
    if (kept.length === text.length) return;
    this.#full = true;
    this.#sinks.excess(this.name, text.slice(kept.length));
  }
}

/** UTF-16 units that are worked on at a time. */
const slice = 64 * 1024;

/** The longest beginning of a text that has at most so many UTF-8 bytes and does not cut a character. */
function prefix(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.min(bytes, text.length * 3)));
  return text.slice(0, read);
}
