import { createHash } from "node:crypto";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayLocation, isFolder } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";

/** Larger work is not read for its digest: run.json has it. */
const largest = 256 * 2 ** 20;

/**
 * Hex of the SHA-256 of work that does not lie on this machine, for the run's tags. Undefined where it is large, a folder,
 * or pinned, or cannot be read from here: the run may still reach it.
 *
 * @throws NbjobError `not-found` where there is no such work
 */
export async function remoteWorkSha256(
  { work }: JobSpec,
  stores: Stores,
  { warn, signal }: { readonly warn: (message: string) => void; readonly signal?: AbortSignal },
): Promise<string | undefined> {
  if (work === undefined || work.kind === "repository" || work.location.kind === "file" || isFolder(work.location))
    return undefined;
  if (work.sha256 !== undefined) return work.sha256;
  const shown = displayLocation(work.location);
  // What only the run can know is in its name.
  if (shown.includes("${")) return undefined;
  try {
    const { info, body, close } = await stores
      .store(work.location)
      .read(work.location, signal === undefined ? {} : { signal });
    try {
      if ((info.bytes ?? 0) > largest) return undefined;
      const hash = createHash("sha256");
      for await (const chunk of body) hash.update(chunk);
      return hash.digest("hex");
    } finally {
      close();
    }
  } catch (error) {
    if (!(error instanceof NbjobError) || error.reason === "not-found") throw error;
    warn(`${shown} cannot be read from here, so the run has no tag of its checksum: ${error.message}`);
    return undefined;
  }
}
