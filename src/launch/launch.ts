import type { DataScience } from "../oci/datascience/client.ts";
import type { CreateJobRunDetails, JobRun } from "../oci/datascience/models.ts";
import type { Stores } from "../storage/stores.ts";
import type { Log } from "../text/log.ts";
import { type EnsuredJob, ensureJob } from "./job.ts";
import type { LaunchPlan } from "./plan.ts";
import { upload } from "./stage.ts";

export interface LaunchHost {
  readonly dataScience: DataScience;
  readonly stores: Stores;
  readonly log: Pick<Log, "info">;
  readonly tempFolder: string;
  readonly signal?: AbortSignal;
}

/**
 * Brings everything to where the runs of a plan need it: uploads, and the job.
 *
 * @throws NbjobError as the stores and the service's client do
 */
export async function prepareJob(plan: LaunchPlan, host: LaunchHost): Promise<EnsuredJob> {
  const { dataScience, stores, log, tempFolder, signal } = host;
  const options = signal === undefined ? {} : { signal };
  await upload(plan.staged.uploads, stores, { ...options, tell: (message) => log.info(message) });
  const job = await ensureJob(plan, { dataScience, tempFolder, ...options });
  log.info(`${job.created ? "Made the job" : "Found the job"} ${plan.name}: ${job.id}`);
  return job;
}

/**
 * Creates a run. It is not given up half-way: whoever wants it gone cancels it, since a request that was cut off may have
 * been heard.
 */
export function createRun(dataScience: DataScience, details: CreateJobRunDetails): Promise<JobRun> {
  return dataScience.createJobRun(details);
}
