import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { NbjobError } from "../text/errors.ts";
import { atOnce, smallFile } from "./at-once.ts";
import { fileFailure, notAFile } from "./file-failure.ts";
import type { Source } from "./store.ts";

const chunkBytes = 256 * 1024;

/** The file is not the one that was measured any more: it grew, shrank, was replaced or written to. */
export class SourceChanged extends Error {
  override readonly name = "SourceChanged";
}

/** A source of bytes that are in memory. */
export function bytesSource(bytes: Uint8Array): Source {
  return {
    bytes: bytes.length,
    async *open(start, end) {
      if (end > start) yield bytes.subarray(start, end);
    },
  };
}

export interface FileSourceOptions {
  /**
   * Read on when the file is written to meanwhile, as long as its first `bytes` bytes are there: a log that still grows is
   * published up to the length it had. @default false: `SourceChanged` is thrown.
   */
  readonly tolerateChange?: boolean;
}

/**
 * A source over a regular file, as long as it is now.
 *
 * @throws NbjobError `not-found` for a missing file, a folder, a pipe; `not-authorized` for one that may not be read
 */
export async function fileSource(path: string, options: FileSourceOptions = {}): Promise<Source> {
  const before = await measure(path).catch((error: unknown) => {
    throw fileFailure(error, path, "read");
  });
  // A pipe without a writer would block the open for ever.
  if (!before.isFile()) throw notAFile(path, before);
  return {
    bytes: before.size,
    changing: options.tolerateChange === true,
    async *open(start, end) {
      const small = end - start <= smallFile ? readSmall(path, start, end) : undefined;
      if (small !== undefined) {
        if (options.tolerateChange !== true && differs(before, small.after)) throw changed(path);
        if (end > start) yield small.bytes;
        return;
      }
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
        throw fileFailure(error, path, "read");
      });
      try {
        yield* readRange(handle, path, start, end);
        if (options.tolerateChange !== true && differs(before, await handle.stat())) {
          throw changed(path);
        }
      } finally {
        await handle.close();
      }
    },
  };
}

async function measure(path: string): Promise<Stats> {
  return atOnce(path, () => statSync(path))?.value ?? stat(path);
}

/** Undefined where the file is not read at once. */
function readSmall(path: string, start: number, end: number): { bytes: Buffer; after: Stats } | undefined {
  try {
    return atOnce(path, () => {
      const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const bytes = Buffer.allocUnsafe(end - start);
        for (let at = 0; at < bytes.length;) {
          const count = readSync(file, bytes, at, bytes.length - at, start + at);
          if (count === 0) throw shorter(path);
          at += count;
        }
        return { bytes, after: fstatSync(file) };
      } finally {
        closeSync(file);
      }
    })?.value;
  } catch (error) {
    throw error instanceof SourceChanged ? error : fileFailure(error, path, "read");
  }
}

function changed(path: string): SourceChanged {
  return new SourceChanged(`${path} changed while it was read.`);
}

function shorter(path: string): SourceChanged {
  return new SourceChanged(`${path} became shorter while it was read.`);
}

async function* readRange(handle: FileHandle, path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  // Two buffers in turn: what was yielded last may still be on its way to the network while the next is read.
  const size = Math.min(chunkBytes, end - start);
  const buffers = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(Math.min(size, Math.max(0, end - start - size)))];
  for (let position = start, turn = 0; position < end; turn = 1 - turn) {
    const buffer = buffers[turn] ?? Buffer.alloc(size);
    const wanted = Math.min(buffer.length, end - position);
    const { bytesRead } = await handle.read(buffer, 0, wanted, position).catch((error: unknown) => {
      throw fileFailure(error, path, "read");
    });
    if (bytesRead === 0) throw shorter(path);
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function differs(before: Stats, now: Stats): boolean {
  return before.size !== now.size || before.mtimeMs !== now.mtimeMs || before.ino !== now.ino || before.dev !== now.dev;
}

/** What a source that shrank or changed means to whoever cannot try again. */
export function sourceChangedFailure(error: SourceChanged, path: string): NbjobError {
  return new NbjobError("publish-incomplete", error.message, { location: path, cause: error });
}
