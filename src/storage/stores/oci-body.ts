import { createHash } from "node:crypto";
import type { Clock } from "../../http/clock.ts";
import { freeChunk } from "../../http/free-chunk.ts";
import { hopeOfNetwork } from "../../http/network-failure.ts";
import type { RetryPolicy } from "../../http/retry.ts";
import type { OciAnswer } from "../../oci/connection.ts";
import { Crc32c } from "../../oci/objectstorage/crc32c.ts";
import type { ObjectDescription } from "../../oci/objectstorage/objects.ts";
import { NbjobError } from "../../text/errors.ts";
import { DamagedBody } from "../damaged-body.ts";
import { resumingBody } from "./resuming-body.ts";

export interface ObjectBodyOptions {
  readonly answer: OciAnswer;
  readonly description: ObjectDescription;
  readonly shown: string;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  /** Asks for the same version of the object from `start` on. */
  readonly again: (start: number) => Promise<OciAnswer>;
  readonly explain: (error: unknown) => Promise<unknown>;
  readonly signal: AbortSignal | undefined;
}

/** An object's bytes whole: resumed where a connection breaks, and checked at the end by the checksum that the service has. */
export async function* objectBody(options: ObjectBodyOptions): AsyncGenerator<Uint8Array> {
  const { description, shown } = options;
  const { crc32c, md5, bytes } = description;
  const crc = crc32c === undefined ? undefined : new Crc32c();
  // MD5 takes thrice as long as CRC32C; an object made of parts has none.
  const hash = crc === undefined && md5 !== undefined ? createHash("md5") : undefined;
  let seen = 0;
  for await (const chunk of resumed(options)) {
    seen += chunk.length;
    crc?.update(chunk);
    hash?.update(chunk);
    yield chunk;
    freeChunk(chunk);
  }
  const wrong =
    (bytes !== undefined && seen !== bytes) ||
    (crc !== undefined && crc.digest() !== crc32c) ||
    (hash !== undefined && hash.digest("base64") !== md5);
  if (wrong) throw new DamagedBody(shown);
}

function resumed({
  answer,
  shown,
  retry,
  clock,
  again,
  explain,
  signal,
}: ObjectBodyOptions): AsyncGenerator<Uint8Array> {
  let lastBreak = -1;
  let stuck = 0;
  return resumingBody({
    first: { start: 0, chunks: answer.body },
    // A range of one version of the object, or an error: never the whole again.
    restarts: false,
    changed: () => new NbjobError("unreachable", `${shown} changed while it was read.`, { location: shown }),
    resume: async (start, error) => {
      signal?.throwIfAborted();
      stuck = start === lastBreak ? stuck + 1 : 0;
      lastBreak = start;
      if (hopeOfNetwork(error) === undefined || stuck >= retry.unreachedTries) throw await explain(error);
      await clock.sleep(clock.random() * retry.baseMs * 2 ** stuck, signal);
      return { start, chunks: (await again(start)).body };
    },
  });
}
