import type { Stats } from "node:fs";
import { NbjobError, type Reason } from "../text/errors.ts";

/** The `code` of a system error, such as `ENOENT`; undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Any failure of the file system as an `NbjobError` with the reason that fits what was being done: reading, writing an
 * output, or placing an input on this machine.
 */
export function fileFailure(error: unknown, path: string, doing: "read" | "write" | "place"): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof NbjobError) return error;
  const [reason, what] = (doing === "read" ? readFailures : writeFailures)[code] ?? [
    doing === "read" ? "not-found" : "output-folder",
    `cannot be ${doing === "read" ? "read" : "written"} (${code})`,
  ];
  const details = { location: path, cause: error };
  return new NbjobError(doing === "place" ? "environment" : reason, `${path} ${what}.`, details);
}

/** What keeps something that was fetched from being placed on this machine: says what it was as well. */
export function placeFailure(error: unknown, shown: string, path: string): unknown {
  const failure = fileFailure(error, path, "place");
  if (failure === error || !(failure instanceof NbjobError)) return error;
  const remedy = placeRemedies[systemCode(error) ?? ""];
  return new NbjobError(failure.reason, `${shown} cannot be placed here: ${failure.message}`, {
    location: shown,
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

const room = "Set TMPDIR to a folder with more room; in a job run, raise infrastructure.blockStorageInGBs.";
const twice = "Of two names that are a file and its folder at once, only one can be.";
const placeRemedies: Readonly<Record<string, string>> = { ENOSPC: room, EDQUOT: room, ENOTDIR: twice, EISDIR: twice };

type Failures = Readonly<Record<string, readonly [reason: Reason, what: string]>>;

const readFailures: Failures = {
  ENOENT: ["not-found", "does not exist"],
  ENOTDIR: ["not-found", "does not exist: a part of its path is a file"],
  EISDIR: ["not-found", "is a folder, not a file"],
  EACCES: ["not-authorized", "may not be read by this user"],
  EPERM: ["not-authorized", "may not be read by this user"],
  ELOOP: ["not-found", "is a link that leads back to itself"],
  ENAMETOOLONG: ["not-found", "does not exist: its name is too long for a file"],
};

const writeFailures: Failures = {
  EACCES: ["output-folder", "may not be written by this user"],
  EPERM: ["output-folder", "may not be written by this user"],
  EROFS: ["output-folder", "lies on a read-only file system"],
  ENOSPC: ["output-folder", "cannot be written: the disk is full"],
  EDQUOT: ["output-folder", "cannot be written: the disk quota is used up"],
  EEXIST: ["output-folder", "exists already"],
  ENOTDIR: ["output-folder", "cannot be written: a part of its path is a file"],
  EISDIR: ["output-folder", "is a folder, and cannot be replaced by a file"],
  ENAMETOOLONG: ["output-folder", "has a name too long for a file"],
};

/** What is wrong with something that stands where a file is wanted. */
export function notAFile(path: string, stats: Stats): NbjobError {
  return new NbjobError("not-found", `${path} is ${kindOf(stats)}, not a file.`, { location: path });
}

/** "a folder", "a pipe", … */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  return stats.isSymbolicLink() ? "a link" : "a device";
}
