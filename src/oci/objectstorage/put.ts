import type { Patience } from "../../http/patience.ts";
import { ServiceFailure } from "../service-failure.ts";
import { type Body, BodyChanged, checkMd5, checksumOf, readAll, WatchedBody } from "./body.ts";
import { isDamage, type ObjectStorageClient } from "./client.ts";
import { crc32c } from "./crc32c.ts";
import { type ObjectName, objectTarget } from "./names.ts";
import { described, headObject, type ObjectDescription } from "./objects.ts";

export interface PutOptions {
  readonly contentType?: string | undefined;
  /** Fail with 412 instead of replacing what is there. */
  readonly ifAbsent?: boolean | undefined;
  /** Replace only the object that has this tag; fail with 412 where it is another, or gone. */
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long failures are put up with, in place of the client's own patience. */
  readonly patience?: Patience | undefined;
  /** Runs the reading of a large body for its checksum, before it is sent; for a limit over all uploads. */
  readonly reading?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Bodies up to this size are sent from memory. */
export const inMemory = 1024 * 1024;

/**
 * Stores an object with one request. The service is told the CRC32C before the bytes and stores them only if they fit;
 * one that ignores it is checked by the MD5 that it reports.
 *
 * @throws ServiceFailure, what the HTTP client throws, what `body` throws
 */
export async function putObject(
  client: ObjectStorageClient,
  name: ObjectName,
  body: Body,
  options: PutOptions = {},
): Promise<ObjectDescription> {
  const { contentType = "application/octet-stream", signal, patience, reading = (work) => work() } = options;
  const whole = body.bytes <= inMemory ? await readAll(body) : undefined;
  const checksum = whole === undefined ? await reading(() => checksumOf(body, 0, body.bytes)) : crc32c(whole);
  const source = new WatchedBody(body);
  let tries = 0;
  const request = {
    method: "PUT" as const,
    target: objectTarget(name),
    headers: {
      "content-type": contentType,
      "opc-checksum-algorithm": "CRC32C",
      "opc-content-crc32c": checksum,
      ...conditionsOf(options),
    },
    signal,
    unsigned: {
      bytes: body.bytes,
      open: () => {
        tries += 1;
        return whole ?? source.open(0, body.bytes);
      },
    },
  };
  try {
    return await client.call(request, {
      what: `writing ${name.object}`,
      patience,
      onFailure: async (error) => {
        source.rethrow();
        if (whole !== undefined || !isDamage(error)) return;
        if ((await checksumOf(body, 0, body.bytes)) !== checksum) throw new BodyChanged();
      },
      take: async (answer) => {
        const written = await described(answer);
        if (written.crc32c === undefined) await checkMd5(body, 0, body.bytes, written.md5);
        return { ...written, bytes: body.bytes, crc32c: checksum };
      },
    });
  } catch (error) {
    // After a lost answer, "exists already" may mean our own earlier try.
    const exists = error instanceof ServiceFailure && error.status === 412;
    const there = exists && tries > 1 ? await headObject(client, name, signal) : undefined;
    if (there?.bytes === body.bytes && there.crc32c === checksum) return there;
    throw error;
  }
}

/** The headers that hold a write to what it is to replace. */
export function conditionsOf({ ifAbsent, ifMatch }: PutOptions): Readonly<Record<string, string>> {
  if (ifAbsent === true) return { "if-none-match": "*" };
  return ifMatch === undefined ? {} : { "if-match": ifMatch };
}
