/** Encoded outputs that will not change: the newest in memory, the others in the spool. */
import { join, type Extent, type Spool } from "./spool.ts";

/** A stretch of a notebook file: bytes at hand, or where the spool has them. */
export type Piece = Uint8Array | Extent;

/** UTF-16 units gathered before they go to the spool. */
const batch = 128 * 1024;
/** Less than this stays in memory for good: a place in the spool costs as much. */
const small = 2 * 1024;

export class Pieces {
  readonly #spool: Spool;
  readonly #extents: Extent[] = [];
  #recent: string[] = [];
  #recentLength = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  add(text: string): void {
    if (text === "") return;
    this.#recent.push(text);
    this.#recentLength += text.length;
    if (this.#recentLength >= batch) this.#flush();
  }

  /** Frees memory: nothing is expected soon. */
  settle(): void {
    if (this.#recentLength >= small) this.#flush();
  }

  list(): Piece[] {
    return this.#recent.length === 0 ? [...this.#extents] : [...this.#extents, Buffer.from(this.#recent.join(""))];
  }

  /** Forgets everything. */
  clear(): void {
    this.#spool.release(this.#extents);
    this.#extents.length = 0;
    this.#recent = [];
    this.#recentLength = 0;
  }

  #flush(): void {
    const extent = this.#spool.append(this.#recent.join(""));
    // On a full disk memory has to hold it. It is not much: no output is taken any more.
    this.#recentLength = 0;
    if (!extent) return;
    this.#recent = [];
    join(this.#extents, extent);
  }
}
