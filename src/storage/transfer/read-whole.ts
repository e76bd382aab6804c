import { createHash } from "node:crypto";
import { againIfDamaged } from "../damaged-body.ts";
import { displayLocation, type Location } from "../location.ts";
import { refuseLarger } from "../size-limit.ts";
import type { ObjectInfo } from "../store.ts";
import type { Stores } from "../stores.ts";
import { checkPin } from "./pin.ts";

export interface ReadWholeOptions {
  /** More bytes than this are refused with `invalid-work`. The whole is held in memory, so that there must be a limit. */
  readonly maxBytes: number;
  /** Hex of the SHA-256 that the bytes must have. */
  readonly sha256?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface WholeFile {
  readonly info: ObjectInfo;
  readonly bytes: Buffer;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Reads a small file (a job file) into memory.
 *
 * @throws NbjobError as `Store.read` does, and `invalid-work` for too many bytes or a wrong checksum
 */
export async function readWhole(stores: Stores, location: Location, options: ReadWholeOptions): Promise<WholeFile> {
  return againIfDamaged(() => readOnce(stores, location, options));
}

async function readOnce(stores: Stores, location: Location, options: ReadWholeOptions): Promise<WholeFile> {
  const { maxBytes, sha256, ...more } = options;
  const shown = displayLocation(location);
  const { info, body, close } = await stores
    .store(location)
    .read(location, { maxBytes, pinned: sha256 !== undefined, ...more });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      refuseLarger(length, maxBytes, shown);
      chunks.push(Buffer.from(chunk));
    }
  } finally {
    close();
  }
  const bytes = Buffer.concat(chunks);
  const actual = createHash("sha256").update(bytes).digest("hex");
  checkPin(actual, sha256, shown);
  return { info, bytes, sha256: actual };
}
