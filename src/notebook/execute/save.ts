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
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NbjobError } from "../../text/errors.ts";
import type { Cell, CodeCell, Metadata, Notebook } from "../nbformat/types.ts";
import { splitLines } from "../outputs/encode.ts";
import { jsonText } from "../outputs/json-text.ts";
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
    this.#timer ??= setTimeout(() => {
      this.#saving = this.#save(false).then(
        () => this.#again(),
        (error: unknown) => {
          this.#options.onFailure(error);
          this.#due = performance.now() + longestInterval;
          this.#again();
        },
      );
    }, this.#due - performance.now());
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

  #again(): void {
    this.#timer = undefined;
    if (this.#dirty) this.touch();
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
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.saving`);
    const bytes = await spool
      .reading(async () => {
        this.#dirty = false;
        const pieces = this.#pieces();
        const file = await open(temporary, "w");
        try {
          const written = await this.#write(file, pieces);
          if (sync) await file.sync();
          return written;
        } finally {
          await file.close();
        }
      })
      .catch(async (error: unknown) => {
        this.#dirty = true;
        await rm(temporary, { force: true });
        throw error;
      });
    await rename(temporary, path);
    const pause = Math.max(
      (performance.now() - started) * costShare,
      Math.min((bytes / bytesPerSecond) * 1000, longestInterval),
    );
    this.#due = performance.now() + Math.max(interval, pause);
  }

  /** Small pieces are gathered, large ones copied as they are. */
  async #write(file: FileHandle, pieces: Iterable<Piece>): Promise<number> {
    const copy = Buffer.allocUnsafe(copySize);
    let batch: Uint8Array[] = [];
    let batched = 0;
    let written = 0;
    const flush = async (): Promise<void> => {
      if (batched > 0) await file.writeFile(Buffer.concat(batch));
      written += batched;
      batch = [];
      batched = 0;
    };
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) {
        batch.push(piece);
        batched += piece.length;
        if (batched >= copySize) await flush();
        continue;
      }
      await flush();
      for await (const chunk of this.#options.spool.read(piece, copy)) await file.writeFile(chunk);
      written += piece.length;
    }
    await flush();
    return written;
  }

  /** The whole file. Outputs are taken as they are now, whatever comes while it is written. */
  #pieces(): Piece[] {
    const { notebook, outputs, metadata } = this.#options;
    const pieces: Piece[] = [];
    for (const [index, cell] of notebook.cells.entries()) {
      let frame = this.#frames.get(cell);
      if (!frame) this.#frames.set(cell, (frame = frameOf(cell)));
      pieces.push(index === 0 ? opening : between, frame.before);
      if (cell.cell_type !== "code") continue;
      const list = outputs(cell);
      if (list.length > 0) pieces.push(...list, listEnd);
      pieces.push(frame.after);
    }
    const end = notebook.cells.length === 0 ? '{\n "cells": [],' : "\n ],";
    const rest = ` "metadata": ${jsonText(metadata(), 1)},\n "nbformat": 4,\n "nbformat_minor": ${notebook.nbformat_minor}\n}\n`;
    pieces.push(Buffer.from(`${end}\n${rest}`));
    return pieces;
  }
}

const opening = Buffer.from('{\n "cells": [\n  ');
const between = Buffer.from(",\n  ");
const listEnd = Buffer.from("\n   ");

/** A cell's bytes before and after its outputs; all of them before where it has none. */
interface Frame {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

function frameOf(cell: Cell): Frame {
  const source = splitLines(cell.source);
  if (cell.cell_type !== "code") {
    const { attachments, cell_type, id, metadata } = cell;
    const text = jsonText(
      { ...(attachments === undefined ? {} : { attachments }), cell_type, id, metadata, source },
      2,
    );
    return { before: Buffer.from(text), after: Buffer.alloc(0) };
  }
  const { execution_count, id, metadata } = cell;
  const text = jsonText({ cell_type: "code", execution_count, id, metadata, outputs: [], source }, 2);
  // "outputs" is the only key of a code cell at this indent with an empty list that comes right before "source".
  const at = text.lastIndexOf('\n   "outputs": [],\n   "source": ') + '\n   "outputs": ['.length;
  return { before: Buffer.from(text.slice(0, at)), after: Buffer.from(text.slice(at)) };
}
