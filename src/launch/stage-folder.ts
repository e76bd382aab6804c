import type { JobSpec } from "../spec/jobspec.ts";
import { asFolder, type Location, parseLocation } from "../storage/location.ts";
import { isMountedLocation } from "./remote-paths.ts";

/** Where local files go where nothing else is said: `nbjob-staging/` in the bucket that the outputs go to. */
export function stageFolder({ outputFolder, oci }: JobSpec): Location | undefined {
  const bucket = outputFolder.kind === "oci" ? outputFolder : mountedBucket(outputFolder, oci);
  return bucket === undefined ? undefined : asFolder({ ...bucket, object: "nbjob-staging" });
}

/** The bucket behind a path that the job mounts. */
function mountedBucket(
  location: Location,
  { infrastructure }: JobSpec["oci"],
): (Location & { kind: "oci" }) | undefined {
  const mount = infrastructure?.mounts?.find(({ path }) => isMountedLocation(location, [path]));
  const parsed = mount?.location === undefined ? undefined : parseLocation(mount.location);
  return parsed?.kind === "oci" ? parsed : undefined;
}
