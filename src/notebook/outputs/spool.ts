/**
 * A scratch file that holds finished outputs, so that memory stays flat however much a notebook prints.
 * It is unlinked as soon as it is open: whatever happens to nbjob, nothing of it stays behind.
 *
 * Bytes only go to its end. Those at its end can be given back (a cleared output), unless a save is reading.
 */
import { closeSync, openSync, read, unlinkSync, writeSync } from "node:fs";
import { promisify } from "node:util";

/** A stretch of the spool's bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

const encoder = new TextEncoder();
const readAsync = promisify(read);

export class Spool {
  readonly #fd: number;
  /** One buffer for everything that is written: what is outside the JavaScript heap is collected late. */
  readonly #scratch = new Uint8Array(256 * 1024);
  #end = 0;
  #readers = 0;
  #full = false;
  readonly #onFull: (error: unknown) => void;

  /**
   * @param path where it may be made for a moment; a disk, rather than memory
   * @param onFull told once, when the disk takes no more
   */
  constructor(path: string, onFull: (error: unknown) => void) {
    this.#onFull = onFull;
    this.#fd = openSync(path, "wx+", 0o600);
    unlinkSync(path);
  }

  /** Bytes that are held, or were and could not be given back. */
  get size(): number {
    return this.#end;
  }

  /** Writes a text as UTF-8; undefined, and nothing is kept, where the disk is full. */
  append(text: string): Extent | undefined {
    if (this.#full) return undefined;
    try {
      return this.#append(text);
    } catch (error) {
      this.#full = true;
      this.#onFull(error);
      return undefined;
    }
  }

  #append(text: string): Extent {
    let length = 0;
    for (let rest = text; rest !== "";) {
      const { read: taken, written } = encoder.encodeInto(rest, this.#scratch);
      this.#write(this.#scratch.subarray(0, written), this.#end + length);
      length += written;
      rest = rest.slice(taken);
    }
    const extent = { offset: this.#end, length };
    this.#end += length;
    return extent;
  }

  #write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
  }

  /** Gives the room back where that is possible. */
  release(extents: readonly Extent[]): void {
    if (this.#readers > 0) return;
    for (const { offset, length } of extents.toReversed()) if (offset + length === this.#end) this.#end = offset;
  }

  /** While the promise runs, no room is given back: what it reads stays as it was. */
  async reading<T>(work: () => Promise<T>): Promise<T> {
    this.#readers++;
    try {
      return await work();
    } finally {
      this.#readers--;
    }
  }

  /** The bytes of an extent, at most `chunk` of them at a time, in one buffer that is used again. */
  async *read({ offset, length }: Extent, chunk: Buffer): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < length;) {
      const { bytesRead } = await readAsync(this.#fd, chunk, 0, Math.min(chunk.length, length - done), offset + done);
      if (bytesRead === 0) throw new Error("the scratch file for outputs is shorter than it should be");
      yield chunk.subarray(0, bytesRead);
      done += bytesRead;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Appends an extent to a list, joined with the last one where they touch. */
export function join(extents: Extent[], extent: Extent): void {
  const last = extents.at(-1);
  if (last && last.offset + last.length === extent.offset)
    extents[extents.length - 1] = { offset: last.offset, length: last.length + extent.length };
  else extents.push(extent);
}
