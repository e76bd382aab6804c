import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bodies, Digesters, Segment, Written } from "../../test/cloud/state/bodies.ts";

/** Parts of all clients start at multiples of this. */
const step = 1024 * 1024;
/** Random files are told apart by so many bytes. */
const markBytes = 16;
const pieceBytes = 1024 * 1024;

interface Place {
  readonly file: number;
  readonly start: number;
}

/**
 * The bodies of a cloud that only ever gets the files of one folder, or ranges of them, and has them in memory. What
 * arrives is compared with them byte by byte, which is stricter than a digest and takes a fraction of its time; digests
 * are computed when they are first asked for, and remembered. So what is measured is the client, not MD5 at the server.
 */
export class KnownBodies implements Bodies {
  readonly #files: readonly Buffer[];
  readonly #places = new Map<string, Place>();
  readonly #digests = new Map<string, string>();

  constructor(folder: string) {
    this.#files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    for (const [file, bytes] of this.#files.entries()) {
      for (let start = 0; start < bytes.length; start += step) this.#places.set(markOf(bytes, start), { file, start });
    }
  }

  async open(): Promise<void> {}

  async write(chunks: AsyncIterable<Buffer>, digesters: Digesters): Promise<Written> {
    let place: Place | undefined;
    let known: Buffer | undefined;
    let bytes = 0;
    for await (const chunk of chunks) {
      place ??= this.#places.get(markOf(chunk, 0));
      known ??= place === undefined ? undefined : this.#files[place.file];
      const start = (place?.start ?? 0) + bytes;
      bytes += chunk.length;
      // A throw is a bug of the fake, which ends the request with status 500.
      if (known?.compare(chunk, 0, chunk.length, start, start + chunk.length) !== 0) {
        throw new Error("Something else than the bench's files arrived.");
      }
    }
    if (place === undefined || known === undefined) throw new Error("An empty body arrived.");
    const id = `${place.file}:${place.start}`;
    const body = known.subarray(place.start, place.start + bytes);
    const digests = Object.entries(digesters).map(([name, make]) => {
      const key = `${id}+${bytes}:${name}`;
      const digest = this.#digests.get(key) ?? digestOf(body, make());
      this.#digests.set(key, digest);
      return [name, digest];
    });
    return { segment: { id, bytes }, digests: Object.fromEntries(digests) };
  }

  hold(): void {}

  async release(): Promise<void> {}

  async *read(segments: readonly Segment[], start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    let offset = 0;
    for (const { id, bytes } of segments) {
      const [file = 0, first = 0] = id.split(":").map(Number);
      const until = first + Math.min(bytes, end - offset);
      for (let at = first + Math.max(0, start - offset); at < until; at += pieceBytes) {
        const piece = this.#files[file]?.subarray(at, Math.min(at + pieceBytes, until));
        if (piece !== undefined) yield piece;
      }
      offset += bytes;
    }
  }
}

function markOf(bytes: Buffer, start: number): string {
  return bytes.toString("latin1", start, start + markBytes);
}

function digestOf(body: Buffer, digester: ReturnType<Digesters[string]>): string {
  for (let at = 0; at < body.length; at += pieceBytes) digester.update(body.subarray(at, at + pieceBytes));
  return digester.digest("base64");
}
