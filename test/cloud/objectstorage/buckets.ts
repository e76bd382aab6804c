import { isRecord, type Exchange } from "../http/exchange.ts";
import { invalidParameter } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { pageOf } from "../http/paging.ts";
import { checkWrite, writeConditions } from "./conditions.ts";
import { metadataOf, timestamp } from "./description.ts";
import type { Bucket } from "./model.ts";
import { bucketNotEmpty, namespaceNotFound, preauthenticatedRequestStillExists } from "./refusals.ts";
import type { Storage } from "./storage.ts";

export function bucketRoutes(storage: Storage): readonly Route[] {
  return [
    {
      operation: "GetNamespace",
      method: "GET",
      path: "/n",
      handle: (exchange) => exchange.reply(200, storage.namespace),
    },
    {
      operation: "GetNamespaceMetadata",
      method: "GET",
      path: "/n/{namespace}",
      permissions: ["OBJECTSTORAGE_NAMESPACE_READ"],
      handle: async (exchange) => {
        checkNamespace(storage, exchange);
        const { namespace, compartment } = storage;
        const compartments = { defaultS3CompartmentId: compartment, defaultSwiftCompartmentId: compartment };
        await exchange.reply(200, { namespace, ...compartments });
      },
    },
    {
      operation: "ListBuckets",
      method: "GET",
      path: "/n/{namespace}/b",
      permissions: ["BUCKET_INSPECT"],
      handle: (exchange) => listBuckets(storage, exchange),
    },
    {
      operation: "CreateBucket",
      method: "POST",
      path: "/n/{namespace}/b",
      permissions: ["BUCKET_CREATE"],
      handle: (exchange) => createBucket(storage, exchange),
    },
    {
      operation: "GetBucket",
      method: "GET",
      path: "/n/{namespace}/b/{bucket}",
      permissions: ["BUCKET_READ"],
      handle: (exchange) => getBucket(storage, exchange),
    },
    {
      operation: "HeadBucket",
      method: "HEAD",
      path: "/n/{namespace}/b/{bucket}",
      permissions: ["BUCKET_INSPECT"],
      handle: (exchange) => getBucket(storage, exchange),
    },
    {
      operation: "UpdateBucket",
      method: "POST",
      path: "/n/{namespace}/b/{bucket}",
      permissions: ["BUCKET_UPDATE"],
      handle: (exchange) => updateBucket(storage, exchange),
    },
    {
      operation: "DeleteBucket",
      method: "DELETE",
      path: "/n/{namespace}/b/{bucket}",
      permissions: ["BUCKET_DELETE"],
      handle: (exchange) => deleteBucket(storage, exchange),
    },
  ];
}

/** @throws {Refusal} 404 NamespaceNotFound */
export function checkNamespace(storage: Storage, exchange: Exchange): void {
  if (exchange.parameter("namespace") !== storage.namespace) throw namespaceNotFound();
}

/** The bucket that the path names. */
export function bucketOf(storage: Storage, exchange: Exchange): Bucket {
  checkNamespace(storage, exchange);
  return storage.bucket(exchange.parameter("bucket"));
}

async function listBuckets(storage: Storage, exchange: Exchange): Promise<void> {
  checkNamespace(storage, exchange);
  const compartment = exchange.query.get("compartmentId");
  if (compartment === null) throw invalidParameter("The query parameter compartmentId is required.");
  const buckets = storage.buckets().filter(({ compartmentId }) => compartmentId === compartment);
  const { items, headers } = pageOf(buckets, exchange.query, 1000);
  const summaries = items.map((bucket) => summaryOf(storage, bucket));
  await exchange.reply(200, summaries, headers);
}

async function createBucket(storage: Storage, exchange: Exchange): Promise<void> {
  checkNamespace(storage, exchange);
  const { name, compartmentId, publicAccessType, metadata, freeformTags, definedTags } = await exchange.json();
  if (typeof name !== "string" || typeof compartmentId !== "string") {
    throw invalidParameter("A bucket needs a name and a compartmentId.");
  }
  const bucket = storage.createBucket(name, {
    compartmentId,
    createdBy: exchange.principal.id,
    metadata: metadataOf(metadata),
    ...(typeof publicAccessType === "string" ? { publicAccessType } : {}),
    ...(isRecord(freeformTags) ? { freeformTags } : {}),
    ...(isRecord(definedTags) ? { definedTags } : {}),
  });
  const location = `/n/${storage.namespace}/b/${name}`;
  await exchange.reply(200, bucketJson(storage, bucket), { etag: bucket.etag, location });
}

async function getBucket(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange);
  const headers = { etag: bucket.etag };
  if (exchange.method === "HEAD") return exchange.reply(200, undefined, headers);
  return exchange.reply(200, { ...bucketJson(storage, bucket), ...approximations(storage, bucket, exchange) }, headers);
}

/** The counts that a GetBucket's `fields` ask for. */
function approximations(storage: Storage, { name }: Bucket, { query }: Exchange): Readonly<Record<string, number>> {
  const fields = query.getAll("fields").join(",");
  if (!fields.includes("approximate")) return {};
  const sizes = storage.names(name).map((object) => storage.object(name, object).bytes);
  return {
    ...(fields.includes("approximateCount") ? { approximateCount: sizes.length } : {}),
    ...(fields.includes("approximateSize") ? { approximateSize: sizes.reduce((sum, size) => sum + size, 0) } : {}),
  };
}

async function updateBucket(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange);
  checkWrite(writeConditions(exchange), bucket.etag);
  const { publicAccessType, metadata, freeformTags } = await exchange.json();
  const updated = storage.updateBucket({
    ...bucket,
    ...(typeof publicAccessType === "string" ? { publicAccessType } : {}),
    ...(isRecord(metadata) ? { metadata: metadataOf(metadata) } : {}),
    ...(isRecord(freeformTags) ? { freeformTags } : {}),
  });
  await exchange.reply(200, bucketJson(storage, updated), { etag: updated.etag });
}

async function deleteBucket(storage: Storage, exchange: Exchange): Promise<void> {
  const { name, etag } = bucketOf(storage, exchange);
  checkWrite(writeConditions(exchange), etag);
  const uploads = [...storage.uploads.values()].some(({ bucket }) => bucket === name);
  if (uploads || storage.names(name).length > 0) throw bucketNotEmpty(name);
  const requests = [...storage.preauthenticated.values()].some(({ bucket }) => bucket === name);
  if (requests) throw preauthenticatedRequestStillExists(name);
  storage.deleteBucket(name);
  await exchange.reply(204);
}

function summaryOf(storage: Storage, bucket: Bucket): Readonly<Record<string, unknown>> {
  const { name, compartmentId, createdBy, etag, freeformTags, definedTags } = bucket;
  const timeCreated = timestamp(bucket.timeCreated);
  return { namespace: storage.namespace, name, compartmentId, createdBy, timeCreated, etag, freeformTags, definedTags };
}

function bucketJson(storage: Storage, bucket: Bucket): Readonly<Record<string, unknown>> {
  return {
    ...summaryOf(storage, bucket),
    metadata: bucket.metadata,
    publicAccessType: bucket.publicAccessType,
    storageTier: "Standard",
    objectEventsEnabled: false,
    kmsKeyId: null,
    objectLifecyclePolicyEtag: null,
    approximateCount: null,
    approximateSize: null,
    replicationEnabled: false,
    isReadOnly: false,
    id: `ocid1.bucket.oc1..${bucket.name}`,
    versioning: "Disabled",
    autoTiering: "Disabled",
  };
}
