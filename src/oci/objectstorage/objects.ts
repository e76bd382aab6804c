/** Single objects and lists of them. */
import type { OciAnswer } from "../answer.ts";
import { ServiceFailure } from "../service-failure.ts";
import { jsonOf } from "./body.ts";
import type { ObjectStorageClient } from "./client.ts";
import { bucketTarget, encodeQuery, type ObjectName, objectTarget } from "./names.ts";

/** What the service says of an object. */
export interface ObjectDescription {
  readonly bytes: number | undefined;
  readonly etag: string | undefined;
  /** Base64; of an object made of parts there is none. */
  readonly md5: string | undefined;
  /** Base64; only where whoever wrote it asked for one. */
  readonly crc32c: string | undefined;
  readonly contentType: string | undefined;
  readonly modifiedAt: Date | undefined;
}

export function describeAnswer(answer: OciAnswer): ObjectDescription {
  const length = answer.header("content-length");
  const modified = Date.parse(answer.header("last-modified") ?? "");
  return {
    bytes: length === undefined ? undefined : Number(length),
    etag: answer.header("etag"),
    md5: answer.header("content-md5") ?? answer.header("opc-content-md5"),
    crc32c: answer.header("opc-content-crc32c"),
    contentType: answer.header("content-type"),
    modifiedAt: Number.isNaN(modified) ? undefined : new Date(modified),
  };
}

/** For an answer whose headers say all. */
export async function described(answer: OciAnswer): Promise<ObjectDescription> {
  await answer.body.dump();
  return describeAnswer(answer);
}

export interface GetOptions {
  readonly start?: number;
  /** Exclusive. */
  readonly end?: number;
  /** Only this version of the object. */
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Take it into memory, if it has no more bytes than this; a larger one is `TooLong`. @default leave it on the network */
  readonly most?: number;
}

/** An object's bytes, or a range of them. The body is the caller's to read, resume and check. */
export async function getObject(
  client: ObjectStorageClient,
  name: ObjectName,
  options: GetOptions = {},
): Promise<OciAnswer> {
  const { start, end, etag, signal, most } = options;
  const range =
    start === undefined && end === undefined
      ? {}
      : { range: `bytes=${start ?? 0}-${end === undefined ? "" : end - 1}` };
  const headers = { ...range, ...(etag === undefined ? {} : { "if-match": etag }) };
  const request = {
    method: "GET" as const,
    target: objectTarget(name),
    headers,
    signal,
    answer: most ?? ("streamed" as const),
  };
  return client.call(request, { what: `reading ${name.object}`, take: async (answer) => answer });
}

/** Undefined where there is no such object. */
export async function headObject(
  client: ObjectStorageClient,
  name: ObjectName,
  signal?: AbortSignal,
): Promise<ObjectDescription | undefined> {
  const target = objectTarget(name);
  try {
    return await client.call(
      { method: "HEAD", target, signal },
      { what: `looking at ${name.object}`, take: described },
    );
  } catch (error) {
    if (!(error instanceof ServiceFailure) || error.status !== 404) throw error;
  }
  // An answer to HEAD has no body to say what is missing, the object or the bucket.
  try {
    return await described(await getObject(client, name, { signal, start: 0, end: 1 }));
  } catch (error) {
    if (error instanceof ServiceFailure && error.code === "ObjectNotFound") return undefined;
    if (error instanceof ServiceFailure && error.status === 416) return headObject(client, name, signal);
    throw error;
  }
}

/** Deleting what is not there is no error. */
export async function deleteObject(client: ObjectStorageClient, name: ObjectName, signal?: AbortSignal): Promise<void> {
  try {
    const request = { method: "DELETE" as const, target: objectTarget(name), signal };
    await client.call(request, { what: `deleting ${name.object}`, take: described });
  } catch (error) {
    if (!(error instanceof ServiceFailure) || error.code !== "ObjectNotFound") throw error;
  }
}

export interface ListedObject extends ObjectDescription {
  readonly name: string;
}

/** Every object whose name starts with a prefix, page by page. */
export async function* listObjects(
  client: ObjectStorageClient,
  { namespace, bucket, object: prefix }: ObjectName,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject> {
  let start: string | undefined;
  do {
    const query = encodeQuery({ prefix, start, limit: 1000, fields: "name,size,etag,md5,timeModified" });
    const target = `${bucketTarget({ namespace, bucket })}/o${query}`;
    const page = await client.call(
      { method: "GET", target, signal },
      { what: `listing ${prefix}`, take: async (answer) => pageOf(await jsonOf(answer)) },
    );
    yield* page.objects;
    start = page.next;
  } while (start !== undefined);
}

function pageOf(page: unknown): { readonly objects: readonly ListedObject[]; readonly next: string | undefined } {
  const { objects, nextStartWith } = recordOf(page);
  return {
    objects: Array.isArray(objects) ? objects.map(listedObject) : [],
    next: typeof nextStartWith === "string" ? nextStartWith : undefined,
  };
}

function listedObject(item: unknown): ListedObject {
  const { name, size, etag, md5, timeModified } = recordOf(item);
  const modified = typeof timeModified === "string" ? Date.parse(timeModified) : Number.NaN;
  return {
    name: String(name),
    bytes: typeof size === "number" ? size : undefined,
    etag: typeof etag === "string" ? etag : undefined,
    // Of an object made of parts this is a digest of digests, with the number of parts behind a dash.
    md5: typeof md5 === "string" && !md5.includes("-") ? md5 : undefined,
    crc32c: undefined,
    contentType: undefined,
    modifiedAt: Number.isNaN(modified) ? undefined : new Date(modified),
  };
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
