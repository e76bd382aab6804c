import { fstatSync } from "node:fs";
import type { Writable } from "node:stream";

/**
 * A file descriptor that loses nothing. Node writes to pipes asynchronously: whatever is still queued when
 * `process.exit()` is called is gone, so callers set `process.exitCode` and await `flush()`.
 * A reader that went away (EPIPE) or a full disk ends the writing, never the run.
 */
export class Sink {
  readonly #stream: Writable;
  #failure: NodeJS.ErrnoException | undefined;
  #drained: Promise<void> | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#failure ??= error;
    });
  }

  /** Why nothing is written any more, once the reader has gone. */
  get failure(): NodeJS.ErrnoException | undefined {
    return this.#failure;
  }

  /** Resolves at once (returns nothing) while the reader keeps up. */
  write(bytes: Uint8Array | string): void | Promise<void> {
    if (this.#failure !== undefined || bytes.length === 0) return;
    if (this.#stream.write(bytes)) return;
    this.#drained ??= new Promise((resolve) => {
      const settle = () => {
        this.#stream.off("drain", settle).off("error", settle).off("close", settle);
        this.#drained = undefined;
        resolve();
      };
      this.#stream.on("drain", settle).on("error", settle).on("close", settle);
    });
    return this.#drained;
  }

  /** Resolves when every byte has been handed to the reader, or the reader has gone. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#stream.once("error", () => resolve());
      this.#stream.write("", () => resolve());
    });
  }
}

/**
 * Sinks for stdout and stderr. Where both are the same pipe or file (`2>&1`, a terminal, most log collectors),
 * one queue serves both, since two queues would swap lines as soon as the reader is slow.
 */
export function standardSinks(stdout: Writable, stderr: Writable): { stdout: Sink; stderr: Sink } {
  const out = new Sink(stdout);
  return { stdout: out, stderr: sameFile(1, 2) ? out : new Sink(stderr) };
}

function sameFile(a: number, b: number): boolean {
  try {
    const [left, right] = [fstatSync(a), fstatSync(b)];
    return left.ino === right.ino && left.dev === right.dev;
  } catch {
    return false;
  }
}
