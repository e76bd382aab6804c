import { stat } from "node:fs/promises";
import { checkMounts } from "../environment/mounts.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayLocation } from "../storage/location.ts";
import { NbjobError } from "../text/errors.ts";
import type { RunHost } from "./host.ts";
import { together } from "./together.ts";

type Host = Pick<RunHost, "env" | "log">;

/**
 * Only a job run has what its job mounts.
 * @throws NbjobError `environment` for what is not there or cannot be written
 */
export async function checkJobMounts({ oci }: JobSpec, { env, log }: Host): Promise<void> {
  if (!env["JOB_RUN_OCID"]) return;
  const failures = await checkMounts(oci.mountPaths);
  if (failures.length > 0) throw together(failures);
  const root = (await stat("/")).dev;
  for (const path of oci.mountPaths) {
    if ((await stat(path)).dev === root)
      log.warn(
        `The mount ${path} is a folder on the container's own disk: what is written there ends with the container`,
      );
  }
}

/**
 * An output folder on a mount is not made where the mount is missing: the outputs would lie on the container's own disk.
 * @throws NbjobError `output-folder`
 */
export async function checkOutputMount({ oci, outputFolder }: JobSpec, { env }: Pick<Host, "env">): Promise<void> {
  if (!env["JOB_RUN_OCID"] || outputFolder.kind !== "file") return;
  const { path } = outputFolder;
  const mount = oci.mountPaths.find((each) => path.startsWith(`${each.replace(/\/$/, "")}/`));
  if (mount === undefined) return;
  const [failure] = await checkMounts([mount]);
  if (failure === undefined) return;
  const location = displayLocation(outputFolder);
  throw new NbjobError("output-folder", `The output folder ${location} cannot be written: ${failure.message}`, {
    location,
    cause: failure,
    ...(failure.remedy === undefined ? {} : { remedy: failure.remedy }),
  });
}
