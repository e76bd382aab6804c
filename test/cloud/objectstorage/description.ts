import { isRecord, type Exchange, type Headers } from "../http/exchange.ts";
import { invalidParameter } from "../http/refusal.ts";
import type { Description, StoredObject } from "./model.ts";

/** Headers that an object keeps, and the names they have in JSON bodies. */
const kept: Readonly<Record<string, string>> = {
  "content-type": "contentType",
  "content-language": "contentLanguage",
  "content-encoding": "contentEncoding",
  "content-disposition": "contentDisposition",
  "cache-control": "cacheControl",
  "storage-tier": "storageTier",
};

/** What a PutObject's headers say of the object. */
export function describedByHeaders(exchange: Exchange): Description {
  const headers = Object.keys(kept).flatMap((name) => pair(name, exchange.header(name)));
  const metadata = Object.entries(exchange.request.headers).flatMap(([name, value]) =>
    name.startsWith("opc-meta-") && typeof value === "string" ? pair(name.slice("opc-meta-".length), value) : [],
  );
  return { headers: Object.fromEntries(headers), metadata: Object.fromEntries(metadata) };
}

/** What a CreateMultipartUpload's body says of the object. Metadata may be named with its prefix or without. */
export function describedByJson(details: Readonly<Record<string, unknown>>): Description {
  const headers = Object.entries(kept).flatMap(([name, key]) => {
    const value = details[key];
    return typeof value === "string" ? pair(name, value) : [];
  });
  return { headers: Object.fromEntries(headers), metadata: metadataOf(details.metadata) };
}

/** User metadata as a JSON body gives it. */
export function metadataOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw invalidParameter("The metadata is not an object of strings.");
  const entries = Object.entries(value).map(([name, text]) => [
    name.toLowerCase().replace(/^opc-meta-/, ""),
    String(text),
  ]);
  return Object.fromEntries(entries);
}

/** The headers of GetObject and HeadObject, but for length and range. */
export function objectHeaders(object: StoredObject): Headers {
  const isMultipart = object.md5.includes("-");
  const metadata = Object.entries(object.metadata).map(([name, value]) => [`opc-meta-${name}`, value]);
  return {
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "storage-tier": "Standard",
    ...object.headers,
    ...Object.fromEntries(metadata),
    ...object.checksums,
    [isMultipart ? "opc-multipart-md5" : "content-md5"]: object.md5,
    etag: object.etag,
    "last-modified": httpDate(object.timeModified),
    "x-api-id": "native",
  };
}

/** As in `Sun, 22 Nov 2026 03:05:00 GMT`. */
export function httpDate(time: number): string {
  return new Date(time).toUTCString();
}

/** RFC 3339 with milliseconds. */
export function timestamp(time: number): string {
  return new Date(time).toISOString();
}

function pair(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}
