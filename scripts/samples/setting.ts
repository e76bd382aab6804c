/** The set-up that the samples show: what `nbjob schedule` would make, with names in place of what only a tenancy knows. */
import { OciConnection } from "../../src/oci/connection.ts";
import { DataIntegration } from "../../src/oci/dataintegration/client.ts";
import { integrationResources } from "../../src/schedule/integration/desired.ts";
import { notebookTask } from "../../src/schedule/integration/notebook-task.ts";
import { timingOf } from "../../src/schedule/integration/timing.ts";
import { type Body, Refs } from "../../src/schedule/plan/resource.ts";
import type { TaskRun } from "../../src/schedule/task/payload.ts";

/** A name that stands for a value until somebody fills it in; the two characters are of no text. */
export function blank(name: string): string {
  return `\ue000${name}\ue001`;
}

/** The text with every blank written as `write` has it. */
export function filled(text: string, write: (name: string) => string): string {
  return text.replaceAll(/\ue000(\w+)\ue001/g, (_, name: string) => write(name));
}

/** What each blank is. */
export const blanks: Readonly<Record<string, string>> = {
  region: "Region, as in us-ashburn-1",
  domain: "Domain of the region's realm: oraclecloud.com in the commercial one",
  compartment_id: "OCID of the compartment",
  data_science_project_id: "OCID of the Data Science project",
  job_id: "OCID of the Data Science job, whose image holds nbjob",
  job_file_url: "Where the job file is, as in oci://bucket@namespace/nightly.yaml",
};

/** One object of the set-up: `task`, `task schedule`, … */
export interface SampleObject {
  readonly ref: string;
  readonly name: string;
  readonly body: Body;
}

export const name = "nightly";

const work: TaskRun["work"] = {
  kind: "job-file",
  url: blank("job_file_url"),
  parameters: "{}",
  settings: "{}",
  environment: {},
};

/** The objects in the order in which they are made. @param refs what stands for the keys of those before */
export async function sampleObjects(
  refs: ReadonlyMap<string, string>,
  of: TaskRun["work"] = work,
): Promise<readonly SampleObject[]> {
  const connection = new OciConnection({ env: {}, log: { debug: () => {}, info: () => {}, warn: () => {} } });
  const di = new DataIntegration(connection);
  const task = notebookTask(di, {
    ref: "task",
    name,
    description: "Runs a job file as a Data Science job run.",
    endpoint: `https://datascience.${blank("region")}.oci.${blank("domain")}`,
    principal: "workspace",
    concurrent: false,
    run: () => ({
      projectId: blank("data_science_project_id"),
      compartmentId: blank("compartment_id"),
      jobId: blank("job_id"),
      name,
      maximumRuntimeInMinutes: 120,
      tags: {},
      work: of,
    }),
  });
  const place = { compartmentId: blank("compartment_id"), workspace: "nbjob", project: "nbjob", application: "nbjob" };
  const timing = timingOf({ every: "day", at: "02:30", timezone: "UTC" });
  const extras = { before: [], design: [task], identifiers: new Set<string>(), now: () => new Date(0) };
  const schedule = { place, name, description: "Every night.", timing };
  const known = new Refs(refs);
  const objects = integrationResources(di, schedule, extras).map((resource) => ({
    ref: resource.ref,
    name: resource.name,
    body: unmarked(resource.body(known)),
  }));
  await connection.close();
  return objects;
}

/** Without the mark by which nbjob knows what it made itself. */
function unmarked(body: Body): Body {
  const { description } = body;
  return typeof description === "string" ? { ...body, description: description.replace(/ \[nbjob \w+\]$/, "") } : body;
}
