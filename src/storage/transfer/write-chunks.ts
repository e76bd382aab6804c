import { createFile } from "../partial-file.ts";

/** No more than this many bytes go to the disk at once, … */
const mostBytes = 512 * 1024;
/** … nor fewer, but at the end: chunks from the network may be small, and each write has its price. */
const leastBytes = 64 * 1024;

export interface WriteChunksOptions {
  /** Permissions of the new file. */
  readonly mode?: number | undefined;
  /** Size of the whole, where it is known: a small file needs no large memory. */
  readonly bytes?: number | undefined;
}

/**
 * Writes chunks to a new file, in a folder that is made if need be. What comes while the disk is at work is gathered for the next write, so that a fast disk
 * gets bytes while they are in the processor's cache, and a slow one gets much at a time. No more than two batches are
 * ever in memory.
 */
export async function writeChunks(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { mode, bytes = mostBytes }: WriteChunksOptions = {},
): Promise<void> {
  const handle = await createFile(path, mode);
  const size = Math.max(1, Math.min(bytes, mostBytes));
  let batch: Buffer | undefined;
  let spare: Buffer | undefined;
  let filled = 0;
  let writing: Promise<void> | undefined;
  const write = async (part: Buffer): Promise<void> => {
    await handle.writeFile(part);
    writing = undefined;
  };
  const flush = (full: Buffer): void => {
    writing = write(full.subarray(0, filled));
    // It is awaited before the next batch goes, perhaps too late for Node.
    writing.catch(() => {});
    [batch, spare] = [spare, full];
    filled = 0;
  };
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        const taken = Math.min(chunk.length - at, size - filled);
        batch ??= Buffer.allocUnsafeSlow(size);
        batch.set(chunk.subarray(at, at + taken), filled);
        at += taken;
        filled += taken;
        if (filled === size) await writing;
        if (writing === undefined && (filled === size || filled >= leastBytes)) flush(batch);
      }
    }
    await writing;
    if (batch !== undefined && filled > 0) await handle.writeFile(batch.subarray(0, filled));
  } finally {
    await writing?.catch(() => {});
    await handle.close();
  }
}
