import type { JobSpec } from "../spec/jobspec.ts";
import { asFolder, joinLocation } from "../storage/location.ts";

/** In a job run of several nodes each has its own output folder, `node-<rank>/`, by the `NODE_RANK` that Data Science sets. */
export function forNode(spec: JobSpec, env: Readonly<Record<string, string>>): JobSpec {
  const rank = env["NODE_RANK"];
  if (rank === undefined || !/^\d+$/.test(rank)) return spec;
  return { ...spec, outputFolder: joinLocation(asFolder(spec.outputFolder), `node-${rank}/`) };
}
