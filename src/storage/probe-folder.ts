import { randomBytes } from "node:crypto";
import { NbjobError } from "../text/errors.ts";
import { asFolder, displayLocation, joinLocation, type Location } from "./location.ts";
import { bytesSource } from "./source.ts";
import type { Stores } from "./stores.ts";

/**
 * Finds out whether files can be written to a folder, by writing an empty one and taking it back. (Whoever may write and
 * not delete leaves it there.)
 *
 * @throws NbjobError as `Store.write` does: a missing bucket, a missing permission with the policy that gives it
 */
export async function probeFolder(stores: Stores, folder: Location, signal?: AbortSignal): Promise<void> {
  const probe = joinLocation(asFolder(folder), `.nbjob-probe-${randomBytes(6).toString("hex")}`);
  const options = signal === undefined ? {} : { signal };
  try {
    await stores.store(probe).write(probe, bytesSource(Buffer.alloc(0)), options);
  } catch (error) {
    if (!(error instanceof NbjobError)) throw error;
    const shown = displayLocation(asFolder(folder));
    // The probe's own name says nothing to a user.
    const message = error.message.replaceAll(displayLocation(probe), shown);
    const remedy = error.remedy?.replaceAll(displayLocation(probe), shown);
    const { reason, problems, cause } = error;
    throw new NbjobError(reason, message, {
      location: shown,
      problems,
      cause,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
  await stores
    .store(probe)
    .delete(probe, options)
    .catch(() => {});
}
