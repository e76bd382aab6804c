/**
 * Pre-authenticated requests: URLs of the form `/p/<token>/n/<namespace>/b/<bucket>/o/<object>` that need no signature
 * and allow what their access type says, until they expire or are deleted.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { Exchange } from "../http/exchange.ts";
import { pageOf } from "../http/paging.ts";
import { Refusal } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { bucketOf } from "./buckets.ts";
import { timestamp } from "./description.ts";
import type { Preauthenticated } from "./model.ts";
import { getObject, listObjects, putObject } from "./objects.ts";
import { badRequest, bucketNotFound } from "./refusals.ts";
import type { Storage } from "./storage.ts";

const accessTypes = [
  "ObjectRead",
  "ObjectWrite",
  "ObjectReadWrite",
  "AnyObjectRead",
  "AnyObjectWrite",
  "AnyObjectReadWrite",
];

export function preauthenticatedRoutes(storage: Storage, maximumPage: number): readonly Route[] {
  const list = "/n/{namespace}/b/{bucket}/p";
  const objects = "/p/{token}/n/{namespace}/b/{bucket}/o";
  const manage = ["PAR_MANAGE"];
  return [
    {
      operation: "CreatePreauthenticatedRequest",
      method: "POST",
      path: list,
      permissions: manage,
      handle: (exchange) => create(storage, exchange),
    },
    {
      operation: "ListPreauthenticatedRequests",
      method: "GET",
      path: list,
      permissions: manage,
      handle: async (exchange) => {
        const bucket = bucketOf(storage, exchange).name;
        const all = [...storage.preauthenticated.values()].filter((request) => request.bucket === bucket);
        const { items, headers } = pageOf(all, exchange.query, 1000);
        await exchange.reply(200, items.map(summaryOf), headers);
      },
    },
    {
      operation: "GetPreauthenticatedRequest",
      method: "GET",
      path: `${list}/{request+}`,
      permissions: manage,
      handle: (exchange) => exchange.reply(200, summaryOf(requestOf(storage, exchange))),
    },
    {
      operation: "DeletePreauthenticatedRequest",
      method: "DELETE",
      path: `${list}/{request+}`,
      permissions: manage,
      handle: async (exchange) => {
        storage.preauthenticated.delete(requestOf(storage, exchange).id);
        await exchange.reply(204);
      },
    },
    {
      operation: "PreauthenticatedListObjects",
      method: "GET",
      path: objects,
      security: "open",
      handle: async (exchange) => {
        const { bucketListingAction } = allowed(storage, exchange, "Read");
        if (bucketListingAction !== "ListObjects") throw hidden(exchange);
        await listObjects(storage, exchange, maximumPage);
      },
    },
    ...(["GET", "HEAD"] as const).map((method): Route => ({
      operation: "PreauthenticatedGetObject",
      method,
      path: `${objects}/{object+}`,
      security: "open",
      handle: async (exchange) => {
        allowed(storage, exchange, "Read");
        await getObject(storage, exchange);
      },
    })),
    {
      operation: "PreauthenticatedPutObject",
      method: "PUT",
      path: `${objects}/{object+}`,
      security: "open",
      handle: async (exchange) => {
        allowed(storage, exchange, "Write");
        await putObject(storage, exchange);
      },
    },
  ];
}

async function create(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const { name, objectName, accessType, bucketListingAction, timeExpires } = await exchange.json();
  const expires = typeof timeExpires === "string" ? Date.parse(timeExpires) : Number.NaN;
  const isAny = typeof accessType === "string" && accessType.startsWith("Any");
  const isKnown = typeof accessType === "string" && accessTypes.includes(accessType);
  if (typeof name !== "string" || !isKnown || Number.isNaN(expires) || (!isAny && typeof objectName !== "string")) {
    throw badRequest(
      "InvalidParCreateRequest",
      "A name, an access type, an expiry and, for one object, its name are needed.",
    );
  }
  const token = randomBytes(48).toString("base64url");
  const request: Preauthenticated = {
    id: `${randomUUID()}:${typeof objectName === "string" ? objectName : ""}`,
    token,
    bucket,
    name,
    objectName: typeof objectName === "string" ? objectName : undefined,
    accessType,
    bucketListingAction: typeof bucketListingAction === "string" ? bucketListingAction : undefined,
    timeCreated: storage.now(),
    timeExpires: expires,
  };
  storage.preauthenticated.put(request.id, request);
  const object = request.objectName === undefined ? "" : encodeURIComponent(request.objectName);
  const accessUri = `/p/${token}/n/${storage.namespace}/b/${bucket}/o/${object}`;
  const fullPath = `http://${exchange.header("host") ?? ""}${accessUri}`;
  await exchange.reply(200, { ...summaryOf(request), accessUri, fullPath });
}

/** The pre-authenticated request behind this request, which allows `right` on what the path names. */
function allowed(storage: Storage, exchange: Exchange, right: "Read" | "Write"): Preauthenticated {
  const token = exchange.parameter("token");
  const request = [...storage.preauthenticated.values()].find((candidate) => candidate.token === token);
  if (request === undefined || request.timeExpires <= storage.now()) throw hidden(exchange);
  const { objectName, accessType, bucket } = request;
  const { object } = exchange.parameters;
  // A request for any object may be limited to those that begin with a prefix.
  const isAny = accessType.startsWith("Any");
  const fits = isAny ? object === undefined || object.startsWith(objectName ?? "") : object === objectName;
  if (bucket !== exchange.parameter("bucket") || !fits || !accessType.includes(right)) throw hidden(exchange);
  exchange.principal = { kind: "preauthenticated", id: request.id, tenancy: "" };
  return request;
}

function hidden(exchange: Exchange): Refusal {
  return bucketNotFound(exchange.parameter("bucket"), exchange.parameter("namespace"));
}

function requestOf(storage: Storage, exchange: Exchange): Preauthenticated {
  const bucket = bucketOf(storage, exchange).name;
  const found = storage.preauthenticated.get(exchange.parameter("request"));
  if (found?.bucket !== bucket) {
    throw new Refusal(404, "PreauthenticatedRequestNotFound", "There is no such pre-authenticated request.");
  }
  return found;
}

function summaryOf(request: Preauthenticated): Readonly<Record<string, unknown>> {
  const { id, name, objectName, accessType, bucketListingAction, timeCreated, timeExpires } = request;
  const times = { timeCreated: timestamp(timeCreated), timeExpires: timestamp(timeExpires) };
  return { id, name, objectName, accessType, bucketListingAction, ...times };
}
