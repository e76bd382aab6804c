import { crc32 } from "node:zlib";

/** A body that starts at some byte of the whole. */
export interface PartialBody {
  /** The first byte that it holds: 0 where the server ignored the range asked for. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Size of the whole, where it is known: a body that ends before it has broken off, however politely. */
  readonly whole?: number | undefined;
}

/** A server sent less than it said that there is, and ended its answer all the same. */
export class EndedEarly extends Error {
  override readonly name = "EndedEarly";
}

export interface ResumeOptions {
  /** Whether a resumed body may start again from the first byte; then what was passed on must be known. @default true */
  readonly restarts?: boolean;
  readonly first: PartialBody;
  /** Asks for the rest from `start` on, after `error` broke the body off. Throws what ends it all. */
  readonly resume: (start: number, error: unknown) => Promise<PartialBody>;
  /** What to throw when the bytes that come again are not the ones that came before. */
  readonly changed: () => Error;
}

/**
 * Yields a body whole although connections break: the rest is asked for again. Where a server cannot continue in the
 * middle it starts again, and the bytes that were already passed on must come the same.
 */
export async function* resumingBody({
  first,
  resume,
  changed,
  restarts = true,
}: ResumeOptions): AsyncGenerator<Uint8Array> {
  const start = first.start;
  let body = first;
  let position = start;
  let checksum = 0;
  for (;;) {
    let broken: unknown;
    const again = { until: position, checksum, seen: body.start, seenChecksum: 0 };
    if (body.start !== position && body.start !== start) throw changed();
    try {
      for await (const chunk of body.chunks) {
        const fresh = skipKnown(chunk, again, changed);
        if (fresh.length === 0) continue;
        position += fresh.length;
        if (restarts) checksum = crc32(fresh, checksum);
        yield fresh;
      }
      if (again.seen < again.until) throw changed();
      if (body.whole === undefined || position >= body.whole) return;
      broken = new EndedEarly(`It ended after ${position} of ${body.whole} bytes.`);
    } catch (error) {
      broken = error;
    }
    body = await resume(position, broken);
  }
}

/** The part of a chunk that was not passed on before; what was is compared by its checksum. */
function skipKnown(
  chunk: Uint8Array,
  again: { readonly until: number; readonly checksum: number; seen: number; seenChecksum: number },
  changed: () => Error,
): Uint8Array {
  const known = Math.min(chunk.length, again.until - again.seen);
  if (known <= 0) return chunk;
  again.seen += known;
  again.seenChecksum = crc32(chunk.subarray(0, known), again.seenChecksum);
  if (again.seen === again.until && again.seenChecksum !== again.checksum) throw changed();
  return chunk.subarray(known);
}
