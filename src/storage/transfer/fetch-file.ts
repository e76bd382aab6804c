import { createHash } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { atOnce, smallFile } from "../at-once.ts";
import { againIfDamaged } from "../damaged-body.ts";
import { placeFailure } from "../file-failure.ts";
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
  /** As a list has it. */
  readonly expectedBytes?: number | undefined;
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
    const small = (read.info.bytes ?? Infinity) <= smallFile ? await gathered(counted()) : undefined;
    if (small === undefined) await writeChunks(temporary, counted(), { mode, bytes: read.info.bytes });
    const sha256 = hash?.digest("hex") ?? "";
    if (hash !== undefined) checkPin(sha256, pinned, shown);
    if (small === undefined || !placed(temporary, toPath, small, mode)) {
      if (small !== undefined) await writeChunks(temporary, [small], { mode, bytes });
      await rename(temporary, toPath);
    }
    return { info: read.info, bytes, sha256, etag: read.info.etag };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw placeFailure(error, shown, toPath);
  } finally {
    read.close();
  }
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  // A chunk is good until the next one is asked for.
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return copies.length === 1 && copies[0] !== undefined ? copies[0] : Buffer.concat(copies);
}

/** False where the file is not placed at once. */
function placed(temporary: string, toPath: string, bytes: Uint8Array, mode: number | undefined): boolean {
  const place = (): void => {
    writeFileSync(temporary, bytes, { flag: "wx", mode });
    renameSync(temporary, toPath);
  };
  return atOnce(toPath, place) !== undefined;
}
