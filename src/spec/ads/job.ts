import type { Problem } from "../../text/errors.ts";
import { entryAt, type MapNode } from "../yaml/node.ts";

/** Whether a document is one of ADS's own (`kind: job`) rather than a job file. */
export function isAdsJob(root: MapNode): boolean {
  const kind = entryAt(root, "kind")?.value;
  return kind?.kind === "scalar" && kind.value === "job";
}

/** An ADS job as the job file that means the same. */
export function readAdsJob(root: MapNode): { readonly root: MapNode; readonly problems: readonly Problem[] } {
  return { root, problems: [{ ...root.place, message: "ADS documents cannot be read yet." }] };
}
