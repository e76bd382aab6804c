import { createHash } from "node:crypto";
import { joinLocation, type Location } from "../location.ts";
import { fileSource } from "../source.ts";
import type { ObjectInfo } from "../store.ts";
import type { Stores } from "../stores.ts";
import type { FileToPublish, PublishedFile } from "./publish-files.ts";

/**
 * Whether what was published of a file is what it holds now, and is where it was put: bytes change without a trace where
 * they are written through a memory map, and a bucket's rules may delete what a long run published in its first days.
 * False where that cannot be told by a checksum, or the file cannot be read.
 */
export async function isStillPublished(
  stores: Stores,
  folder: Location,
  { path, absolute }: FileToPublish,
  published: PublishedFile,
  signal: AbortSignal,
): Promise<boolean> {
  return (
    (await holdsBytes(absolute, published, signal)) &&
    (await isThere(stores, joinLocation(folder, path), published, signal))
  );
}

/** Whoever may write and not look takes it to be there. */
async function isThere(
  stores: Stores,
  location: Location,
  published: PublishedFile,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const found = await stores.store(location).head(location, { signal });
    return found?.bytes === published.bytes && (found?.etag ?? published.etag) === published.etag;
  } catch {
    return true;
  }
}

async function holdsBytes(
  path: string,
  { bytes, md5, crc32c }: { readonly [Key in "bytes" | "md5" | "crc32c"]: ObjectInfo[Key] | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  const expected = crc32c ?? md5;
  if (expected === undefined) return false;
  try {
    const source = await fileSource(path, { tolerateChange: true });
    if (source.bytes !== bytes) return false;
    const hash = crc32c === undefined ? md5Hash() : new (await import("../../oci/objectstorage/crc32c.ts")).Crc32c();
    for await (const chunk of source.open(0, source.bytes)) {
      signal.throwIfAborted();
      hash.update(chunk);
    }
    return hash.digest() === expected;
  } catch {
    return false;
  }
}

function md5Hash(): { update(chunk: Uint8Array): void; digest(): string } {
  const hash = createHash("md5");
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest("base64") };
}
