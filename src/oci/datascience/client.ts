import type { OciConnection } from "../connection.ts";
import { path, type RestCall, RestClient } from "../rest.ts";
import { NbjobError } from "../../text/errors.ts";
import { dataScience, type Grant, remedyStatement } from "../grants.ts";
import { serviceError, type ServiceErrorContext } from "../service-error.ts";
import { hopeOfService, ServiceFailure } from "../service-failure.ts";
import type { Hope, RetryPolicy } from "../../http/retry.ts";
import type {
  CreateJobDetails,
  CreateJobRunDetails,
  Job,
  JobRun,
  JobRunSummary,
  JobShape,
  JobSummary,
} from "./models.ts";

export interface ListJobsQuery {
  readonly compartmentId: string;
  readonly projectId?: string;
  readonly displayName?: string;
  readonly lifecycleState?: string;
}

export interface ListJobRunsQuery {
  readonly compartmentId: string;
  readonly jobId?: string;
  readonly displayName?: string;
  readonly lifecycleState?: string;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The most that a list answers at once. */
const pageSize = 100;

/** OCI Data Science, API 20190101. Every method throws `NbjobError`, with the policy statement that would allow it where one may be missing. */
export class DataScience {
  readonly connection: OciConnection;
  readonly #client: RestClient;

  constructor(connection: OciConnection, retry?: RetryPolicy) {
    this.connection = connection;
    this.#client = new RestClient(connection, "datascience", "20190101", retry);
  }

  createJob(details: CreateJobDetails, { signal }: CallOptions = {}): Promise<Job> {
    return this.#call<Job>(
      { what: "creating the job", method: "POST", path: "/jobs", body: details, signal },
      manageJobs,
    );
  }

  getJob(id: string, { signal }: CallOptions = {}): Promise<Job> {
    return this.#call<Job>({ what: `reading the job ${id}`, method: "GET", path: path`/jobs/${id}`, signal }, readJobs);
  }

  /** Every job, newest first. */
  listJobs(query: ListJobsQuery, { signal }: CallOptions = {}): AsyncGenerator<JobSummary, void, undefined> {
    return this.#list<JobSummary>({ what: "listing jobs", path: "/jobs", query: { ...query }, signal }, readJobs);
  }

  /** Its runs as well where `andRuns`; Data Science refuses to delete a job that has any otherwise. */
  async deleteJob(id: string, andRuns: boolean, { signal }: CallOptions = {}): Promise<void> {
    const query = { deleteRelatedJobRuns: andRuns };
    await this.#call<undefined>(
      { what: `deleting the job ${id}`, method: "DELETE", path: path`/jobs/${id}`, query, signal },
      manageJobs,
    );
  }

  /** @param name by which Data Science tells what kind of file it is */
  async uploadArtifact(jobId: string, name: string, bytes: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    await this.#call<undefined>(
      {
        what: "uploading the job's artifact",
        method: "POST",
        path: path`/jobs/${jobId}/artifact`,
        headers: { "content-disposition": `attachment; filename=${name}` },
        bytes,
        signal,
      },
      manageJobs,
    );
  }

  /** @param options.retryToken makes one run of however many calls have it within a day; default one of the call's own */
  createJobRun(
    details: CreateJobRunDetails,
    { signal, retryToken }: CallOptions & { readonly retryToken?: string } = {},
  ): Promise<JobRun> {
    const headers = retryToken === undefined ? {} : { headers: { "opc-retry-token": retryToken } };
    const call = { what: "creating the job run", method: "POST", path: "/jobRuns", body: details, signal } as const;
    return this.#call<JobRun>({ ...call, ...headers }, manageRuns);
  }

  getJobRun(id: string, { signal }: CallOptions = {}): Promise<JobRun> {
    return this.#call<JobRun>(
      { what: `reading the job run ${id}`, method: "GET", path: path`/jobRuns/${id}`, signal },
      readRuns,
    );
  }

  /** Every job run, newest first. */
  listJobRuns(query: ListJobRunsQuery, { signal }: CallOptions = {}): AsyncGenerator<JobRunSummary, void, undefined> {
    return this.#list<JobRunSummary>(
      { what: "listing job runs", path: "/jobRuns", query: { ...query }, signal },
      readRuns,
    );
  }

  /** @returns false where the run is in no state to be cancelled: it has ended, or is being cancelled */
  async cancelJobRun(id: string, { signal }: CallOptions = {}): Promise<boolean> {
    const to = path`/jobRuns/${id}/actions/cancelJobRun`;
    try {
      await this.#call<undefined>(
        { what: `cancelling the job run ${id}`, method: "POST", path: to, signal, hopeOf },
        manageRuns,
      );
      return true;
    } catch (error) {
      if (error instanceof NbjobError && isConflict(error.cause)) return false;
      throw error;
    }
  }

  async deleteJobRun(id: string, { signal }: CallOptions = {}): Promise<void> {
    const to = path`/jobRuns/${id}`;
    await this.#call<undefined>(
      { what: `deleting the job run ${id}`, method: "DELETE", path: to, signal, hopeOf },
      manageRuns,
    );
  }

  listShapes(compartmentId: string, { signal }: CallOptions = {}): AsyncGenerator<JobShape, void, undefined> {
    return this.#list<JobShape>(
      { what: "listing shapes", path: "/jobShapes", query: { compartmentId }, signal },
      readJobs,
    );
  }

  async #call<T>(call: RestCall, grant: Grant): Promise<T> {
    try {
      return (await this.#client.call<T>(call)).value;
    } catch (error) {
      throw await this.#explained(error, call, grant);
    }
  }

  async *#list<T>(call: Omit<RestCall, "method">, grant: Grant): AsyncGenerator<T, void, undefined> {
    const query = { ...call.query, limit: pageSize, sortBy: "timeCreated", sortOrder: "DESC" };
    const sorted = call.path === "/jobShapes" ? call.query : query;
    const whole: RestCall = { ...call, method: "GET", ...(sorted === undefined ? {} : { query: sorted }) };
    try {
      yield* this.#client.list<T>(whole);
    } catch (error) {
      throw await this.#explained(error, whole, grant);
    }
  }

  async #explained(error: unknown, { what, signal }: RestCall, grant: Grant): Promise<unknown> {
    signal?.throwIfAborted();
    const policy: ServiceErrorContext["policy"] = (principal) => remedyStatement(grant, { principal });
    return serviceError(error, { connection: this.connection, service: "datascience", what, policy });
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ServiceFailure && error.status === 409;
}

/** A run's state does not change by asking again. */
function hopeOf(error: unknown): Hope | undefined {
  return isConflict(error) ? undefined : hopeOfService(error);
}

const manageJobs = dataScience("manage", "jobs");
const readJobs = dataScience("read", "jobs");
const manageRuns = dataScience("manage", "job-runs");
const readRuns = dataScience("read", "job-runs");
