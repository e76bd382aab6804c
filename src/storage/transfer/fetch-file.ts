import { createHash, type Hash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { againIfDamaged } from "../damaged-body.ts";
import { fileFailure } from "../file-failure.ts";
import { displayLocation, type Location } from "../location.ts";
import { makeFolder } from "../make-folder.ts";
import { refuseLarger } from "../size-limit.ts";
import type { ObjectInfo } from "../store.ts";
import type { Stores } from "../stores.ts";
import { checkPin } from "./pin.ts";

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
  const { info, body } = await stores.store(location).read(location, { ...readOptions, pinned: pinned !== undefined });
  // It may fail before the pipeline listens, as it does when the run is cancelled just now.
  body.on("error", () => {});
  const temporary = join(dirname(toPath), `.nbjob-${randomBytes(6).toString("hex")}.part`);
  const hash = digest || pinned !== undefined ? createHash("sha256") : undefined;
  const meter = countBytes(hash, options.maxBytes, shown);
  try {
    await makeFolder(dirname(toPath));
    const file = createWriteStream(temporary, {
      flags: "wx",
      highWaterMark: 1024 * 1024,
      ...(mode === undefined ? {} : { mode }),
    });
    await pipeline(body, meter.stream, file, options.signal === undefined ? {} : { signal: options.signal });
    const sha256 = hash?.digest("hex") ?? "";
    if (hash !== undefined) checkPin(sha256, pinned, shown);
    await rename(temporary, toPath);
    return { info, bytes: meter.bytes(), sha256, etag: info.etag };
  } catch (error) {
    throw fileFailure(error, toPath, "write");
  } finally {
    body.destroy();
    await rm(temporary, { force: true }).catch(() => {});
  }
}

function countBytes(
  hash: Hash | undefined,
  maxBytes: number | undefined,
  shown: string,
): { stream: Transform; bytes(): number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      try {
        refuseLarger(bytes, maxBytes, shown);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      hash?.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}
