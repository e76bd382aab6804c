/** A job file for the fake cloud's Data Science, in a folder of the test's own. */
import type { TestContext } from "node:test";
import type { Cloud } from "../cloud/cloud.ts";
import { folder, notebook, type ProgramOptions } from "../support/program.ts";

export const image = "iad.ocir.io/tenancy/nbjob:1";

/** The lines of a job file that say where OCI runs it. */
export function placed(cloud: Cloud): string {
  return `projectId: ${cloud.project}
compartmentId: ${cloud.compartment}
logGroupId: ${cloud.logGroup}
infrastructure: {image: "${image}"}
`;
}

/** `job.yaml`, with a notebook of these cells beside it. */
export async function jobFolder(
  t: TestContext,
  cloud: Cloud,
  cells: readonly string[] = ["1"],
): Promise<Required<ProgramOptions>> {
  const outputs = `oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/`;
  const cwd = await folder(t, {
    "n.ipynb": notebook(cells),
    "job.yaml": `noteBook: n.ipynb\noutputFolder: ${outputs}\n${placed(cloud)}`,
  });
  return { cwd, env: cloud.env };
}

/** Looks often, and awaits late lines for a moment only. */
export const quickly = ["--interval", "100ms", "--drain", "500ms"] as const;
