import { NbjobError } from "../../text/errors.ts";
import type { Location } from "../location.ts";
import { asFolder, pathOf, withPath } from "./parts.ts";

/**
 * The location of a file below a folder. The names are taken as they are (`a b`, `100%.txt`, `q?.csv`), and encoded where
 * the kind of location needs it; a trailing slash makes a folder.
 *
 * @param relativePath names separated by slashes, as `list` gives them and as they lie in a folder on disk
 * @throws NbjobError `usage` for a path that is absolute or holds `.` or `..`: it could leave the folder
 */
export function joinLocation(folder: Location, relativePath: string): Location {
  const segments = relativePath.split("/");
  if (relativePath.startsWith("/") || segments.includes("..") || segments.includes(".")) {
    throw new NbjobError("usage", `"${relativePath}" does not name something inside a folder.`);
  }
  const base = asFolder(folder);
  const tail = folder.kind === "http" ? segments.map(encodeSegment).join("/") : relativePath;
  return withPath(base, pathOf(base) + tail);
}

/**
 * Where a relative path leads from a folder, `.` and `..` followed. Undefined where it climbs above the root of a bucket or host.
 * @internal
 */
export function resolveRelative(folder: Location, relativePath: string): Location | undefined {
  let base = pathOf(asFolder(folder));
  const segments = relativePath.split("/");
  const kept: string[] = [];
  let above = 0;
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === "." || segment === "..") {
      if (segment === ".." && kept.pop() === undefined) above += 1;
      if (last) kept.push("");
    } else {
      kept.push(segment);
    }
  }
  for (; above > 0; above -= 1) {
    if (base === "" || base === "/") return undefined;
    base = base.slice(0, base.lastIndexOf("/", base.length - 2) + 1);
  }
  const tail = (folder.kind === "http" ? kept.map(encodeSegment) : kept).join("/");
  return withPath(folder, base + tail);
}

/** A name as one segment of a URL's path. */
function encodeSegment(name: string): string {
  return encodeURIComponent(name).replaceAll(/%(?:40|3A|2C|2B|3D|26|24)/g, (escape) => decodeURIComponent(escape));
}
