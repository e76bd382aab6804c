import { createHash } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { againIfDamaged } from "../damaged-body.ts";
import { fileFailure } from "../file-failure.ts";
import { displayLocation, type Location } from "../location.ts";
import { partialPath } from "../partial-file.ts";
import { refuseLarger } from "../size-limit.ts";
import type { ObjectInfo } from "../store.ts";
import type { Stores } from "../stores.ts";
import { checkPin } from "./pin.ts";
import { writeChunks } from "./write-chunks.ts";

export interface FetchFileOptions {
  /** Hex of the SHA-256 that the bytes must have. */
  readonly sha256?: string | undefined;
  /** More bytes than this are refused with `invalid-work`. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Permissions of the new file. @default 0o666 without the process's umask */
  readonly mode?: number;
  /** Compute the SHA-256 although nothing is pinned. Costs about a second and a half of CPU per GiB. @default true */
  readonly digest?: boolean;
}

export interface Fetched {
  readonly info: ObjectInfo;
  readonly bytes: number;
  /** Lower-case hex; empty where `digest` was false and nothing pinned. */
  readonly sha256: string;
  readonly etag: string | undefined;
}

/**
 * Brings one file to this machine. It appears under `toPath` whole and checked, or not at all; folders are made.
 *
 * @throws NbjobError as `Store.read` does; `invalid-work` for too many bytes or a wrong checksum
 */
export async function fetchFile(
  stores: Stores,
  location: Location,
  toPath: string,
  options: FetchFileOptions = {},
): Promise<Fetched> {
  return againIfDamaged(() => fetchOnce(stores, location, toPath, options));
}

async function fetchOnce(
  stores: Stores,
  location: Location,
  toPath: string,
  options: FetchFileOptions,
): Promise<Fetched> {
  const { sha256: pinned, mode, digest = true, ...readOptions } = options;
  const shown = displayLocation(location);
  const read = await stores.store(location).read(location, { ...readOptions, pinned: pinned !== undefined });
  const temporary = partialPath(toPath);
  const hash = digest || pinned !== undefined ? createHash("sha256") : undefined;
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of read.body) {
      bytes += chunk.length;
      refuseLarger(bytes, options.maxBytes, shown);
      hash?.update(chunk);
      yield chunk;
    }
  }
  try {
    await writeChunks(temporary, counted(), { mode, bytes: read.info.bytes });
    const sha256 = hash?.digest("hex") ?? "";
    if (hash !== undefined) checkPin(sha256, pinned, shown);
    await rename(temporary, toPath);
    return { info: read.info, bytes, sha256, etag: read.info.etag };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileFailure(error, toPath, "place");
  } finally {
    read.close();
  }
}
