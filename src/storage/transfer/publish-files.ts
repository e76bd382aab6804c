import pMap from "p-map";
import type { Patience } from "../../http/patience.ts";
import { NbjobError } from "../../text/errors.ts";
import { contentTypeOf } from "../content-type.ts";
import { displayLocation, joinLocation, type Location } from "../location.ts";
import { fileSource, SourceChanged, sourceChangedFailure } from "../source.ts";
import type { ObjectInfo } from "../store.ts";
import type { Stores } from "../stores.ts";
import { messageOf } from "../../text/message-of.ts";

export interface FileToPublish {
  /** The name under the output folder, with slashes. */
  readonly path: string;
  /** Where its bytes lie on this machine. */
  readonly absolute: string;
}

export interface PublishedFile {
  readonly path: string;
  /** Where it went, as it may be shown; of a name that the folder cannot take, the folder. */
  readonly location: string;
  readonly bytes: number | undefined;
  /** Base64, where the service or we computed it. */
  readonly md5: string | undefined;
  /** Base64, where the store knows it. */
  readonly crc32c: string | undefined;
  readonly etag: string | undefined;
  readonly status: "published" | "failed";
  /** True where the file was written to while it was read: what was published is what was read. */
  readonly changedWhileRead: boolean;
  readonly error?: NbjobError;
}

export interface PublishFilesOptions {
  readonly signal?: AbortSignal;
  /** How long failures of the service are put up with, by all the files together. @default the store's own patience for each */
  readonly patience?: Patience | undefined;
  /** Other bytes of the same names will follow: see `WriteOptions`. */
  readonly provisional?: boolean;
  /** Files under way at a time. @default 32 */
  readonly concurrency?: number;
  /** Called for each file as it is done, for progress. */
  readonly onFile?: (file: PublishedFile) => void;
}

/** How often a file that changes under our hands is read again before it is taken as it comes. */
const steadyTries = 3;

/**
 * Copies files into a folder, many at a time, each verified. One that fails does not stop the rest: its result says why.
 * Results come in the order of `files`. Never throws, except for a bug.
 */
export async function publishFiles(
  stores: Stores,
  files: readonly FileToPublish[],
  folder: Location,
  options: PublishFilesOptions = {},
): Promise<readonly PublishedFile[]> {
  const { concurrency = 32, onFile } = options;
  return pMap(
    files,
    async (file) => {
      const result = await publishOne(stores, file, folder, options);
      onFile?.(result);
      return result;
    },
    { concurrency },
  );
}

async function publishOne(
  stores: Stores,
  file: FileToPublish,
  folder: Location,
  options: PublishFilesOptions,
): Promise<PublishedFile> {
  let shown = displayLocation(folder);
  try {
    const location = joinLocation(folder, file.path);
    shown = displayLocation(location);
    const { info, changedWhileRead } = await writeSteady(stores, file.absolute, location, options);
    const { bytes, md5, crc32c, etag } = info;
    return { path: file.path, location: shown, bytes, md5, crc32c, etag, status: "published", changedWhileRead };
  } catch (error) {
    return {
      path: file.path,
      location: shown,
      bytes: undefined,
      md5: undefined,
      crc32c: undefined,
      etag: undefined,
      status: "failed",
      changedWhileRead: error instanceof SourceChanged,
      error: explained(error, file.absolute, options.signal),
    };
  }
}

async function writeSteady(
  stores: Stores,
  from: string,
  location: Location,
  { signal, patience, provisional = false }: PublishFilesOptions,
): Promise<{ info: ObjectInfo; changedWhileRead: boolean }> {
  const more = { contentType: contentTypeOf(from), provisional, patience, ...(signal === undefined ? {} : { signal }) };
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const changedWhileRead = tries > steadyTries;
    try {
      const source = await fileSource(from, { tolerateChange: changedWhileRead });
      return { info: await stores.store(location).write(location, source, more), changedWhileRead };
    } catch (error) {
      if (!(error instanceof SourceChanged) || tries > steadyTries) throw error;
    }
  }
}

function explained(error: unknown, path: string, signal: AbortSignal | undefined): NbjobError {
  if (error instanceof NbjobError) return error;
  if (signal?.aborted === true) {
    return new NbjobError("canceled", `${path} was not published: there was no time left.`, {
      location: path,
      cause: error,
    });
  }
  if (error instanceof SourceChanged) return sourceChangedFailure(error, path);
  const why = messageOf(error);
  return new NbjobError("bug", `${path} could not be published: ${why}`, { location: path, cause: error });
}
