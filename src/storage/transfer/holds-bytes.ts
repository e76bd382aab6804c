import { createHash } from "node:crypto";
import { fileSource } from "../source.ts";
import type { ObjectInfo } from "../store.ts";

/**
 * Whether a file on this machine has the bytes of an object, by its length and a checksum. False where there is none to
 * compare by, the file cannot be read, or `signal` ends the reading.
 */
export async function holdsBytes(
  path: string,
  { bytes, md5, crc32c }: { readonly [Key in "bytes" | "md5" | "crc32c"]: ObjectInfo[Key] | undefined },
  signal?: AbortSignal,
): Promise<boolean> {
  const expected = crc32c ?? md5;
  if (expected === undefined) return false;
  try {
    const source = await fileSource(path, { tolerateChange: true });
    if (source.bytes !== bytes) return false;
    const hash = crc32c === undefined ? md5Hash() : new (await import("../../oci/objectstorage/crc32c.ts")).Crc32c();
    for await (const chunk of source.open(0, source.bytes)) {
      signal?.throwIfAborted();
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
