import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { NbjobError } from "../text/errors.ts";
import { messageOf } from "../text/message-of.ts";

/**
 * The folder that keeps what later runs on this machine can use again, made where it is missing: `NBJOB_CACHE`,
 * `$XDG_CACHE_HOME/nbjob`, or one of this user's own in the temporary folder.
 * @throws NbjobError `environment` where it cannot be made, or where somebody else made it: what lies in it is run
 */
export async function cacheFolder(env: Readonly<Record<string, string>>, tempFolder: string): Promise<string> {
  const user = process.getuid?.();
  const named = env["NBJOB_CACHE"] || (env["XDG_CACHE_HOME"] && join(env["XDG_CACHE_HOME"], "nbjob"));
  const path = named || join(tempFolder, user === undefined ? "nbjob-cache" : `nbjob-cache-${user}`);
  const remedy = "Name another in NBJOB_CACHE.";
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = messageOf(error);
    const message = `The cache folder ${path} cannot be made: ${why}.`;
    throw new NbjobError("environment", message, { location: path, remedy, cause: error });
  }
  // In a folder that everybody may write to, anybody could have put it there.
  if (!named && user !== undefined) {
    const found = await lstat(path);
    if (found.uid !== user || !found.isDirectory())
      throw new NbjobError("environment", `The cache folder ${path} is another user's.`, { location: path, remedy });
  }
  return path;
}
