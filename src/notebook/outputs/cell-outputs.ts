/**
 * The outputs of one cell, in the order in which the kernel sent them, as JupyterLab would keep them:
 * consecutive streams of one name are one output, displays with an id can be changed later, from any cell.
 * They are kept encoded. What can still change is at hand; the rest goes to the spool.
 */
import type { Metadata, MimeBundle, Output } from "../nbformat/types.ts";
import { outputSeparator } from "../nbformat/write.ts";
import { Budget } from "./budget.ts";
import { encodeOutput, LineList, openStream } from "./encode.ts";
import { maskDisplay } from "./mask-json.ts";
import type { Mask } from "./mask-window.ts";
import { Pieces, type Piece } from "./pieces.ts";
import type { Spool } from "./spool.ts";
import { StreamOutput, type StreamName } from "./stream-output.ts";
import { Tail } from "./tail.ts";

/** An output other than a stream. */
export type RichOutput = Exclude<Output, { output_type: "stream" }>;
export type DisplayOutput = Extract<RichOutput, { data: MimeBundle }>;

/** A display that later messages can change. */
export interface DisplaySlot {
  readonly cell: CellOutputs;
  readonly id: string;
  /** Its type and count; its data is only in `pieces`. */
  readonly output: DisplayOutput;
  readonly pieces: Pieces;
  bytes: number;
}

/** What all cells of a notebook have in common. */
export interface Surroundings {
  readonly spool: Spool;
  /** Bytes that a cell's outputs may have. */
  readonly cellLimit: number;
  readonly notebookBudget: Budget;
  /** What the last words of cells that print too much may have, all of them together. */
  readonly tailBudget: Budget;
  readonly mask: Mask | undefined;
  readonly displays: Map<string, Set<DisplaySlot>>;
}

/** What did not fit. */
export interface Cut {
  readonly bytes: number;
  /** Displays, results and pictures among it. */
  readonly outputs: number;
}

export class CellOutputs {
  readonly #around: Surroundings;
  readonly #budget: Budget;
  /** What streams may have of it: the rest is for their tail. */
  readonly #streamBudget: Budget;
  readonly #tailBudget: Budget;
  readonly #items: (Pieces | DisplaySlot)[] = [];
  #stream: StreamOutput | undefined;
  #clearNext = false;
  /** Undefined while everything fits. */
  #tail: Tail | undefined;
  #droppedOutputs = 0;
  #droppedBytes = 0;

  constructor(around: Surroundings) {
    this.#around = around;
    const tail = Math.min(longestTail, Math.floor(around.cellLimit / 4));
    this.#budget = new Budget(around.cellLimit, around.notebookBudget);
    this.#streamBudget = new Budget(around.cellLimit - tail, this.#budget);
    this.#tailBudget = new Budget(tail, around.tailBudget);
  }

  /** Undefined while everything fitted. */
  get cut(): Cut | undefined {
    return this.#cut(this.#lastWords(this.#stream?.last.excess));
  }

  stream(name: StreamName, text: string): void {
    this.#clearIfDue();
    if (this.#stream?.name !== name) {
      this.#closeStream();
      const excess = (from: StreamName, rest: string): void => this.#openTail().push(from, rest);
      this.#stream = new StreamOutput(
        name,
        { pieces: this.#last(), budget: this.#streamBudget, excess },
        this.#around.mask,
      );
    }
    this.#stream.append(text);
  }

  /** @param displayId makes it one that {@link update} changes */
  add(output: RichOutput, displayId?: string): void {
    this.#clearIfDue();
    this.#closeStream();
    const masked = this.#masked(output);
    let encoded = encodeOutput(masked);
    let bytes = Buffer.byteLength(encoded);
    if (bytes > this.#budget.left) {
      this.#droppedBytes += bytes;
      // An error is what people look for: kept whatever else there is, if need be in part.
      if (masked.output_type !== "error") {
        this.#droppedOutputs++;
        return;
      }
      encoded = encodeOutput(shortened(masked));
      bytes = Buffer.byteLength(encoded);
      this.#droppedBytes -= bytes;
    }
    this.#budget.spend(bytes);
    if (displayId === undefined || masked.output_type === "error") this.#last().add(encoded);
    else this.#addDisplay(masked, displayId, encoded, bytes);
  }

  /** Gives a display new data. */
  update(slot: DisplaySlot, data: MimeBundle, metadata: Metadata): void {
    const { mask } = this.#around;
    const output = { ...slot.output, ...(mask ? maskDisplay({ data, metadata }, mask) : { data, metadata }) };
    let encoded = encodeOutput(output);
    if (Buffer.byteLength(encoded) - slot.bytes > this.#budget.left) {
      this.#droppedOutputs++;
      this.#droppedBytes += Buffer.byteLength(encoded);
      encoded = encodeOutput({ ...output, data: { "text/plain": "[nbjob] cut: maxOutput was reached" } });
    }
    const bytes = Buffer.byteLength(encoded);
    this.#budget.spend(bytes - slot.bytes);
    slot.bytes = bytes;
    slot.pieces.clear();
    slot.pieces.add(encoded);
    slot.pieces.settle();
  }

  /** @param wait not before the next output is there, so that nothing flickers */
  clear(wait: boolean): void {
    this.#clearNext = wait;
    if (wait) {
      this.#closeStream();
      return;
    }
    this.#stream = undefined;
    for (const item of this.#items.splice(0).toReversed()) {
      if (item instanceof Pieces) item.clear();
      else this.#forget(item);
    }
    this.#tail = undefined;
    this.#droppedBytes = this.#droppedOutputs = 0;
    for (const budget of [this.#streamBudget, this.#budget, this.#tailBudget]) budget.clear();
  }

  /** The cell has ended; something may still come, but is not expected. */
  settle(): void {
    this.#stream?.settle();
    if (this.#stream && this.#stream.last.excess !== "") this.#openTail();
    for (const item of this.#items) (item instanceof Pieces ? item : item.pieces).settle();
  }

  /** The elements of the cell's `outputs` list as they are at this moment, without the brackets. */
  pieces(): Piece[] {
    const pieces = this.#items.flatMap((item) => (item instanceof Pieces ? item : item.pieces).list());
    const rest = this.#rest();
    if (rest !== "") pieces.push(Buffer.from(rest));
    return withoutSeparator(pieces);
  }

  #masked<T extends RichOutput>(output: T): T;
  #masked(output: RichOutput): RichOutput {
    const { mask } = this.#around;
    if (mask === undefined) return output;
    if (output.output_type !== "error") return { ...output, ...maskDisplay(output, mask) };
    return {
      ...output,
      evalue: mask(output.evalue),
      traceback: output.traceback.map(mask),
    };
  }

  #addDisplay(output: DisplayOutput, id: string, encoded: string, bytes: number): void {
    const empty = { ...output, data: {}, metadata: {} };
    const slot: DisplaySlot = { cell: this, id, output: empty, pieces: new Pieces(this.#around.spool), bytes };
    slot.pieces.add(encoded);
    slot.pieces.settle();
    this.#items.push(slot);
    const { displays } = this.#around;
    const slots = displays.get(id);
    if (slots) slots.add(slot);
    else displays.set(id, new Set([slot]));
  }

  #forget(slot: DisplaySlot): void {
    slot.pieces.clear();
    const slots = this.#around.displays.get(slot.id);
    slots?.delete(slot);
    if (slots?.size === 0) this.#around.displays.delete(slot.id);
  }

  #clearIfDue(): void {
    if (this.#clearNext) this.clear(false);
  }

  #closeStream(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  /** Where the next output goes. */
  #last(): Pieces {
    const last = this.#items.at(-1);
    if (last instanceof Pieces) return last;
    const pieces = new Pieces(this.#around.spool);
    this.#items.push(pieces);
    return pieces;
  }

  #openTail(): Tail {
    if (this.#tail) return this.#tail;
    const most = this.#budget.reserve(this.#tailBudget.left);
    this.#tailBudget.spend(most);
    return (this.#tail = new Tail(most));
  }

  /** The tail as it is at this moment, the open stream's last line included. */
  #lastWords(excess = ""): Tail | undefined {
    if (!this.#stream || excess === "") return this.#tail;
    const tail = this.#tail?.copy() ?? new Tail(this.#tailBudget.left);
    tail.push(this.#stream.name, excess);
    return tail;
  }

  #cut(tail: Tail | undefined): Cut | undefined {
    tail?.trim();
    const bytes = (tail?.droppedBytes ?? 0) + this.#droppedBytes;
    return bytes === 0 && this.#droppedOutputs === 0 ? undefined : { bytes, outputs: this.#droppedOutputs };
  }

  /** What comes after the pieces: the end of the open stream, the mark that something is missing, and the last of that. */
  #rest(): string {
    const last = this.#stream?.last;
    const tail = this.#lastWords(last?.excess);
    const cut = this.#cut(tail);
    const said = [...(tail?.said ?? [])];
    let streamed = last?.kept ?? "";
    // Where only the tail's room was needed, nothing is missing, and the stream goes on.
    if (cut === undefined && this.#stream?.hidden === false && said[0]?.name === this.#stream.name)
      streamed += said.shift()?.text ?? "";
    return said.reduce(
      (all, { name, text }) => all + encodeStream(name, text),
      (this.#stream?.ending(streamed) ?? "") + (cut === undefined ? "" : encodeStream("stderr", sentence(cut))),
    );
  }
}

/** Bytes of the last words that are kept of a cell that prints too much. */
const longestTail = 64 * 1024;

type ErrorOutput = Extract<RichOutput, { output_type: "error" }>;

function shortened({ evalue, traceback, ...error }: ErrorOutput): ErrorOutput {
  const longest = 16 * 1024;
  return {
    ...error,
    evalue: evalue.slice(0, longest),
    traceback: traceback.slice(-20).map((line) => line.slice(0, longest)),
  };
}

function encodeStream(name: StreamName, text: string): string {
  const lines = new LineList();
  return openStream(name) + lines.add(text) + lines.close();
}

function sentence({ bytes, outputs }: Cut): string {
  const displays = outputs === 0 ? "" : `, ${outputs} of its displays among it`;
  return `[nbjob] ${bytes} bytes of this cell's output were cut here${displays}: maxOutput was reached.\n`;
}

/** Every output begins with what parts it from the one before; the first has none before. */
function withoutSeparator([first, ...others]: readonly Piece[]): Piece[] {
  if (first === undefined) return [];
  const skip = outputSeparator.length;
  const piece =
    first instanceof Uint8Array ? first.subarray(skip) : { offset: first.offset + skip, length: first.length - skip };
  return [piece, ...others];
}
