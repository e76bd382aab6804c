/**
 * Where bytes live. A location is data; a store does the reading and writing.
 * A folder is a location whose last character is a slash (or the bare bucket).
 */
export type Location =
  /** An absolute, normalised path on this machine. */
  | { readonly kind: "file"; readonly path: string }
  /** An http: or https: URL, as `URL` serialises it. */
  | { readonly kind: "http"; readonly url: string }
  /** `oci://bucket@namespace/object`; the object's name is exact, not percent-decoded. */
  | { readonly kind: "oci"; readonly bucket: string; readonly namespace: string; readonly object: string };
