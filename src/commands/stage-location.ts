import { asFolder, type Location, parseLocation } from "../storage/location.ts";
import { NbjobError } from "../text/errors.ts";

/** The folder of a bucket that `--stage` or NBJOB_STAGE names. */
export function stageLocation(written: string, cwd: string): Location {
  const location = asFolder(parseLocation(written, { baseFolder: { kind: "file", path: `${cwd}/` }, reason: "usage" }));
  if (location.kind === "oci") return location;
  throw new NbjobError("usage", `${written} is no folder of a bucket`, {
    remedy: "Write oci://bucket@namespace/folder/.",
  });
}
