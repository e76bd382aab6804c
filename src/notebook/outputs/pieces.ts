/** Encoded outputs that will not change: the newest in memory, the others in the spool. */
import { join, type Extent, type Spool } from "./spool.ts";

/** A stretch of a notebook file: bytes at hand, or where the spool has them. */
export type Piece = Uint8Array | Extent;

/** Bytes gathered before they go to the spool. */
const batch = 128 * 1024;
/** Less than this stays in memory for good: a place in the spool costs as much. */
const small = 2 * 1024;

export class Pieces {
  readonly #spool: Spool;
  readonly #extents: Extent[] = [];
  #recent: Buffer[] = [];
  #recentBytes = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  add(text: string): void {
    if (text === "") return;
    const bytes = Buffer.from(text);
    this.#recent.push(bytes);
    this.#recentBytes += bytes.length;
    if (this.#recentBytes >= batch) this.#flush();
  }

  /** Frees memory: nothing is expected soon. */
  settle(): void {
    if (this.#recentBytes >= small) this.#flush();
  }

  list(): Piece[] {
    return [...this.#extents, ...this.#recent];
  }

  /** Forgets everything. */
  clear(): void {
    this.#spool.release(this.#extents);
    this.#extents.length = 0;
    this.#recent = [];
    this.#recentBytes = 0;
  }

  #flush(): void {
    const recent = this.#recent;
    this.#recent = [];
    this.#recentBytes = 0;
    join(this.#extents, this.#spool.append(Buffer.concat(recent)));
  }
}
