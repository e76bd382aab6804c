import type { DataScience } from "../oci/datascience/client.ts";
import type { JobRun } from "../oci/datascience/models.ts";
import { NbjobError } from "../text/errors.ts";

/** The kind of thing that an OCID names: `datasciencejobrun`; undefined for what is none. */
export function kindOfOcid(text: string): string | undefined {
  return /^ocid1\.([a-z0-9]+)\.[a-z0-9-]+\.[a-z0-9-]*(?:\.[a-z0-9-]*)?\.[\w-]+$/i.exec(text)?.[1]?.toLowerCase();
}

/** @throws NbjobError `usage` for what is not a job run's OCID */
export function requireRunOcids(operands: readonly string[]): readonly string[] {
  for (const each of operands) {
    const kind = kindOfOcid(each);
    if (kind === "datasciencejobrun") continue;
    throw new NbjobError("usage", `${each} is not the OCID of a job run`, {
      remedy: kind === "datasciencejob" ? `Its runs are listed by nbjob runs ${each}.` : "nbjob runs lists them.",
    });
  }
  return [...new Set(operands)];
}

/** The runs of these OCIDs. */
export function readRuns(dataScience: DataScience, operands: readonly string[]): Promise<readonly JobRun[]> {
  return Promise.all(requireRunOcids(operands).map((id) => dataScience.getJobRun(id)));
}
