/** An object, or with an empty name a bucket. Names are exact. */
export interface ObjectName {
  readonly namespace: string;
  readonly bucket: string;
  readonly object: string;
}

/** A name as one segment of a URL's path: everything but unreserved characters is encoded, slashes too (RFC 3986, 2.3). */
export function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Values that are undefined are left out; the SDK's habit of not encoding them loses what follows a `#` or `&`. */
export function encodeQuery(query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeName(name)}=${encodeName(String(value))}`],
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

export function bucketTarget({ namespace, bucket }: Omit<ObjectName, "object">): string {
  return `/n/${encodeName(namespace)}/b/${encodeName(bucket)}`;
}

export function objectTarget(name: ObjectName): string {
  return `${bucketTarget(name)}/o/${encodeName(name.object)}`;
}

export function uploadTarget(name: ObjectName, query: Readonly<Record<string, string | number>>): string {
  return `${bucketTarget(name)}/u/${encodeName(name.object)}${encodeQuery(query)}`;
}
