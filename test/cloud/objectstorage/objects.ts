import type { Exchange, Headers } from "../http/exchange.ts";
import { limitOf } from "../http/paging.ts";
import { Refusal } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { bucketOf } from "./buckets.ts";
import { checkWrite, notModified, writeConditions } from "./conditions.ts";
import { describedByHeaders, httpDate, objectHeaders, timestamp } from "./description.ts";
import { listPage } from "./listing.ts";
import type { StoredObject } from "./model.ts";
import { checkObjectName } from "./names.ts";
import { parseRange } from "./range.ts";
import { receiveBody } from "./receive.ts";
import { badRequest } from "./refusals.ts";
import type { Storage } from "./storage.ts";

const path = "/n/{namespace}/b/{bucket}/o/{object+}";

export function objectRoutes(storage: Storage, maximumPage: number): readonly Route[] {
  return [
    {
      operation: "ListObjects",
      method: "GET",
      path: "/n/{namespace}/b/{bucket}/o",
      permissions: ["OBJECT_INSPECT"],
      handle: (exchange) => listObjects(storage, exchange, maximumPage),
    },
    {
      operation: "PutObject",
      method: "PUT",
      path,
      security: "unsigned",
      permissions: ["OBJECT_CREATE", "OBJECT_OVERWRITE"],
      handle: (exchange) => putObject(storage, exchange),
    },
    {
      operation: "GetObject",
      method: "GET",
      path,
      permissions: ["OBJECT_READ"],
      handle: (exchange) => getObject(storage, exchange),
    },
    {
      operation: "HeadObject",
      method: "HEAD",
      path,
      permissions: ["OBJECT_READ", "OBJECT_INSPECT"],
      handle: (exchange) => getObject(storage, exchange),
    },
    {
      operation: "DeleteObject",
      method: "DELETE",
      path,
      permissions: ["OBJECT_DELETE"],
      handle: (exchange) => deleteObject(storage, exchange),
    },
  ];
}

/** The answer to a write, which says again what was written. */
export function writtenHeaders(object: StoredObject): Headers {
  return { etag: object.etag, "last-modified": httpDate(object.timeModified), ...object.checksums };
}

export async function putObject(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const name = exchange.parameter("object");
  checkObjectName(name);
  const conditions = writeConditions(exchange);
  // Before the body, so that 100 Continue is not given in vain; again when it is complete, with what is true then.
  checkWrite(conditions, storage.find(bucket, name)?.etag);
  const algorithm = exchange.header("opc-checksum-algorithm");
  const { segment, md5, checksums } = await receiveBody(exchange, storage.bodies, algorithm);
  const content = { segments: [segment], md5, checksums, ...describedByHeaders(exchange) };
  const object = await storage.put(bucket, name, content, conditions);
  await exchange.reply(200, undefined, { ...writtenHeaders(object), "opc-content-md5": md5 });
}

export async function getObject(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const object = storage.object(bucket, exchange.parameter("object"));
  const headers = { ...objectHeaders(object), ...overrides(exchange) };
  if (notModified(exchange, object.etag)) return exchange.send(304, headers, Buffer.alloc(0));
  const range = parseRange(exchange.header("range"), object.bytes);
  const { start, end } = range ?? { start: 0, end: object.bytes };
  const described = {
    ...headers,
    "content-length": String(end - start),
    ...(range === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${object.bytes}` }),
  };
  const chunks = storage.bodies.read(object.segments, start, end);
  return exchange.send(range === undefined ? 200 : 206, described, { length: end - start, chunks });
}

async function deleteObject(storage: Storage, exchange: Exchange): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  await storage.delete(bucket, exchange.parameter("object"), { ifMatch: exchange.header("if-match") });
  await exchange.reply(204, undefined, { "last-modified": httpDate(storage.now()) });
}

export async function listObjects(storage: Storage, exchange: Exchange, maximumPage: number): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const { query } = exchange;
  const delimiter = query.get("delimiter") ?? "";
  if (delimiter !== "" && delimiter !== "/")
    throw badRequest("InvalidParameter", "The only delimiter there is is '/'.");
  const page = listPage(storage.names(bucket), {
    prefix: query.get("prefix") ?? "",
    delimiter,
    start: query.get("start") ?? "",
    startAfter: query.get("startAfter") ?? "",
    end: query.get("end") ?? "",
    limit: limitOf(query, maximumPage),
  });
  const fields = fieldsOf(query);
  await exchange.reply(200, {
    objects: page.names.map((name) => summaryOf(storage.object(bucket, name), fields)),
    prefixes: page.prefixes,
    ...(page.next === undefined ? {} : { nextStartWith: page.next }),
  });
}

const summaryFields = ["name", "size", "etag", "md5", "timeCreated", "timeModified", "storageTier", "archivalState"];

function fieldsOf(query: URLSearchParams): readonly string[] {
  const asked = (query.get("fields") ?? "name").split(",").map((field) => field.trim().toLowerCase());
  const unknown = asked.find((field) => !summaryFields.some((known) => known.toLowerCase() === field));
  if (unknown !== undefined) throw new Refusal(400, "InvalidAttributeName", `There is no object field '${unknown}'.`);
  return summaryFields.filter((known) => known === "name" || asked.includes(known.toLowerCase()));
}

function summaryOf(object: StoredObject, fields: readonly string[]): Readonly<Record<string, unknown>> {
  const all: Readonly<Record<string, unknown>> = {
    name: object.name,
    size: object.bytes,
    etag: object.etag,
    md5: object.md5,
    timeCreated: timestamp(object.timeCreated),
    timeModified: timestamp(object.timeModified),
    storageTier: object.headers["storage-tier"] ?? "Standard",
    archivalState: null,
  };
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
}

/** Response headers that the query of a GetObject may set. */
function overrides({ query }: Exchange): Headers {
  const names: Readonly<Record<string, string>> = {
    httpResponseCacheControl: "cache-control",
    httpResponseContentDisposition: "content-disposition",
    httpResponseContentEncoding: "content-encoding",
    httpResponseContentLanguage: "content-language",
    httpResponseContentType: "content-type",
    httpResponseExpires: "expires",
  };
  const given = Object.entries(names).map(([key, name]) => [name, query.get(key) ?? undefined]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
