import { targetOf } from "../oci/rest.ts";
import { displayLocation } from "../storage/location.ts";
import { jobQuery } from "./job.ts";
import { artifactName } from "./managed-environment.ts";
import { type LaunchPlan, runRequest, type RunRequest } from "./plan.ts";

/** A request as it would be sent, for `launch --dry-run`. */
export interface PlannedRequest {
  readonly service: "objectstorage" | "datascience";
  readonly method: "GET" | "PUT" | "POST";
  /** Below the service's endpoint; of an upload, the object. */
  readonly to: string;
  readonly note?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

const version = "20190101";

/** What stands for the job's OCID, which only the service gives. */
const unknownJob = "<the job's OCID>";

/** Every request of a launch, in order; of a sweep, one for each of its runs. */
export function plannedRequests(plan: LaunchPlan, runs: readonly RunRequest[]): readonly PlannedRequest[] {
  const uploads = plan.staged.uploads.flatMap((each): PlannedRequest[] => {
    const note = "only where it is not there yet";
    if (each.kind !== "folder") {
      const { to } = each;
      const body = each.kind === "bytes" ? { body: Buffer.from(each.bytes).toString() } : {};
      return [{ service: "objectstorage", method: "PUT", to: displayLocation(to), note, ...body }];
    }
    return [...each.files, ""].map((file) => ({
      service: "objectstorage",
      method: "PUT",
      to: file === "" ? displayLocation(each.marker) : `${displayLocation(each.to)}${file}`,
      note,
    }));
  });
  const query = { ...jobQuery(plan), limit: 100, sortBy: "timeCreated", sortOrder: "DESC" };
  const artifact: readonly PlannedRequest[] =
    plan.managed === undefined
      ? []
      : [
          {
            service: "datascience",
            method: "POST",
            to: `/${version}/jobs/${unknownJob}/artifact`,
            note: `${artifactName}, with ${plan.managed.executable} in it`,
          },
        ];
  return [
    ...uploads,
    {
      service: "datascience",
      method: "GET",
      to: targetOf({ path: "/jobs", query }, version),
      note: "a job with the digest of the next request is used again, and none is made",
    },
    { service: "datascience", method: "POST", to: `/${version}/jobs`, body: plan.job },
    ...artifact,
    ...runs.map((run): PlannedRequest => {
      const body = runRequest(plan, unknownJob, run);
      return { service: "datascience", method: "POST", to: `/${version}/jobRuns`, body };
    }),
  ];
}
