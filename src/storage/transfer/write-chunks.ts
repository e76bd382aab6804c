import { open } from "node:fs/promises";

/** Chunks from the network are small: this many bytes of them go to the disk at once. */
const batchBytes = 512 * 1024;

export interface WriteChunksOptions {
  /** Permissions of the new file. */
  readonly mode?: number | undefined;
  /** Size of the whole, where it is known: a small file needs no large memory. */
  readonly bytes?: number | undefined;
}

/**
 * Writes chunks to a new file. The next ones are gathered while the last are on their way to the disk, and no more than
 * two batches are ever in memory.
 */
export async function writeChunks(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { mode, bytes = batchBytes }: WriteChunksOptions = {},
): Promise<void> {
  const handle = await open(path, "wx", mode);
  const size = Math.max(1, Math.min(bytes, batchBytes));
  let batch: Buffer = Buffer.allocUnsafeSlow(size);
  let spare: Buffer | undefined;
  let filled = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        const taken = Math.min(chunk.length - at, size - filled);
        batch.set(chunk.subarray(at, at + taken), filled);
        at += taken;
        filled += taken;
        if (filled < size) continue;
        await writing;
        writing = handle.writeFile(batch);
        // It is awaited before the next batch goes, perhaps too late for Node.
        writing.catch(() => {});
        [batch, spare] = [spare ?? Buffer.allocUnsafeSlow(size), batch];
        filled = 0;
      }
    }
    await writing;
    await handle.writeFile(batch.subarray(0, filled));
  } finally {
    await writing.catch(() => {});
    await handle.close();
  }
}
