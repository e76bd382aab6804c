/**
 * The states of watched runs, with as few calls as there may be: a job's only run is read by itself, several of one job are
 * found in one list (a page for each hundred), newest first, which is left as soon as none is missing.
 */
import type { DataScience } from "../../oci/datascience/client.ts";
import type { JobRunSummary } from "../../oci/datascience/models.ts";
import { NbjobError } from "../../text/errors.ts";
import { ServiceFailure } from "../../oci/service-failure.ts";

/** What is to be known of a run to watch it. */
export type WatchedRun = Pick<JobRunSummary, "id" | "compartmentId" | "jobId">;

/** A run as it is found; `logDetails` only where it was read by itself. */
export type FoundRun = JobRunSummary & {
  readonly logDetails?: { readonly logGroupId: string; readonly logId: string };
};

/** The runs that are there. One that is in no list is asked for by itself, once it has been missing. */
export async function readStates(
  dataScience: DataScience,
  runs: readonly WatchedRun[],
  signal: AbortSignal | undefined,
): Promise<readonly FoundRun[]> {
  const found: FoundRun[] = [];
  for (const group of Map.groupBy(runs, ({ jobId, compartmentId }) => `${compartmentId} ${jobId}`).values()) {
    const missing = new Set(group.map(({ id }) => id));
    const [{ compartmentId, jobId } = { compartmentId: "", jobId: "" }] = group;
    if (missing.size > 1) {
      for await (const run of dataScience.listJobRuns({ compartmentId, jobId }, { signal })) {
        if (!missing.delete(run.id)) continue;
        found.push(run);
        if (missing.size === 0) break;
      }
    }
    for (const id of missing) found.push(...(await readRun(dataScience, id, signal)));
  }
  return found;
}

/** Empty where there is no such run: deleted, or so new that it cannot be seen yet. */
async function readRun(
  dataScience: DataScience,
  id: string,
  signal: AbortSignal | undefined,
): Promise<readonly FoundRun[]> {
  try {
    return [await dataScience.getJobRun(id, { signal })];
  } catch (error) {
    if (error instanceof NbjobError && error.cause instanceof ServiceFailure && error.cause.status === 404) return [];
    throw error;
  }
}
