import type { Readable } from "node:stream";

/** Takes a chunk; a returned promise holds the next one back. */
export type Deliver = (chunk: Buffer) => void | Promise<void>;

/**
 * One output of a process, read no faster than it is taken: the pipe fills and the writer waits.
 * What `deliver` throws is kept for the end and the rest is read and dropped, so that a failing reader never blocks the work.
 */
export class Pipe {
  /** True once every writer has closed it and every chunk was taken. */
  ended = false;
  /** True while a chunk is being taken: silence then says nothing about the process. */
  pending = false;
  /** When the last chunk came or was taken, in milliseconds of `performance.now()`. */
  lastActivity = performance.now();
  failure: { readonly error: unknown } | undefined;
  readonly #stream: Readable;
  readonly #deliver: Deliver;
  readonly #changed: () => void;
  /** Chunks that came while one was being taken: Node resumes every output of a process when it exits, paused or not. */
  readonly #waiting: Buffer[] = [];
  #closed = false;

  constructor(stream: Readable, deliver: Deliver, changed: () => void) {
    this.#stream = stream;
    this.#deliver = deliver;
    this.#changed = changed;
    stream.on("data", (chunk: Buffer) => {
      this.lastActivity = performance.now();
      this.#waiting.push(chunk);
      this.#next();
    });
    stream.on("error", () => undefined); // A read error is an end; "close" follows.
    stream.on("close", () => {
      this.#closed = true;
      this.#next();
    });
  }

  /** Stops reading: nobody will hear what is still written. */
  close(): void {
    this.#stream.destroy();
  }

  #next(): void {
    while (!this.pending) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      this.#take(chunk);
    }
    if (this.pending) this.#stream.pause();
    else if (this.#closed) {
      this.ended = true;
      this.#changed();
    } else if (this.#stream.isPaused()) this.#stream.resume();
  }

  #take(chunk: Buffer): void {
    if (this.failure !== undefined) return;
    try {
      const taken = this.#deliver(chunk);
      if (!(taken instanceof Promise)) return;
      this.pending = true;
      taken
        .catch((error: unknown) => {
          this.failure = { error };
        })
        .finally(() => {
          this.pending = false;
          this.lastActivity = performance.now();
          this.#next();
        });
    } catch (error) {
      this.failure = { error };
    }
  }
}
