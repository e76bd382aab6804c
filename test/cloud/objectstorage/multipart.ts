/**
 * Multipart uploads. A commit names every part it wants, by number and entity tag, in any order; parts that were
 * uploaded and are neither committed nor excluded make it fail, and so do parts that are too small, but for the last.
 */
import { createHash, randomUUID } from "node:crypto";
import { isRecord, type Exchange } from "../http/exchange.ts";
import { pageOf } from "../http/paging.ts";
import { invalidParameter } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { bucketOf } from "./buckets.ts";
import { checkWrite, writeConditions } from "./conditions.ts";
import { combineCrc32c } from "./crc32c.ts";
import { describedByJson, timestamp } from "./description.ts";
import type { Checksums, Part, Upload } from "./model.ts";
import { checkObjectName } from "./names.ts";
import { writtenHeaders } from "./objects.ts";
import { receiveBody } from "./receive.ts";
import { badRequest, uploadNotFound } from "./refusals.ts";
import type { Storage } from "./storage.ts";

const maximumParts = 10_000;
const path = "/n/{namespace}/b/{bucket}/u/{object+}";

/** @param minimumPart bytes that every part but the last must have */
export function multipartRoutes(storage: Storage, minimumPart: number): readonly Route[] {
  return [
    {
      operation: "ListMultipartUploads",
      method: "GET",
      path: "/n/{namespace}/b/{bucket}/u",
      permissions: ["BUCKET_READ"],
      handle: (exchange) => listUploads(storage, exchange),
    },
    {
      operation: "CreateMultipartUpload",
      method: "POST",
      path: "/n/{namespace}/b/{bucket}/u",
      permissions: ["OBJECT_CREATE", "OBJECT_OVERWRITE"],
      handle: (exchange) => createUpload(storage, exchange),
    },
    {
      operation: "UploadPart",
      method: "PUT",
      path,
      security: "unsigned",
      permissions: ["OBJECT_CREATE", "OBJECT_OVERWRITE"],
      handle: (exchange) => uploadPart(storage, exchange),
    },
    {
      operation: "ListMultipartUploadParts",
      method: "GET",
      path,
      permissions: ["OBJECT_INSPECT"],
      handle: (exchange) => listParts(storage, exchange),
    },
    {
      operation: "CommitMultipartUpload",
      method: "POST",
      path,
      permissions: ["OBJECT_CREATE", "OBJECT_OVERWRITE"],
      handle: (exchange) => commitUpload(storage, exchange, minimumPart),
    },
    {
      operation: "AbortMultipartUpload",
      method: "DELETE",
      path,
      permissions: ["OBJECT_DELETE"],
      handle: (exchange) => abortUpload(storage, exchange),
    },
  ];
}

async function createUpload(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const details = await exchange.json();
  if (typeof details.object !== "string") throw badRequest("MissingObjectName", "The name of the object is missing.");
  checkObjectName(details.object);
  const conditions = writeConditions(exchange);
  checkWrite(conditions, storage.find(bucket, details.object)?.etag);
  const upload: Upload = {
    id: randomUUID(),
    bucket,
    object: details.object,
    timeCreated: storage.now(),
    algorithm: exchange.header("opc-checksum-algorithm")?.toUpperCase(),
    ifMatch: conditions.ifMatch,
    ifNoneMatch: conditions.ifNoneMatch,
    ...describedByJson(details),
  };
  storage.uploads.put(upload.id, upload);
  const location = `/n/${storage.namespace}/b/${bucket}/u/${encodeURIComponent(upload.object)}?uploadId=${upload.id}`;
  await exchange.reply(200, uploadJson(storage, upload), { location });
}

async function uploadPart(storage: Storage, exchange: Exchange): Promise<void> {
  const upload = uploadOf(storage, exchange);
  const number = Number(exchange.query.get("uploadPartNum"));
  if (!Number.isInteger(number) || number < 1 || number > maximumParts) {
    throw badRequest("InvalidUploadPartNumber", `The part number must be from 1 to ${maximumParts}.`);
  }
  const key = partKey(upload.id, number);
  checkWrite(writeConditions(exchange), storage.parts.get(key)?.etag);
  const algorithm = exchange.header("opc-checksum-algorithm") || upload.algorithm;
  const { segment, md5, checksums } = await receiveBody(exchange, storage.bodies, algorithm);
  if (storage.uploads.get(upload.id) === undefined) {
    await storage.bodies.release([segment]);
    throw uploadNotFound();
  }
  const old = storage.parts.get(key);
  const etag = randomUUID();
  storage.parts.put(key, { upload: upload.id, number, etag, segment, md5, checksums });
  if (old !== undefined) await storage.bodies.release([old.segment]);
  await exchange.reply(200, undefined, { etag, "opc-content-md5": md5, ...checksums });
}

async function listParts(storage: Storage, exchange: Exchange): Promise<void> {
  const parts = partsOf(storage, uploadOf(storage, exchange).id);
  const { items, headers } = pageOf(parts, exchange.query, 1000);
  const json = items.map(({ number, etag, md5, segment }) => ({ partNumber: number, etag, md5, size: segment.bytes }));
  await exchange.reply(200, json, headers);
}

async function listUploads(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const uploads = [...storage.uploads.values()].filter((upload) => upload.bucket === bucket);
  const { items, headers } = pageOf(uploads, exchange.query, 1000);
  const json = items.map((upload) => uploadJson(storage, upload));
  await exchange.reply(200, json, headers);
}

async function commitUpload(storage: Storage, exchange: Exchange, minimumPart: number): Promise<void> {
  const upload = uploadOf(storage, exchange);
  const chosen = chosenParts(partsOf(storage, upload.id), await exchange.json(), minimumPart);
  const segments = chosen.map(({ segment }) => segment);
  const md5 = multipartDigest(
    "md5",
    chosen.map((part) => part.md5),
  );
  const { headers, metadata } = upload;
  const content = { segments, md5, checksums: multipartChecksums(chosen), headers, metadata };
  const given = writeConditions(exchange);
  const ifMatch = given.ifMatch ?? upload.ifMatch;
  const ifNoneMatch = given.ifNoneMatch ?? upload.ifNoneMatch;
  // The object holds the segments beside the parts, so that a refused commit leaves the upload whole.
  storage.bodies.hold(segments);
  const object = await storage.put(upload.bucket, upload.object, content, { ifMatch, ifNoneMatch });
  await forget(storage, upload.id);
  await exchange.reply(200, undefined, { ...writtenHeaders(object), "opc-multipart-md5": md5 });
}

async function abortUpload(storage: Storage, exchange: Exchange): Promise<void> {
  await forget(storage, uploadOf(storage, exchange).id);
  await exchange.reply(204);
}

async function forget(storage: Storage, upload: string): Promise<void> {
  storage.uploads.delete(upload);
  for (const { number, segment } of partsOf(storage, upload)) {
    storage.parts.delete(partKey(upload, number));
    await storage.bodies.release([segment]);
  }
}

/** The parts of a commit, checked against what was uploaded. */
function chosenParts(
  parts: readonly Part[],
  { partsToCommit, partsToExclude }: Readonly<Record<string, unknown>>,
  minimumPart: number,
): readonly Part[] {
  if (!Array.isArray(partsToCommit) || partsToCommit.length === 0)
    throw invalidParameter("There are no parts to commit.");
  const chosen = partsToCommit.map((wanted: unknown) => {
    const part = isRecord(wanted) ? parts.find(({ number }) => number === wanted.partNum) : undefined;
    if (part === undefined || !isRecord(wanted) || wanted.etag !== part.etag) {
      throw badRequest("InvalidUploadPart", "A part to commit was not uploaded, or has another entity tag.");
    }
    return part;
  });
  // Clients name the parts as they come to finish them; only naming one twice is a mistake.
  chosen.sort((a, b) => a.number - b.number);
  if (chosen.some(({ number }, index) => number === chosen[index - 1]?.number)) {
    throw badRequest("InvalidUploadPartOrder", "A part is to be committed twice.");
  }
  const excluded: readonly unknown[] = Array.isArray(partsToExclude) ? partsToExclude : [];
  if (
    chosen.some(({ number }) => excluded.includes(number)) ||
    parts.some((part) => !chosen.includes(part) && !excluded.includes(part.number))
  ) {
    throw badRequest("InvalidUploadPart", "Each part must be either committed or excluded.");
  }
  if (chosen.slice(0, -1).some(({ segment }) => segment.bytes < minimumPart)) {
    throw badRequest("InvalidUploadPart", `Each part but the last must have at least ${minimumPart} bytes.`);
  }
  return chosen;
}

function multipartChecksums(parts: readonly Part[]): Checksums {
  const all = (header: string): readonly string[] | undefined => {
    const values = parts.flatMap(({ checksums }) => checksums[header] ?? []);
    return values.length === parts.length ? values : undefined;
  };
  const crcs = all("opc-content-crc32c");
  const sha256s = all("opc-content-sha256");
  const sha384s = all("opc-content-sha384");
  const lengths = parts.map(({ segment }) => segment.bytes);
  return {
    ...(crcs && {
      "opc-content-crc32c": crcs.reduce((sum, crc, index) => combineCrc32c(sum, crc, lengths[index] ?? 0)),
    }),
    ...(sha256s && { "opc-multipart-sha256": multipartDigest("sha256", sha256s) }),
    ...(sha384s && { "opc-multipart-sha384": multipartDigest("sha384", sha384s) }),
  };
}

/** The digest of the parts' digests, a dash, and their number. */
function multipartDigest(algorithm: string, digests: readonly string[]): string {
  const hash = createHash(algorithm);
  for (const digest of digests) hash.update(Buffer.from(digest, "base64"));
  return `${hash.digest("base64")}-${digests.length}`;
}

function uploadOf(storage: Storage, exchange: Exchange): Upload {
  const bucket = bucketOf(storage, exchange).name;
  const id = exchange.query.get("uploadId");
  if (id === null) throw badRequest("MissingUploadId", "The query parameter uploadId is missing.");
  const upload = storage.uploads.get(id);
  if (upload?.bucket !== bucket || upload.object !== exchange.parameter("object")) throw uploadNotFound();
  return upload;
}

function partsOf(storage: Storage, upload: string): readonly Part[] {
  return [...storage.parts.values()].filter((part) => part.upload === upload).toSorted((a, b) => a.number - b.number);
}

function partKey(upload: string, number: number): string {
  return `${upload}/${number}`;
}

function uploadJson(storage: Storage, upload: Upload): Readonly<Record<string, unknown>> {
  const { bucket, object, id, timeCreated } = upload;
  return {
    namespace: storage.namespace,
    bucket,
    object,
    uploadId: id,
    timeCreated: timestamp(timeCreated),
    storageTier: "Standard",
  };
}
