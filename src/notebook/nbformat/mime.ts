import type { Json, MimeBundle } from "./types.ts";
import { splitLines } from "./lines.ts";

/** True for data that is JSON, which is never joined nor split. */
export function isJsonMime(mime: string): boolean {
  return mime === "application/json" || (mime.startsWith("application/") && mime.endsWith("+json"));
}

/** A bundle as it is in memory: lists of lines joined. */
export function joinBundle(bundle: MimeBundle): MimeBundle {
  return mapBundle(bundle, (data, mime) => (isTextList(data) && !isJsonMime(mime) ? data.join("") : data));
}

/** A bundle as it is on disk: text and the like in lines. */
export function splitBundle(bundle: MimeBundle): MimeBundle {
  return mapBundle(bundle, (data, mime) => (typeof data === "string" && isSplitMime(mime) ? splitLines(data) : data));
}

function isSplitMime(mime: string): boolean {
  return mime.startsWith("text/") || mime === "application/javascript" || mime === "image/svg+xml";
}

function mapBundle(bundle: MimeBundle, change: (data: Json, mime: string) => Json): MimeBundle {
  return Object.fromEntries(Object.entries(bundle).map(([mime, data]) => [mime, change(data, mime)]));
}

/** True for a list of nothing but strings. */
export function isTextList(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string");
}
