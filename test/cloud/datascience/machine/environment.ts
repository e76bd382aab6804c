import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Node } from "../execution.ts";
import type { StoredJob, StoredProject } from "../model.ts";

export interface EnvironmentContext {
  readonly tenancy: string;
  readonly region: string;
  readonly regionKey: string;
  /** The cloud's own address. */
  readonly url: string;
}

/** The variables that Data Science gives to a run, before the job's own. */
export function serviceVariables(
  node: Node,
  job: StoredJob,
  project: StoredProject,
  context: EnvironmentContext,
): Readonly<Record<string, string>> {
  const { run, rank, nodes, group } = node;
  const several = { NODE_RANK: String(rank), INITIAL_CLUSTER_SIZE: String(nodes) };
  const region = {
    realmKey: "oc1",
    realmDomainComponent: "oraclecloud.com",
    regionKey: context.regionKey.toUpperCase(),
    regionIdentifier: context.region,
  };
  return {
    TENANCY_OCID: context.tenancy,
    PROJECT_OCID: project.id,
    PROJECT_COMPARTMENT_OCID: project.compartmentId,
    JOB_OCID: job.id,
    JOB_COMPARTMENT_OCID: job.compartmentId,
    JOB_RUN_OCID: run.id,
    JOB_RUN_COMPARTMENT_OCID: run.compartmentId,
    ...(job.artifact === undefined ? {} : { JOB_ARTIFACT_FILE_NAME: job.artifact.name }),
    FQDN: `node-${rank}.${run.id.slice(-8)}.datascience.oraclevcn.com`,
    VM_ID: `ocid1.instance.oc1.${context.regionKey}.${run.id.slice(-24)}${rank}`,
    OCI_REGION_METADATA: JSON.stringify(region),
    ...(group === undefined ? {} : several),
    // Where the region's own endpoints are, in this cloud.
    NBJOB_OCI_ENDPOINT: context.url,
  };
}

/** The file that tells the nodes of a run of each other; it grows as they come up. */
export class ClusterFile {
  readonly path: string;
  readonly #nodes: { readonly Rank: number; readonly IPAddress: string }[] = [];

  constructor(path: string) {
    this.path = path;
  }

  async add(rank: number): Promise<void> {
    this.#nodes.push({ Rank: rank, IPAddress: `127.0.0.${rank + 1}` });
    await mkdir(dirname(this.path), { recursive: true });
    const part = `${this.path}.${rank}`;
    await writeFile(part, JSON.stringify(this.#nodes.toSorted((a, b) => a.Rank - b.Rank)));
    await rename(part, this.path);
  }
}
