import { randomUUID } from "node:crypto";
import { isRecord, type Exchange } from "../http/exchange.ts";
import { invalidParameter, notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { bucketOf } from "./buckets.ts";
import { checkWrite } from "./conditions.ts";
import { metadataOf, timestamp } from "./description.ts";
import type { WorkRequest } from "./model.ts";
import { checkObjectName } from "./names.ts";
import { writtenHeaders } from "./objects.ts";
import { badRequest, namespaceNotFound } from "./refusals.ts";
import type { Storage } from "./storage.ts";

export function copyRoutes(storage: Storage): readonly Route[] {
  const action = "/n/{namespace}/b/{bucket}/actions";
  return [
    {
      operation: "CopyObject",
      method: "POST",
      path: `${action}/copyObject`,
      permissions: ["OBJECT_READ"],
      handle: (exchange) => copyObject(storage, exchange),
    },
    {
      operation: "RenameObject",
      method: "POST",
      path: `${action}/renameObject`,
      permissions: ["OBJECT_OVERWRITE", "OBJECT_CREATE"],
      handle: (exchange) => renameObject(storage, exchange),
    },
    {
      operation: "BatchDeleteObjects",
      method: "POST",
      path: `${action}/batchDeleteObjects`,
      permissions: ["OBJECT_DELETE"],
      handle: (exchange) => batchDelete(storage, exchange),
    },
    {
      operation: "GetWorkRequest",
      method: "GET",
      path: "/workRequests/{workRequest}",
      handle: (exchange) => getWorkRequest(storage, exchange),
    },
  ];
}

async function copyObject(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange);
  const details = await exchange.json();
  const source = storage.object(bucket.name, text(details, "sourceObjectName"));
  checkWrite({ ifMatch: optional(details, "sourceObjectIfMatchETag") }, source.etag);
  if (text(details, "destinationNamespace") !== storage.namespace) throw namespaceNotFound();
  const destinationBucket = storage.bucket(text(details, "destinationBucket")).name;
  const destination = text(details, "destinationObjectName");
  checkObjectName(destination);
  text(details, "destinationRegion");
  const conditions = {
    ifMatch: optional(details, "destinationObjectIfMatchETag"),
    ifNoneMatch: optional(details, "destinationObjectIfNoneMatchETag"),
  };
  const { segments, md5, checksums, headers } = source;
  const given = details.destinationObjectMetadata;
  const metadata = isRecord(given) ? metadataOf(given) : source.metadata;
  storage.bodies.hold(segments);
  const timeAccepted = storage.now();
  const failure = await storage
    .put(destinationBucket, destination, { segments, md5, checksums, headers, metadata }, conditions)
    .then(
      () => undefined,
      (error: unknown) => (error instanceof Refusal ? error.message : String(error)),
    );
  const workRequest: WorkRequest = {
    id: `ocid1.objectstorageworkrequest.oc1..${randomUUID()}`,
    compartmentId: bucket.compartmentId,
    timeAccepted,
    timeFinished: storage.now(),
    failure,
    source: `/n/${storage.namespace}/b/${bucket.name}/o/${encodeURIComponent(source.name)}`,
    destination: `/n/${storage.namespace}/b/${destinationBucket}/o/${encodeURIComponent(destination)}`,
  };
  storage.workRequests.put(workRequest.id, workRequest);
  await exchange.reply(202, undefined, { "opc-work-request-id": workRequest.id });
}

async function renameObject(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const details = await exchange.json();
  const source = storage.object(bucket, text(details, "sourceName"));
  const newName = text(details, "newName");
  if (newName === source.name) {
    throw badRequest("SourceNameSameAsNewName", "The object has that name already.");
  }
  checkWrite({ ifMatch: optional(details, "srcObjIfMatchETag") }, source.etag);
  storage.bodies.hold(source.segments);
  const object = await storage.put(bucket, newName, source, {
    ifMatch: optional(details, "newObjIfMatchETag"),
    ifNoneMatch: optional(details, "newObjIfNoneMatchETag"),
  });
  await storage.delete(bucket, source.name);
  await exchange.reply(200, undefined, writtenHeaders(object));
}

async function batchDelete(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const { objects, isSkipDeletedResult } = await exchange.json();
  if (!Array.isArray(objects)) throw invalidParameter("The list of objects is missing.");
  const deleted: unknown[] = [];
  const failed: unknown[] = [];
  for (const item of objects) {
    const details = isRecord(item) ? item : {};
    const objectName = text(details, "objectName");
    try {
      await storage.delete(bucket, objectName, { ifMatch: optional(details, "ifMatch") });
      deleted.push({ objectName, timeLastModified: timestamp(storage.now()) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed.push({ objectName, statusCode: error.status, errorCode: error.code, errorMessage: error.message });
    }
  }
  await exchange.reply(200, { deleted: isSkipDeletedResult === true ? [] : deleted, failed });
}

async function getWorkRequest(storage: Storage, exchange: Exchange): Promise<void> {
  const found = storage.workRequests.get(exchange.parameter("workRequest"));
  if (found === undefined) throw notAuthorizedOrNotFound();
  const { id, compartmentId, timeAccepted, timeFinished, failure, source, destination } = found;
  await exchange.reply(200, {
    operationType: "COPY_OBJECT",
    status: failure === undefined ? "COMPLETED" : "FAILED",
    id,
    compartmentId,
    resources: [
      { actionType: "READ", entityType: "object", identifier: source, entityUri: source },
      { actionType: "WRITTEN", entityType: "object", identifier: destination, entityUri: destination },
    ],
    percentComplete: 100,
    timeAccepted: timestamp(timeAccepted),
    timeStarted: timestamp(timeAccepted),
    timeFinished: timeFinished === undefined ? null : timestamp(timeFinished),
  });
}

function text(details: Readonly<Record<string, unknown>>, key: string): string {
  const value = optional(details, key);
  if (value === undefined) throw invalidParameter(`The field ${key} is missing.`);
  return value;
}

function optional(details: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = details[key];
  return typeof value === "string" ? value : undefined;
}
