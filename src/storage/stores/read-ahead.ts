/**
 * Reading a large object over several connections: one alone is often held back by the distance or by the service. The
 * bytes still come in order. Segments further on are fetched into memory while the current one is passed on; their memory
 * is limited over all objects, and an object that gets none of it just streams.
 */
import type { Clock } from "../../http/clock.ts";

/** More readers than this are parallel enough by themselves. */
const fewReaders = 4;

/** Memory for segments, lent and given back; none is held while none is lent. */
export class SegmentMemory {
  readonly segmentBytes: number;
  /** Large objects that are being read. */
  readers = 0;
  readonly #segments: number;
  #free: Buffer[] = [];
  #lent = 0;

  constructor(segmentBytes: number, segments: number) {
    this.segmentBytes = segmentBytes;
    this.#segments = segments;
  }

  /** Undefined while all of it is lent, or where there are readers enough. */
  borrow(): Buffer | undefined {
    if (this.#lent === this.#segments || this.readers > fewReaders) return undefined;
    this.#lent += 1;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.segmentBytes);
  }

  giveBack(buffer: Buffer): void {
    this.#lent -= 1;
    this.#free.push(buffer);
    if (this.#lent === 0) this.#free = [];
  }
}

export interface ReadAheadOptions {
  /** Size of the whole. */
  readonly bytes: number;
  /** Streams [start, end), until `stop` says that nobody wants them any more. */
  readonly range: (start: number, end: number, stop: AbortSignal) => AsyncIterable<Uint8Array>;
  readonly memory: SegmentMemory;
  readonly clock: Clock;
  /** A single connection that brings this many bytes a second is fast enough. */
  readonly fastEnough: number;
}

const pieceBytes = 256 * 1024;

/** All of an object's bytes in order. */
export async function* readAhead(options: ReadAheadOptions): AsyncGenerator<Uint8Array> {
  const { bytes, memory } = options;
  const { segmentBytes } = memory;
  const count = Math.ceil(bytes / segmentBytes);
  const ahead = new Ahead(options);
  const stream = new Stream(options);
  memory.readers += 1;
  try {
    for (let segment = 0; segment < count; segment += 1) {
      if (stream.slow) ahead.startFrom(segment + 1);
      const start = segment * segmentBytes;
      const end = Math.min(start + segmentBytes, bytes);
      const fetched = ahead.take(segment);
      if (fetched === undefined) yield* stream.read(start, end);
      else yield* fetched.pieces();
    }
  } finally {
    memory.readers -= 1;
    await Promise.all([ahead.close(), stream.close()]);
  }
}

/** One connection that is read in order as long as no segment is skipped. */
class Stream {
  readonly #options: ReadAheadOptions;
  readonly #stop = new AbortController();
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #position = 0;
  #left: Uint8Array = new Uint8Array();
  #seen = 0;
  #waited = 0;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
  }

  /** Whether waiting for this connection alone, so far, made less than is fast enough. */
  get slow(): boolean {
    return this.#seen > 0 && this.#seen < (this.#options.fastEnough * this.#waited) / 1000;
  }

  async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (this.#iterator === undefined || this.#position !== start) {
      await this.close();
      const { bytes, range } = this.#options;
      this.#iterator = range(start, bytes, this.#stop.signal)[Symbol.asyncIterator]();
      this.#position = start;
      this.#left = new Uint8Array();
    }
    while (this.#position < end) {
      if (this.#left.length === 0) this.#left = await this.#next(this.#iterator);
      // The end of the body: whoever checks it sees that it is short.
      if (this.#left.length === 0) return;
      const piece = this.#left.subarray(0, end - this.#position);
      this.#left = this.#left.subarray(piece.length);
      this.#position += piece.length;
      yield piece;
    }
    // Lets the connection end in peace, and be used again.
    if (end === this.#options.bytes) await this.#next(this.#iterator);
  }

  async close(): Promise<void> {
    await this.#iterator?.return?.();
    this.#iterator = undefined;
  }

  async #next(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
    const { clock } = this.#options;
    const before = clock.now();
    const result = await iterator.next();
    this.#waited += clock.now() - before;
    if (result.done === true) return new Uint8Array();
    this.#seen += result.value.length;
    return result.value;
  }
}

interface Fetched {
  pieces(): AsyncGenerator<Uint8Array>;
}

/** Segments on their way into memory. */
class Ahead {
  readonly #options: ReadAheadOptions;
  readonly #segments = new Map<number, { readonly buffer: Buffer; readonly filled: Promise<number> }>();
  readonly #stop = new AbortController();
  #next = 0;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
  }

  /** Begins to fetch segments from this one on, as many as there is memory for. */
  startFrom(segment: number): void {
    const { bytes, memory } = this.#options;
    this.#next = Math.max(this.#next, segment);
    for (; this.#next * memory.segmentBytes < bytes; this.#next += 1) {
      const buffer = memory.borrow();
      if (buffer === undefined) return;
      const filled = this.#fill(buffer, this.#next);
      // It is awaited when its turn comes, perhaps too late for Node.
      filled.catch(() => {});
      this.#segments.set(this.#next, { buffer, filled });
    }
  }

  take(segment: number): Fetched | undefined {
    const found = this.#segments.get(segment);
    if (found === undefined) return undefined;
    const release = (): void => this.#release(segment, found.buffer);
    return {
      async *pieces() {
        try {
          const length = await found.filled;
          for (let at = 0; at < length; at += pieceBytes) {
            yield found.buffer.subarray(at, Math.min(at + pieceBytes, length));
          }
        } finally {
          release();
        }
      },
    };
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("Nobody reads on."));
    for (const [segment, { buffer, filled }] of this.#segments) {
      await filled.catch(() => {});
      this.#release(segment, buffer);
    }
  }

  #release(segment: number, buffer: Buffer): void {
    this.#segments.delete(segment);
    this.#options.memory.giveBack(buffer);
  }

  async #fill(buffer: Buffer, segment: number): Promise<number> {
    const { bytes, memory, range } = this.#options;
    const start = segment * memory.segmentBytes;
    let filled = 0;
    for await (const chunk of range(start, Math.min(start + memory.segmentBytes, bytes), this.#stop.signal)) {
      buffer.set(chunk, filled);
      filled += chunk.length;
    }
    return filled;
  }
}
