import { createHash } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { link, open, readdir, rename, rm, stat } from "node:fs/promises";
import { type Hope, withRetries } from "../../http/retry.ts";
import { NbjobError } from "../../text/errors.ts";
import { fileFailure, kindOf, notAFile, systemCode } from "../file-failure.ts";
import { isFolder, type Location } from "../location.ts";
import { createFile, isPartial, partialPath } from "../partial-file.ts";
import type { ListOptions, ObjectInfo, ReadOptions, ReadResult, Source, Store, WriteOptions } from "../store.ts";
import { refuseLarger } from "../size-limit.ts";

/** The files of this machine. */
export const fileStore: Store = { read, write, list, head, delete: remove };

async function read(location: Location, options: ReadOptions = {}): Promise<ReadResult> {
  const path = pathOf(location);
  // Asked before it is opened: opening a pipe that nobody writes to never ends.
  const stats = await stat(path).catch((error: unknown) => {
    throw fileFailure(error, path, "read");
  });
  if (!stats.isFile()) throw notAFile(path, stats);
  refuseLarger(stats.size, options.maxBytes, path);
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw fileFailure(error, path, "read");
  });
  const body = handle.createReadStream({
    highWaterMark: 256 * 1024,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  // Until somebody iterates it; then its errors are thrown there.
  body.on("error", () => {});
  const info = { location, bytes: stats.size, modifiedAt: stats.mtime };
  return { info, body, close: () => void body.destroy() };
}

async function write(location: Location, source: Source, options: WriteOptions = {}): Promise<ObjectInfo> {
  const path = pathOf(location);
  if (isFolder(location)) throw new NbjobError("output-folder", `${path} is a folder, not a file.`, { location: path });
  const { patience, signal } = options;
  try {
    const md5 = await withRetries(() => place(path, source, options), { hopeOf: hopeOfMount, patience, signal });
    return { location, bytes: source.bytes, md5 };
  } catch (error) {
    throw fileFailure(error, path, "write");
  }
}

/** What a mounted share, or a bucket that is mounted, says while what lies behind it is away. */
const away = new Set(
  "EIO ESTALE ETIMEDOUT ENOTCONN EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ECONNRESET ECONNABORTED EREMOTEIO EAGAIN".split(
    " ",
  ),
);

function hopeOfMount(error: unknown): Hope | undefined {
  return away.has(systemCode(error) ?? "") ? {} : undefined;
}

async function place(path: string, source: Source, { ifAbsent, signal }: WriteOptions): Promise<string> {
  const temporary = partialPath(path);
  try {
    const md5 = await writeWhole(temporary, source, signal);
    if (ifAbsent === true) {
      await link(temporary, path);
      await rm(temporary);
    } else await rename(temporary, path);
    return md5;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeWhole(path: string, source: Source, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("md5");
  const handle = await createFile(path);
  try {
    for await (const chunk of source.open(0, source.bytes)) {
      signal?.throwIfAborted();
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return hash.digest("base64");
}

async function* list(folder: Location, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
  const path = pathOf(folder);
  yield* walk(path.endsWith("/") ? path : `${path}/`, options);
}

async function* walk(folder: string, options: ListOptions): AsyncGenerator<ObjectInfo> {
  options.signal?.throwIfAborted();
  const skipped = (path: string, why: string): void => options.onSkipped?.({ kind: "file", path }, why);
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw fileFailure(error, folder, "read");
  }
  for (const entry of entries) {
    const path = folder + entry.name;
    if (entry.isDirectory()) {
      try {
        yield* walk(`${path}/`, options);
      } catch (error) {
        if (!(error instanceof NbjobError)) throw error;
        skipped(`${path}/`, "may not be read by this user");
      }
      continue;
    }
    if (isPartial(entry.name)) continue;
    // Follows links: a link to a file is that file.
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) {
      const undecodable = entry.name.includes("\ufffd");
      skipped(path, undecodable ? "has a name that is not Unicode text" : "is a link to nowhere, or vanished");
    } else if (stats.isFile()) {
      yield { location: { kind: "file", path }, bytes: stats.size, modifiedAt: stats.mtime };
    } else {
      // A linked folder could lead out of this one, or back into it.
      skipped(path, stats.isDirectory() ? "is a link to a folder" : `is ${kindOf(stats)}`);
    }
  }
}

async function head(location: Location): Promise<ObjectInfo | undefined> {
  const path = pathOf(location);
  try {
    const stats = await stat(path);
    return stats.isFile() ? { location, bytes: stats.size, modifiedAt: stats.mtime } : undefined;
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw fileFailure(error, path, "read");
  }
}

async function remove(location: Location): Promise<void> {
  const path = pathOf(location);
  try {
    await rm(path, { force: true });
  } catch (error) {
    if (systemCode(error) !== "ENOTDIR") throw fileFailure(error, path, "write");
  }
}

function pathOf(location: Location): string {
  if (location.kind !== "file") throw new NbjobError("bug", `The file store was given a ${location.kind} location.`);
  return location.path;
}
