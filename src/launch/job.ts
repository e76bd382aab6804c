import type { DataScience, ListJobsQuery } from "../oci/datascience/client.ts";
import type { Job } from "../oci/datascience/models.ts";
import { NbjobError } from "../text/errors.ts";
import { digestTag } from "./job-details.ts";
import { artifactName, makeArtifact } from "./managed-environment.ts";
import type { LaunchPlan } from "./plan.ts";

/** How often a new job is looked at until it is active, and for how long, in milliseconds. */
const activePoll = { everyMs: 2_000, mostMs: 10 * 60_000 };

export interface EnsuredJob {
  readonly id: string;
  readonly created: boolean;
}

/** The list in which a plan's job is looked for. */
export function jobQuery({ placement, name }: LaunchPlan): ListJobsQuery {
  return { ...placement, displayName: name, lifecycleState: "ACTIVE" };
}

/** The active job that was made from the same as a plan's. */
export async function findJob(
  plan: LaunchPlan,
  dataScience: DataScience,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string | undefined> {
  const digest = plan.job.freeformTags?.[digestTag];
  let found: string | undefined;
  // The oldest of several, so that everybody finds the same one.
  for await (const job of dataScience.listJobs(jobQuery(plan), options)) {
    if (job.freeformTags?.[digestTag] === digest) found = job.id;
  }
  return found;
}

/**
 * The job of a plan: one that was made from the same, found by its digest, else a new one.
 *
 * @throws NbjobError as the service's client does; a job whose artifact could not be uploaded is deleted again
 */
export async function ensureJob(
  plan: LaunchPlan,
  { dataScience, tempFolder, signal }: { dataScience: DataScience; tempFolder: string; signal?: AbortSignal },
): Promise<EnsuredJob> {
  const options = signal === undefined ? {} : { signal };
  const found = await findJob(plan, dataScience, options);
  if (found !== undefined) return { id: found, created: false };
  const { id } = await dataScience.createJob(plan.job, options);
  if (plan.managed !== undefined) {
    try {
      await dataScience.uploadArtifact(id, artifactName, await makeArtifact(plan.managed, tempFolder), options);
    } catch (error) {
      await dataScience.deleteJob(id, true).catch(() => undefined);
      throw error;
    }
  }
  await waitUntilActive(dataScience, id, signal);
  return { id, created: true };
}

async function waitUntilActive(dataScience: DataScience, id: string, signal: AbortSignal | undefined): Promise<Job> {
  const { clock } = dataScience.connection;
  const deadline = clock.now() + activePoll.mostMs;
  for (;;) {
    const job = await dataScience.getJob(id, { signal });
    if (job.lifecycleState === "ACTIVE") return job;
    const details = job.lifecycleDetails === undefined ? "" : `: ${job.lifecycleDetails}`;
    if (job.lifecycleState !== "CREATING") {
      throw new NbjobError(
        "refused",
        `Data Science could not make the job ${id}: it is ${job.lifecycleState}${details}`,
      );
    }
    if (clock.now() > deadline) {
      throw new NbjobError("unreachable", `The job ${id} is still being created after ten minutes${details}`);
    }
    await clock.sleep(activePoll.everyMs, signal);
  }
}
