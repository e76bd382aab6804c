import { listed, requiredQuery } from "../http/collection.ts";
import { checkIfMatch } from "../http/etag.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Route } from "../http/service.ts";
import { incorrectState } from "./data-science.ts";
import { effectiveJob } from "./effective.ts";
import { jobJson, jobSummary } from "./json.ts";
import { finishedStates, type JobDetails, type StoredJob } from "./model.ts";
import { checkRules } from "./rules.ts";
import { base, bodyOf, create, isListed, renamed, type Wire } from "./wire.ts";

export function jobRoutes(wire: Wire): readonly Route[] {
  const { dataScience } = wire;
  const path = `${base}/jobs`;
  const answer = (exchange: Exchange, job: StoredJob): Promise<void> =>
    exchange.reply(200, jobJson(dataScience, job), { etag: job.etag });
  return [
    {
      operation: "CreateJob",
      method: "POST",
      path,
      permissions: ["DATA_SCIENCE_JOB_CREATE"],
      alsoNeeds: ["DATA_SCIENCE_PROJECT_READ"],
      handle: async (exchange) => {
        const details = await bodyOf<JobDetails>(wire, exchange, "CreateJobDetails");
        await create(wire, exchange, () => {
          const job = dataScience.createJob(details, exchange.principal.id);
          return { status: 200, body: jobJson(dataScience, job), headers: { etag: job.etag } };
        });
      },
    },
    {
      operation: "ListJobs",
      method: "GET",
      path,
      permissions: ["DATA_SCIENCE_JOB_INSPECT"],
      handle: async (exchange) => {
        const compartment = requiredQuery(exchange, "compartmentId");
        const rows = dataScience.jobs
          .values()
          .filter((row) => row.compartmentId === compartment && isListed(exchange, dataScience.jobState(row)));
        const filters = {
          id: (row: StoredJob) => row.id,
          projectId: (row: StoredJob) => row.details.projectId,
          displayName: (row: StoredJob) => row.displayName,
          createdBy: (row: StoredJob) => row.createdBy,
          lifecycleState: (row: StoredJob) => dataScience.jobState(row),
        };
        const { items, headers } = listed(rows, exchange, filters, 100);
        await exchange.reply(
          200,
          items.map((row) => jobSummary(dataScience, row)),
          headers,
        );
      },
    },
    {
      operation: "GetJob",
      method: "GET",
      path: `${path}/{jobId}`,
      permissions: ["DATA_SCIENCE_JOB_READ"],
      handle: (exchange) => answer(exchange, dataScience.job(exchange.parameter("jobId"))),
    },
    {
      operation: "UpdateJob",
      method: "PUT",
      path: `${path}/{jobId}`,
      permissions: ["DATA_SCIENCE_JOB_UPDATE"],
      handle: async (exchange) => {
        const changes = await bodyOf<Partial<JobDetails>>(wire, exchange, "UpdateJobDetails");
        const job = dataScience.job(exchange.parameter("jobId"));
        if (dataScience.jobState(job) !== "ACTIVE") throw incorrectState("Only an ACTIVE job can be updated.");
        const details = { ...job.details, ...updated(changes) };
        const row = { ...renamed(exchange, job, changes), details };
        checkRules(row.displayName, effectiveJob(details));
        await answer(exchange, dataScience.putJob(row));
      },
    },
    {
      operation: "DeleteJob",
      method: "DELETE",
      path: `${path}/{jobId}`,
      permissions: ["DATA_SCIENCE_JOB_DELETE"],
      handle: async (exchange) => {
        const job = dataScience.job(exchange.parameter("jobId"));
        checkIfMatch(exchange, job.etag);
        deleteJob(wire, job, exchange.query.get("deleteRelatedJobRuns") === "true");
        if (job.artifact !== undefined) await dataScience.bodies.release([job.artifact.segment]);
        const request = dataScience.workRequest("JOB_DELETE", "job", job);
        await exchange.reply(204, undefined, { "opc-work-request-id": request });
      },
    },
  ];
}

/** What an update may change beside name and tags; the rest of a job is as it was made. */
function updated(changes: Partial<JobDetails>): Partial<JobDetails> {
  const { description, jobInfrastructureConfigurationDetails, jobStorageMountConfigurationDetailsList } = changes;
  return {
    ...(description ? { description } : {}),
    ...(jobInfrastructureConfigurationDetails ? { jobInfrastructureConfigurationDetails } : {}),
    ...(jobStorageMountConfigurationDetailsList ? { jobStorageMountConfigurationDetailsList } : {}),
  };
}

function deleteJob({ dataScience }: Wire, job: StoredJob, withRuns: boolean): void {
  if (job.deletedAt !== undefined) throw incorrectState(`The job is ${dataScience.jobState(job)}.`);
  const runs = dataScience.runsOf(job.id);
  if (runs.length > 0 && !withRuns) throw incorrectState("The job has job runs: delete them first, or along with it.");
  if (runs.some(({ lifecycleState }) => !finishedStates.includes(lifecycleState))) {
    throw incorrectState("The job has job runs that are not over: cancel them first.");
  }
  for (const run of runs) dataScience.putRun({ ...run, lifecycleState: "DELETED" });
  const { artifact: _, ...rest } = job;
  dataScience.putJob({ ...rest, deletedAt: dataScience.now + dataScience.settings.jobMs });
}
