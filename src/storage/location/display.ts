import type { Location } from "../location.ts";
import { formatLocation } from "./parts.ts";

/** Parameters of a query that hold no secret, in the URLs that people use: everything else is hidden. */
const harmless =
  /^(?:raw|plain|ref|branch|version|versionId|format|download|dl|inline|name|file|filename|path|page|limit)$/i;

/**
 * A location as messages, logs and `run.json` may show it: without a URL's password, the token of a pre-authenticated
 * request, or values of its query that could be a signature.
 */
export function displayLocation(location: Location): string {
  return location.kind === "http" ? displayUrl(location.url) : formatLocation(location);
}

/** What `displayLocation` does for a URL's text. */
export function displayUrl(text: string): string {
  if (!URL.canParse(text)) return hidden(text);
  const url = new URL(text);
  const credentials = url.username === "" && url.password === "" ? "" : "…@";
  // https://objectstorage.region.oraclecloud.com/p/TOKEN/n/namespace/b/bucket/o/object
  const path = url.pathname.replace(parToken, "/p/…");
  const query = [...url.searchParams].map(([name, value]) => `${name}=${harmless.test(name) ? value : "…"}`).join("&");
  return `${url.protocol}//${credentials}${url.host}${path}${query === "" ? "" : `?${query}`}`;
}

const parToken = /\/p\/[^/]+(?=\/n\/)/;

/** What is no URL, without all that may have been meant as a secret of one. */
export function hidden(text: string): string {
  return text
    .replace(/\?.*$/s, "?…")
    .replace(/(:\/+)[^/]*@/, "$1…@")
    .replace(parToken, "/p/…");
}
