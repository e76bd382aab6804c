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

  constructor(stream: Readable, deliver: Deliver, changed: () => void) {
    this.#stream = stream;
    this.#deliver = deliver;
    this.#changed = changed;
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("error", () => undefined); // A read error is an end; "close" follows.
    stream.on("close", () => {
      this.ended = !this.pending;
      this.#changed();
    });
  }

  /** Stops reading: nobody will hear what is still written. */
  close(): void {
    this.#stream.destroy();
  }

  #take(chunk: Buffer): void {
    this.lastActivity = performance.now();
    if (this.failure !== undefined) return;
    try {
      const taken = this.#deliver(chunk);
      if (taken instanceof Promise) this.#hold(taken);
    } catch (error) {
      this.failure = { error };
    }
  }

  #hold(taken: Promise<void>): void {
    this.pending = true;
    this.#stream.pause();
    const release = (): void => {
      this.pending = false;
      this.lastActivity = performance.now();
      if (this.#stream.closed) this.ended = true;
      else this.#stream.resume();
      this.#changed();
    };
    taken.then(release, (error: unknown) => {
      this.failure = { error };
      release();
    });
  }
}
