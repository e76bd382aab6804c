import { randomInt } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCode } from "./file-failure.ts";
import { makeFolder } from "./make-folder.ts";

/** Names of files that are being written; they never show in a list. */
const partial = /^\.nbjob-[0-9a-f]{12}\.part$/;

/** Counted on from a random start: other processes may write to the same folder. */
let next = randomInt(2 ** 47);

export function isPartial(name: string): boolean {
  return partial.test(name);
}

/** Where to write a file, beside its final place, until it is whole. */
export function partialPath(path: string): string {
  next += 1;
  return join(dirname(path), `.nbjob-${next.toString(16).padStart(12, "0")}.part`);
}

/** Opens a new file, in a folder that is made if need be. */
export async function createFile(path: string, mode?: number): Promise<FileHandle> {
  try {
    return await open(path, "wx", mode);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  await makeFolder(dirname(path));
  return open(path, "wx", mode);
}
