/**
 * Where bytes live. A location is data; a store does the reading and writing.
 * A folder is a location whose last character is a slash (or the bare bucket).
 */
export type Location =
  /** An absolute, normalised path on this machine; a folder's ends with a slash. */
  | { readonly kind: "file"; readonly path: string }
  /** An http: or https: URL, as `URL` serialises it, without a fragment. May hold secrets: print it with `displayLocation`. */
  | { readonly kind: "http"; readonly url: string }
  /** `oci://bucket@namespace/object`; the object's name is exact, not percent-decoded. */
  | { readonly kind: "oci"; readonly bucket: string; readonly namespace: string; readonly object: string };

export { displayLocation } from "./location/display.ts";
export { joinLocation } from "./location/join.ts";
export { parseLocation, type ParseLocationOptions } from "./location/parse.ts";
export { asFolder, formatLocation, isFolder, nameOf, parentOf } from "./location/parts.ts";
