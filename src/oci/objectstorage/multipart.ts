/**
 * Objects in parts: created, filled many parts at a time, committed whole. A part that fails is sent again by itself; an
 * upload that cannot be finished is aborted, so that its parts do not stay in the bucket unseen and paid for.
 */
import pMap from "p-map";
import type { OciAnswer } from "../answer.ts";
import { ServiceFailure } from "../service-failure.ts";
import { type Body, checkMd5, Damaged, jsonOf, WatchedBody } from "./body.ts";
import type { ObjectStorageClient } from "./client.ts";
import { combineCrc32c, Crc32c } from "./crc32c.ts";
import { bucketTarget, type ObjectName, uploadTarget } from "./names.ts";
import { describeAnswer, headObject, type ObjectDescription, recordOf } from "./objects.ts";
import { conditionsOf, type PutOptions } from "./put.ts";
import { abortStrays, abortUpload } from "./stray-uploads.ts";

const mebi = 1024 * 1024;
const smallestPart = 64 * mebi;
/** The service takes 10,000 parts; a few are left as room. */
const mostParts = 9_000;

export interface MultipartOptions extends PutOptions {
  /** Parts under way at a time. @default 4 */
  readonly concurrency?: number;
  /** @default what `partBytesFor` says */
  readonly partBytes?: number;
  /** Runs each part's request; for a limit over all uploads. */
  readonly limit?: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Part {
  readonly number: number;
  readonly etag: string;
  readonly crc32c: string;
  readonly bytes: number;
}

/** The size of a part: 64 MiB, more where that would take too many parts. */
export function partBytesFor(bytes: number): number {
  return Math.max(smallestPart, Math.ceil(bytes / mostParts / mebi) * mebi);
}

/** @throws ServiceFailure, what the HTTP client throws, what `body` throws */
export async function putInParts(
  client: ObjectStorageClient,
  name: ObjectName,
  body: Body,
  options: MultipartOptions = {},
): Promise<ObjectDescription> {
  const { signal, concurrency = 4, partBytes = partBytesFor(body.bytes), limit = (work) => work() } = options;
  const upload = await create(client, name, options);
  const siblings = new AbortController();
  const stop = signal === undefined ? siblings.signal : AbortSignal.any([signal, siblings.signal]);
  const count = Math.ceil(body.bytes / partBytes);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const sent: Promise<Part>[] = [];
  const send = (number: number): Promise<Part> => {
    const start = (number - 1) * partBytes;
    const end = Math.min(start + partBytes, body.bytes);
    const part = limit(() =>
      sendPart(client, name, upload, { number, body, start, end, signal: stop, patience: options.patience }),
    );
    sent.push(part);
    return part;
  };
  try {
    const parts = await pMap(numbers, send, { concurrency, signal: stop });
    return await commit(client, name, upload, parts, options);
  } catch (error) {
    siblings.abort(new Error("Another part failed."));
    await Promise.allSettled(sent);
    await abort(client, name, upload);
    signal?.throwIfAborted();
    throw error;
  }
}

async function create(client: ObjectStorageClient, name: ObjectName, options: PutOptions): Promise<string> {
  const { contentType = "application/octet-stream", signal, patience } = options;
  const request = {
    method: "POST" as const,
    target: `${bucketTarget(name)}/u`,
    headers: { "opc-checksum-algorithm": "CRC32C", ...conditionsOf(options) },
    signed: json({ object: name.object, contentType }),
    signal,
  };
  const { clock } = client.connection;
  const begun = clock.now();
  let lost = 0;
  let upload: string | undefined;
  try {
    upload = await client.call(request, {
      what: `starting the upload of ${name.object}`,
      patience,
      onFailure: () => void (lost += 1),
      take: async (answer) => {
        const { uploadId } = recordOf(await jsonOf(answer));
        if (typeof uploadId !== "string") throw new Damaged("The service started an upload without naming it.");
        return uploadId;
      },
    });
    return upload;
  } finally {
    if (lost > 0) await abortStrays(client, name, upload, clock.now() - begun);
  }
}

interface Range {
  readonly number: number;
  readonly body: Body;
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal;
  readonly patience: PutOptions["patience"];
}

async function sendPart(
  client: ObjectStorageClient,
  name: ObjectName,
  uploadId: string,
  { number, body, start, end, signal, patience }: Range,
): Promise<Part> {
  const source = new WatchedBody(body);
  let crc = new Crc32c();
  const request = {
    method: "PUT" as const,
    target: uploadTarget(name, { uploadId, uploadPartNum: number }),
    headers: { "content-type": "application/octet-stream", "opc-checksum-algorithm": "CRC32C" },
    signal,
    unsigned: {
      bytes: end - start,
      open: () => {
        crc = new Crc32c();
        return counted(source.open(start, end), crc);
      },
    },
  };
  return client.call(request, {
    what: `sending part ${number} of ${name.object}`,
    patience,
    onFailure: () => source.rethrow(),
    take: async (answer) => {
      await answer.body.dump();
      const { etag, crc32c, md5 } = describeAnswer(answer);
      // Nothing shows before the commit: a damaged part is just sent again.
      if (crc32c === undefined) await checkMd5(body, start, end, md5);
      else if (crc32c !== crc.digest()) throw new Damaged(`Part ${number} was damaged on its way.`);
      if (etag === undefined) throw new Damaged("The service took a part without a tag for it.");
      return { number, etag, crc32c: crc.digest(), bytes: end - start };
    },
  });
}

async function* counted(chunks: AsyncIterable<Uint8Array>, crc: Crc32c): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    crc.update(chunk);
    yield chunk;
  }
}

async function commit(
  client: ObjectStorageClient,
  name: ObjectName,
  uploadId: string,
  parts: readonly Part[],
  options: PutOptions,
): Promise<ObjectDescription> {
  const { signal, patience } = options;
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const checksum = parts
    .map((part) => part.crc32c)
    .reduce((sum, crc, index) => combineCrc32c(sum, crc, parts[index]?.bytes ?? 0));
  const request = {
    method: "POST" as const,
    target: uploadTarget(name, { uploadId }),
    headers: conditionsOf(options),
    signed: json({ partsToCommit: parts.map(({ number, etag }) => ({ partNum: number, etag })) }),
    signal,
  };
  const what = `finishing the upload of ${name.object}`;
  let written: ObjectDescription;
  try {
    written = await client.call(request, { what, patience, take: (answer) => committed(answer) });
  } catch (error) {
    // The commit whose answer was lost has taken the upload with it.
    const there =
      error instanceof ServiceFailure && [404, 412].includes(error.status)
        ? await headObject(client, name, signal)
        : undefined;
    if (there?.bytes !== bytes || there.crc32c !== checksum) throw error;
    written = there;
  }
  if (written.crc32c !== undefined && written.crc32c !== checksum) {
    throw new Damaged("The service put the parts together to something else.");
  }
  return { ...written, bytes, md5: undefined, crc32c: checksum };
}

async function committed(answer: OciAnswer): Promise<ObjectDescription> {
  await answer.body.dump();
  return describeAnswer(answer);
}

/** Best effort, and not for long: whoever cancels is in a hurry. */
async function abort(client: ObjectStorageClient, name: ObjectName, uploadId: string): Promise<void> {
  try {
    await abortUpload(client, name, uploadId, AbortSignal.timeout(15_000));
  } catch {
    client.connection.log.warn(
      `The unfinished upload ${uploadId} of ${name.object} in bucket ${name.bucket} could not be aborted; its parts stay there.`,
    );
  }
}

function json(value: unknown): { readonly bytes: Uint8Array; readonly contentType: string } {
  return { bytes: Buffer.from(JSON.stringify(value)), contentType: "application/json" };
}
