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
  /** What the last line has spent: nothing while more of it is expected. */
  #settled = 0;
  /** Once the budget is spent, everything is excess, even where clearing gave room back: text has no holes. */
  #full: boolean;
  /** There was no room even for its beginning. */
  readonly hidden: boolean;

  constructor(name: StreamName, sinks: StreamSinks, mask: Mask | undefined) {
    this.name = name;
    this.#sinks = sinks;
    this.#mask = new MaskWindow(mask);
    this.#full = sinks.budget.left < longestCharacter;
    this.hidden = this.#full;
    if (!this.hidden) sinks.pieces.add(openStream(name));
  }

  append(chunk: string): void {
    this.#unsettle();
    // Large strings are collected late; a kernel that floods sends them by the megabyte.
    for (let at = 0; at < chunk.length; at += slice) {
      const settled = this.#text.append(chunk.length <= slice ? chunk : chunk.slice(at, at + slice));
      if (settled !== "") this.#keep(this.#mask.push(settled));
    }
  }

  /** Lets go of what the mask held back; the last line can still be changed by what comes. */
  settle(): void {
    this.#unsettle();
    this.#keep(this.#mask.end());
    this.#settled = Buffer.byteLength(this.last.kept);
    this.#sinks.budget.spend(this.#settled);
  }

  #unsettle(): void {
    this.#sinks.budget.spend(-this.#settled);
    this.#settled = 0;
  }

  /** No chunk will come any more. */
  close(): void {
    this.#unsettle();
    const { line } = this.#text;
    this.#keep(line === "" ? this.#mask.end() : this.#mask.push(line) + this.#mask.end());
    if (!this.hidden) this.#sinks.pieces.add(this.#lines.close());
  }

  /** The last line as it is at this moment, which is not among the pieces yet. */
  get last(): { readonly kept: string; readonly excess: string } {
    const line = this.#mask.peek(this.#text.line);
    const kept = this.#full ? "" : prefix(line, this.#sinks.budget.left + this.#settled);
    return { kept, excess: line.slice(kept.length) };
  }

  /** What makes the output complete after its pieces: this text, and its end. */
  ending(text: string): string {
    if (this.hidden) return "";
    const lines = this.#lines.copy();
    return lines.add(text) + lines.close();
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

/** UTF-8 bytes. */
const longestCharacter = 4;

/** UTF-16 units that are worked on at a time. */
const slice = 64 * 1024;

/** The longest beginning of a text that has at most so many UTF-8 bytes and does not cut a character. */
function prefix(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.min(bytes, text.length * 3)));
  return text.slice(0, read);
}
