import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { BatchedFile } from "./batched-file.ts";

/** A file of bytes. */
export interface Segment {
  readonly id: string;
  readonly bytes: number;
}

/** Something that digests bytes, as `crypto.Hash` does. */
export interface Digester {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "base64"): string;
}

/** Digests to make of a body, by their names. */
export type Digesters = Readonly<Record<string, () => Digester>>;

export interface Written {
  readonly segment: Segment;
  /** Base64, by the names of the digesters. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Where the bytes of objects and parts are kept. */
export interface Bodies {
  /** Forgets what nobody holds. Call {@link Bodies.hold} for the segments that the journal knows, first. */
  open(): Promise<void>;
  /** Takes what arrives, and digests it on the way. The segment has one holder, the caller. */
  write(chunks: AsyncIterable<Buffer>, digesters: Digesters): Promise<Written>;
  /** One more holder of these segments. */
  hold(segments: readonly Segment[]): void;
  /** One holder less; the last one takes the bytes along. */
  release(segments: readonly Segment[]): Promise<void>;
  /** The bytes [start, end) of the segments one after the other. They are held until the last byte is taken. */
  read(segments: readonly Segment[], start: number, end: number): AsyncGenerator<Buffer, void, undefined>;
}

/** Bodies up to this size are read in one go. */
const small = 2 ** 18;

/**
 * Bytes on disk, in files that are written once and never changed, so that an object can be replaced while it is being
 * read, and copied or put together from its parts without moving a byte. Files nobody refers to any more are removed.
 */
export class DiskBodies implements Bodies {
  readonly #folder: string;
  readonly #references = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    await Promise.all(
      Array.from({ length: 256 }, async (_, index) => {
        const fan = join(this.#folder, index.toString(16).padStart(2, "0"));
        await mkdir(fan, { recursive: true });
        for (const id of await readdir(fan)) if (!this.#references.has(id)) await unlink(join(fan, id));
      }),
    );
  }

  async write(chunks: AsyncIterable<Buffer>, digesters: Digesters): Promise<Written> {
    const running = Object.entries(digesters).map(([name, make]) => ({ name, digester: make() }));
    const id = randomUUID().replaceAll("-", "");
    const file = new BatchedFile(this.#path(id));
    let bytes = 0;
    try {
      for await (const chunk of chunks) {
        for (const { digester } of running) digester.update(chunk);
        bytes += chunk.length;
        await file.add(chunk);
      }
      await file.finish();
    } catch (error) {
      await file.discard();
      throw error;
    }
    this.#references.set(id, 1);
    const digests = running.map(({ name, digester }) => [name, digester.digest("base64")]);
    return { segment: { id, bytes }, digests: Object.fromEntries(digests) };
  }

  hold(segments: readonly Segment[]): void {
    for (const { id } of segments) this.#references.set(id, (this.#references.get(id) ?? 0) + 1);
  }

  async release(segments: readonly Segment[]): Promise<void> {
    for (const { id } of segments) {
      const left = (this.#references.get(id) ?? 0) - 1;
      if (left > 0) {
        this.#references.set(id, left);
        continue;
      }
      this.#references.delete(id);
      await unlink(this.#path(id));
    }
  }

  async *read(segments: readonly Segment[], start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    this.hold(segments);
    try {
      let offset = 0;
      for (const { id, bytes } of segments) {
        const from = Math.max(0, start - offset);
        const to = Math.min(bytes, end - offset);
        offset += bytes;
        if (from < to) yield* this.#part(id, bytes, from, to);
      }
    } finally {
      await this.release(segments);
    }
  }

  async *#part(id: string, bytes: number, from: number, to: number): AsyncGenerator<Buffer, void, undefined> {
    if (bytes <= small) {
      const whole = await readFile(this.#path(id));
      yield whole.subarray(from, to);
      return;
    }
    // A stream without an encoding yields buffers only.
    const stream: AsyncIterable<Buffer> = createReadStream(this.#path(id), {
      start: from,
      end: to - 1,
      highWaterMark: small,
    });
    yield* stream;
  }

  #path(id: string): string {
    return join(this.#folder, id.slice(0, 2), id);
  }
}
