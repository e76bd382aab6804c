import { createHash } from "node:crypto";
import type { Clock } from "../../http/clock.ts";
import { freeingChunks } from "../../http/free-chunk.ts";
import { hopeOfNetwork } from "../../http/network-failure.ts";
import type { RetryPolicy } from "../../http/retry.ts";
import type { OciAnswer } from "../../oci/answer.ts";
import { Crc32c } from "../../oci/objectstorage/crc32c.ts";
import type { ObjectDescription } from "../../oci/objectstorage/objects.ts";
import { ChangedBody, DamagedBody } from "../damaged-body.ts";
import { resumingBody } from "./resuming-body.ts";

/** Bodies up to this size are gathered and passed on in one piece: many of them want no stream each. */
export const onePiece = 256 * 1024;

export interface RangeOptions {
  readonly shown: string;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  /** Asks for bytes [start, end) of the one version of the object that is being read. */
  readonly ask: (start: number, end: number) => Promise<OciAnswer>;
  readonly explain: (error: unknown) => Promise<unknown>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Bytes [start, end) of an object, resumed where a connection breaks. A chunk is good until the next one is asked for.
 *
 * @param first the answer that they come in, where it is there already
 */
export async function* rangeOf(
  start: number,
  end: number,
  options: RangeOptions,
  first?: OciAnswer,
): AsyncGenerator<Uint8Array> {
  const { shown, retry, clock, ask, explain, signal } = options;
  let lastBreak = -1;
  let stuck = 0;
  const whole = resumingBody({
    first: { start, chunks: chunksOf(first ?? (await ask(start, end))) },
    // A range of one version of the object, or an error: never the whole again.
    restarts: false,
    changed: () => new ChangedBody(shown),
    resume: async (from, error) => {
      signal?.throwIfAborted();
      stuck = from === lastBreak ? stuck + 1 : 0;
      lastBreak = from;
      if (hopeOfNetwork(error) === undefined || stuck >= retry.unreachedTries) throw await explain(error);
      await clock.sleep(clock.random() * retry.baseMs * 2 ** stuck, signal);
      // All of it came, and the connection broke behind it.
      if (from >= end) return { start: from, chunks: nothing() };
      return { start: from, chunks: chunksOf(await ask(from, end)) };
    },
  });
  yield* freeingChunks(whole);
}

function chunksOf({ body, header }: OciAnswer): AsyncIterable<Uint8Array> {
  return Number(header("content-length")) <= onePiece ? gathered(body) : body;
}

async function* gathered(body: OciAnswer["body"]): AsyncGenerator<Uint8Array> {
  yield await body.bytes();
}

/** The same chunks, compared at the end with the checksum that the service has of them. */
export async function* checkedBody(
  chunks: AsyncIterable<Uint8Array>,
  { crc32c, md5, bytes }: ObjectDescription,
  shown: string,
): AsyncGenerator<Uint8Array> {
  const crc = crc32c === undefined ? undefined : new Crc32c();
  // MD5 takes thrice as long as CRC32C; an object made of parts has none.
  const hash = crc === undefined && md5 !== undefined ? createHash("md5") : undefined;
  let seen = 0;
  for await (const chunk of chunks) {
    seen += chunk.length;
    crc?.update(chunk);
    hash?.update(chunk);
    yield chunk;
  }
  const wrong =
    (bytes !== undefined && seen !== bytes) ||
    (crc !== undefined && crc.digest() !== crc32c) ||
    (hash !== undefined && hash.digest("base64") !== md5);
  if (wrong) throw new DamagedBody(shown);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
