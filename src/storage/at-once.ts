import { statfsSync } from "node:fs";
import { dirname } from "node:path";

/** Files up to this size are read and written at once, where that is sure to be quick. */
export const smallFile = 64 * 1024;

/** Milliseconds that a small file takes when it is not quick: it is on its way from a disk. */
const slow = 2;
/** Small files that then go the other way before it is tried again. */
const rest = 64;
const mostFolders = 1_000;

/**
 * File systems of this machine, by the magic numbers of Linux's statfs(2): ext2 to 4, XFS, Btrfs, ZFS, F2FS, overlayfs, tmpfs, ramfs.
 * On any other, as of a network, a call may take for ever, and must not take the whole program with it.
 */
const local = new Set([0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0x794c7630, 0x01021994, 0x858458f6]);

const folders = new Map<string, boolean>();
let resting = 0;

/**
 * Does something with a small file in one go, or returns undefined where it had better be done on the thread pool: to wake a thread
 * for each open, read and close takes many times as long as they do, as long as the file is in memory or goes there.
 */
export function atOnce<T>(path: string, work: () => T): { readonly value: T } | undefined {
  if (resting > 0) {
    resting -= 1;
    return undefined;
  }
  if (!isLocal(dirname(path))) return undefined;
  const started = performance.now();
  try {
    return { value: work() };
  } finally {
    if (performance.now() - started > slow) resting = rest;
  }
}

function isLocal(folder: string): boolean {
  const known = folders.get(folder);
  if (known !== undefined) return known;
  if (folders.size >= mostFolders) folders.clear();
  let is = false;
  try {
    is = local.has(statfsSync(folder).type);
  } catch {
    // It is not there yet, or not ours to see.
    return false;
  }
  folders.set(folder, is);
  return is;
}
