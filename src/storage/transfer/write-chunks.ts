import { type FileHandle, open } from "node:fs/promises";

/** Chunks from the network are small: this many bytes of them go to the disk at once. */
const batchBytes = 512 * 1024;

/**
 * Writes chunks to a new file. The next ones are awaited while the last are on their way to the disk, and no more than
 * two batches are ever in memory.
 */
export async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>, mode?: number): Promise<void> {
  const handle = await open(path, "wx", mode);
  let writing: Promise<void> = Promise.resolve();
  try {
    let batch: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of chunks) {
      batch.push(chunk);
      bytes += chunk.length;
      if (bytes < batchBytes) continue;
      await writing;
      writing = writeBatch(handle, batch, bytes);
      // It is awaited before the next batch, perhaps too late for Node.
      writing.catch(() => {});
      batch = [];
      bytes = 0;
    }
    await writing;
    if (bytes > 0) await writeBatch(handle, batch, bytes);
  } finally {
    await writing.catch(() => {});
    await handle.close();
  }
}

async function writeBatch(handle: FileHandle, batch: readonly Uint8Array[], bytes: number): Promise<void> {
  const { bytesWritten } = await handle.writev(batch);
  // A disk that is nearly full takes a part first, and says so with the rest.
  if (bytesWritten < bytes) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten));
}
