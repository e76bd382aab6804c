/**
 * The notebook as executed so far, on disk, whole and valid at every moment: each save writes a new file beside the old one
 * and renames it over that, so that a reader, or a `kill -9`, finds the one or the other.
 *
 * Why this does not cost the square of what is saved:
 * - nothing is serialised twice. Outputs are encoded once, when they come, and lie in the spool; what surrounds a cell's outputs is
 *   encoded when the cell begins and ends. A save copies bytes;
 * - copying is a fixed share of the time. After a save the next one waits until 20 times as long as it took has passed, and a second
 *   for each 10 MB; so all saves together cost at most a twentieth of the run, and the disk 10 MB/s, however the notebook grows.
 */
import { NbjobError } from "../../text/errors.ts";
import { saveNotebook } from "../nbformat/save.ts";
import { cellHead, cellSeparator, cellTail, cellText, notebookHead, notebookTail } from "../nbformat/write.ts";
import type { Cell, CodeCell, Metadata, Notebook } from "../nbformat/types.ts";
import { injectedTag, tagsOf } from "./select.ts";
import type { Piece } from "../outputs/pieces.ts";
import type { Spool } from "../outputs/spool.ts";

export interface NotebookFileOptions {
  readonly path: string;
  readonly notebook: Notebook;
  readonly spool: Spool;
  /** The encoded outputs of a code cell at this moment. */
  readonly outputs: (cell: CodeCell) => readonly Piece[];
  /** The notebook's metadata at this moment. */
  readonly metadata: () => Metadata;
  readonly mask: ((text: string) => string) | undefined;
  /** Milliseconds between two saves, at least. */
  readonly interval: number;
  /** A save on the way failed; it is tried again. */
  readonly onFailure: (error: unknown) => void;
}

const costShare = 20;
const bytesPerSecond = 10_000_000;
const longestInterval = 60_000;
const copySize = 1024 * 1024;

export class NotebookFile {
  readonly #options: NotebookFileOptions;
  readonly #frames = new WeakMap<Cell, Frame>();
  #dirty = true;
  #closed = false;
  #due = 0;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: NotebookFileOptions) {
    this.#options = options;
  }

  /**
   * Writes the file for the first time.
   * @throws {NbjobError} `environment` where it cannot be written
   */
  async begin(): Promise<void> {
    try {
      await this.#save(false);
    } catch (error) {
      throw this.#failure("environment", error);
    }
  }

  /** Something of the notebook has changed: it is saved as soon as that is due. */
  touch(): void {
    this.#dirty = true;
    this.#timer ??= setTimeout(
      () => {
        this.#saving = this.#save(false).then(
          () => this.#again(),
          (error: unknown) => {
            if (!this.#closed) this.#options.onFailure(error);
            this.#due = performance.now() + longestInterval;
            this.#again();
          },
        );
      },
      Math.max(0, this.#due - performance.now()),
    );
  }

  /** More than outputs has changed of a cell. */
  touchCell(cell: Cell): void {
    this.#frames.delete(cell);
    this.touch();
  }

  /**
   * The last save, safe on the disk itself.
   * @throws {NbjobError} `publish-incomplete`
   */
  async finish(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saving;
    clearTimeout(this.#timer);
    try {
      await this.#save(true);
    } catch (error) {
      throw this.#failure("publish-incomplete", error);
    }
  }

  /** Saves no more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #again(): void {
    this.#timer = undefined;
    if (this.#dirty && !this.#closed) this.touch();
  }

  #failure(reason: "environment" | "publish-incomplete", cause: unknown): NbjobError {
    const { path } = this.#options;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new NbjobError(reason, `The executed notebook cannot be written to ${path}: ${why}`, {
      location: path,
      cause,
      remedy: "Check that the folder may be written and that the disk has room.",
    });
  }

  async #save(sync: boolean): Promise<void> {
    const { path, spool, interval } = this.#options;
    const started = performance.now();
    let bytes = 0;
    this.#dirty = false;
    try {
      await spool.reading(() =>
        saveNotebook(
          path,
          this.#chunks((length) => (bytes += length)),
          { sync },
        ),
      );
    } catch (error) {
      this.#dirty = true;
      throw error;
    }
    const cost = (performance.now() - started) * costShare;
    const pause = Math.max(cost, Math.min((bytes / bytesPerSecond) * 1000, longestInterval));
    this.#due = performance.now() + Math.max(interval, pause);
  }

  async *#chunks(count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    const copy = Buffer.allocUnsafe(copySize);
    for (const piece of this.#pieces()) {
      count(piece.length);
      if (piece instanceof Uint8Array) yield piece;
      else yield* this.#options.spool.read(piece, copy);
    }
  }

  /** The whole file. Outputs are taken as they are now, whatever comes while it is written. */
  #pieces(): Piece[] {
    const { notebook, outputs, metadata } = this.#options;
    const { cells } = notebook;
    const pieces: Piece[] = [Buffer.from(notebookHead(cells.length > 0))];
    for (const [index, cell] of cells.entries()) {
      if (index > 0) pieces.push(separator);
      const list = cell.cell_type === "code" ? outputs(cell) : [];
      const { before, after } = this.#frame(cell, list.length > 0);
      pieces.push(before, ...list, after);
    }
    pieces.push(Buffer.from(notebookTail({ ...notebook, metadata: metadata() })));
    return pieces;
  }

  #frame(cell: Cell, anyOutputs: boolean): Frame {
    const known = this.#frames.get(cell);
    if (known?.anyOutputs === anyOutputs) return known;
    const [before, after] = cell.cell_type === "code" ? this.#codeFrame(cell, anyOutputs) : [cellText(cell), ""];
    const frame = { anyOutputs, before: Buffer.from(before), after: Buffer.from(after) };
    this.#frames.set(cell, frame);
    return frame;
  }

  /** A parameter's value may be a secret; of what people wrote themselves not a letter is changed. */
  #codeFrame(cell: CodeCell, anyOutputs: boolean): [before: string, after: string] {
    const { mask } = this.#options;
    const shown = mask && tagsOf(cell).includes(injectedTag) ? { ...cell, source: mask(cell.source) } : cell;
    return [cellHead(shown, anyOutputs), cellTail(shown, anyOutputs)];
  }
}

const separator = Buffer.from(cellSeparator);

/** A cell's bytes before and after its outputs; all of them before where it can have none. */
interface Frame {
  readonly anyOutputs: boolean;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}
