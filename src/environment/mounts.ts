import { randomBytes } from "node:crypto";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileFailure } from "../storage/file-failure.ts";
import { NbjobError } from "../text/errors.ts";

/**
 * Checks that what a job mounts is there and can be written, before work is spent on it.
 *
 * @param paths where buckets and file systems are mounted
 * @returns one failure for each that is not
 */
export async function checkMounts(paths: readonly string[]): Promise<readonly NbjobError[]> {
  const checked = await Promise.all(paths.map(checkMount));
  return checked.filter((failure) => failure !== undefined);
}

async function checkMount(path: string): Promise<NbjobError | undefined> {
  const refuse = (why: string, remedy: string, cause?: unknown): NbjobError =>
    new NbjobError("environment", `The mount ${path} ${why}`, { location: path, remedy, cause });
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    return refuse(
      "is not there.",
      "Was the job made with it, and may the job run's principal read the bucket, or reach the mount target?",
    );
  if (!found.isDirectory()) return refuse("is not a folder.", "Mount it somewhere else.");
  const probe = join(path, `.nbjob-${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(probe, "", { flag: "wx" });
    await rm(probe);
  } catch (error) {
    const told = fileFailure(error, path, "write");
    const why =
      told instanceof NbjobError ? told.message.replace(`${path} `, "") : `cannot be written: ${String(error)}.`;
    return refuse(why, "Allow this user to write to its folder, or mount it elsewhere.", error);
  }
  return undefined;
}
