/** A lock between processes, for what only one of them should make. */
import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while holding a lock that is a folder with one file, `owner-<pid>`.
 * A prepared folder is renamed onto the lock's name, which succeeds only while the lock is absent or empty: taking it,
 * giving it back (the file is removed) and inheriting it from a dead owner (likewise) are each one atomic step.
 */
export async function withLock<Result>(lock: string, work: () => Promise<Result>): Promise<Result> {
  const owner = `owner-${process.pid}`;
  const prepared = `${lock}.${process.pid}`;
  await mkdir(dirname(lock), { recursive: true });
  await rm(prepared, { recursive: true, force: true });
  await mkdir(prepared);
  await writeFile(join(prepared, owner), "");
  while (!(await taken(prepared, lock))) {
    await dropDeadOwner(lock);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await unlink(join(lock, owner));
    // Another process may have taken the emptied lock already.
    await rmdir(lock).catch(() => undefined);
  }
}

async function taken(prepared: string, lock: string): Promise<boolean> {
  try {
    await rename(prepared, lock);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOTEMPTY") || hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function dropDeadOwner(lock: string): Promise<void> {
  const [owner] = await readdir(lock).catch(() => []);
  const pid = Number(owner?.slice("owner-".length));
  if (owner === undefined || isAlive(pid)) return;
  await rm(join(lock, owner), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
