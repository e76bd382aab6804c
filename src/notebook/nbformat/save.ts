import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

type Chunks = Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

export interface SaveOptions {
  /** Waits until the disk has it, so that a machine that loses power has the old file or the new one; default true. */
  readonly sync?: boolean;
}

/** Bytes gathered before they are written. */
const batchBytes = 1024 * 1024;
let saves = 0;

/**
 * Writes a file so that whoever reads it, whenever, finds the old one or the new one and never a part: into a temporary
 * file beside it, then renamed. What was there keeps its permissions. Two saves at once do not disturb each other.
 * @param chunks the file's bytes in order; one may change as soon as the next one is asked for
 * @throws what the file system says; the temporary file is removed
 */
export async function saveNotebook(path: string, chunks: Chunks, options: SaveOptions = {}): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${++saves}.tmp`);
  const mode = await stat(path).then(
    (old) => old.mode & 0o777,
    () => 0o666,
  );
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(batches(chunks));
      if (options.sync !== false) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function* batches(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    // What is large goes as it is, behind what came before.
    if (typeof chunk !== "string" && chunk.length >= batchBytes) {
      yield Buffer.concat(gathered);
      yield chunk;
      gathered = [];
      bytes = 0;
      continue;
    }
    // A copy: the caller may use its buffer again for the next chunk.
    gathered.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes < batchBytes) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
  }
  yield Buffer.concat(gathered);
}
