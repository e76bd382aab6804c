import { join } from "node:path";
import pMap from "p-map";
import { NbjobError, type Problem } from "../../text/errors.ts";
import { asFolder, displayLocation, type Location } from "../location.ts";
import { pathOf } from "../location/parts.ts";
import { makeFolder } from "../make-folder.ts";
import type { ObjectInfo } from "../store.ts";
import type { Stores } from "../stores.ts";
import { fetchFile } from "./fetch-file.ts";

export interface FetchFolderOptions {
  readonly signal?: AbortSignal;
  /** Files under way at a time. @default 32 */
  readonly concurrency?: number;
}

export interface FetchedFolder {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Brings everything under a folder to this machine, many files at a time.
 *
 * @throws NbjobError with one problem for each file that could not be brought; `not-found` for a folder with nothing in it
 */
export async function fetchFolder(
  stores: Stores,
  folder: Location,
  toPath: string,
  options: FetchFolderOptions = {},
): Promise<FetchedFolder> {
  const { signal, concurrency = 32 } = options;
  const cancel = signal === undefined ? {} : { signal };
  const from = asFolder(folder);
  const failures: NbjobError[] = [];
  let files = 0;
  let bytes = 0;
  const fetchOne = async ({ location, bytes: expectedBytes }: ObjectInfo): Promise<void> => {
    const path = pathOf(location).slice(pathOf(from).length);
    try {
      // Some tools mark a folder with an empty object whose name ends with a slash.
      if (path === "" || path.endsWith("/")) {
        refuseBytes(location, expectedBytes);
        await makeFolder(join(toPath, localPath(path.slice(0, -1), location)));
        return;
      }
      const fetched = await fetchFile(stores, location, join(toPath, localPath(path, location)), {
        digest: false,
        expectedBytes,
        ...cancel,
      });
      files += 1;
      bytes += fetched.bytes;
    } catch (error) {
      if (!(error instanceof NbjobError) || signal?.aborted === true) throw error;
      failures.push(error);
    }
  };
  await makeFolder(toPath);
  const found = stores.store(from).list(from, {
    ...cancel,
    onSkipped: (location, why) => failures.push(new NbjobError("not-found", `${displayLocation(location)} ${why}.`)),
  });
  await pMap(found, fetchOne, { concurrency, ...cancel });
  const [first] = failures;
  if (first !== undefined) throw combined(failures, first, from);
  if (files === 0) {
    const shown = displayLocation(from);
    throw new NbjobError("not-found", `${shown} holds no files.`, { location: shown });
  }
  return { files, bytes };
}

/** An object's name as a path below a folder. Names may hold anything: one that would leave the folder is refused. */
function localPath(name: string, location: Location): string {
  const wrong = name.split("/").some((segment) => segment === "" || segment === "." || segment === "..");
  if ((wrong && name !== "") || name.includes("\0")) {
    const shown = displayLocation(location);
    throw new NbjobError("invalid-work", `${shown} has a name that cannot be a file's path.`, { location: shown });
  }
  return name;
}

function refuseBytes(location: Location, bytes: number | undefined): void {
  if (bytes === undefined || bytes === 0) return;
  const shown = displayLocation(location);
  throw new NbjobError("invalid-work", `${shown} has a folder's name and holds ${bytes} bytes, which no file can.`, {
    location: shown,
    remedy: "Store them under another name, or delete the object.",
  });
}

function combined(failures: readonly NbjobError[], first: NbjobError, folder: Location): NbjobError {
  if (failures.length === 1) return first;
  const problems: Problem[] = failures.map(({ message, remedy }) =>
    remedy === undefined ? { message } : { message, remedy },
  );
  const shown = displayLocation(folder);
  return new NbjobError(first.reason, `${failures.length} files of ${shown} could not be fetched.`, {
    location: shown,
    problems,
    cause: first,
  });
}
