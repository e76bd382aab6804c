import type { Location } from "../location.ts";

/** The text that `parseLocation` turns back into the same location. It may hold secrets: see `displayLocation`. */
export function formatLocation(location: Location): string {
  switch (location.kind) {
    case "file":
      return location.path;
    case "http":
      return location.url;
    case "oci":
      return `oci://${location.bucket}@${location.namespace}/${location.object}`;
  }
}

/** True for a location whose last character is a slash, and for a bare bucket. */
export function isFolder(location: Location): boolean {
  return pathOf(location).endsWith("/") || (location.kind === "oci" && location.object === "");
}

/** The same place named as a folder. */
export function asFolder(location: Location): Location {
  return isFolder(location) ? location : withPath(location, `${pathOf(location)}/`);
}

/** The folder that a location lies in: of `/a/b` and `/a/b/` it is `/a/`. The root is its own parent. */
export function parentOf(location: Location): Location {
  const path = pathOf(location);
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  const folder = end <= 0 ? "" : path.slice(0, path.lastIndexOf("/", end - 1) + 1);
  return withPath(location, folder === "" && location.kind !== "oci" ? "/" : folder);
}

/** The last name of a location, decoded, without a folder's slash: of `https://host/a%20b/` it is `a b`. Empty at the root. */
export function nameOf(location: Location): string {
  const path = pathOf(location);
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  const name = end <= 0 ? "" : path.slice(path.lastIndexOf("/", end - 1) + 1, end);
  return location.kind === "http" ? decodeSegment(name) : name;
}

/**
 * The part of a location that names what lies where: a path, a URL's path (still encoded) or an object's name.
 * @internal
 */
export function pathOf(location: Location): string {
  switch (location.kind) {
    case "file":
      return location.path;
    case "http":
      return new URL(location.url).pathname;
    case "oci":
      return location.object;
  }
}

/**
 * A location beside another one: same machine, host or bucket, other path (of a URL: encoded). A URL's query is dropped.
 * @internal
 */
export function withPath(location: Location, path: string): Location {
  switch (location.kind) {
    case "file":
      return { kind: "file", path };
    case "http": {
      const url = new URL(location.url);
      url.pathname = path;
      url.search = "";
      return { kind: "http", url: url.href };
    }
    case "oci":
      return { ...location, object: path };
  }
}

/**
 * Percent-decodes; a percent sign that starts no valid escape is itself.
 * @internal
 */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
