import type { DataScience } from "./data-science.ts";
import type { StoredJob, StoredProject, StoredRun } from "./model.ts";

type Json = Readonly<Record<string, unknown>>;

export function projectJson(dataScience: DataScience, project: StoredProject): Json {
  const { description, deletedAt } = project;
  const gone = deletedAt !== undefined && dataScience.now >= deletedAt;
  const lifecycleState = deletedAt === undefined ? "ACTIVE" : gone ? "DELETED" : "DELETING";
  return { ...rowJson(project), timeCreated: iso(project.timeCreated), description, lifecycleState, systemTags: {} };
}

export function jobSummary(dataScience: DataScience, job: StoredJob): Json {
  const { projectId } = job.details;
  const lifecycleState = dataScience.jobState(job);
  return { ...rowJson(job), timeCreated: iso(job.timeCreated), projectId, lifecycleState };
}

export function jobJson(dataScience: DataScience, job: StoredJob): Json {
  const { details } = job;
  return {
    ...jobSummary(dataScience, job),
    description: details.description ?? null,
    jobConfigurationDetails: details.jobConfigurationDetails ?? { jobType: "EMPTY" },
    jobInfrastructureConfigurationDetails: details.jobInfrastructureConfigurationDetails ?? {
      jobInfrastructureType: "EMPTY",
    },
    jobEnvironmentConfigurationDetails: details.jobEnvironmentConfigurationDetails ?? null,
    jobLogConfigurationDetails: details.jobLogConfigurationDetails ?? null,
    jobStorageMountConfigurationDetailsList: details.jobStorageMountConfigurationDetailsList ?? [],
    jobNodeConfigurationDetails: details.jobNodeConfigurationDetails ?? null,
    lifecycleDetails: null,
  };
}

export function runSummary(run: StoredRun): Json {
  const { jobId, lifecycleState, lifecycleDetails } = run;
  return {
    ...rowJson(run),
    projectId: run.details.projectId,
    jobId,
    timeAccepted: iso(run.timeCreated),
    timeStarted: iso(run.timeStarted),
    timeFinished: iso(run.timeFinished),
    lifecycleState,
    lifecycleDetails,
  };
}

/** Of the job's own configuration, a run shows the infrastructure and the mounts, beside its overrides. */
export function runJson(run: StoredRun): Json {
  const { details, effective, logDetails, nodeGroups } = run;
  return {
    ...runSummary(run),
    jobConfigurationOverrideDetails: details.jobConfigurationOverrideDetails ?? { jobType: "EMPTY" },
    jobInfrastructureConfigurationDetails: effective.infrastructure,
    jobEnvironmentConfigurationOverrideDetails: details.jobEnvironmentConfigurationOverrideDetails ?? null,
    jobLogConfigurationOverrideDetails: details.jobLogConfigurationOverrideDetails ?? null,
    jobStorageMountConfigurationDetailsList: effective.mounts,
    jobStorageMountConfigurationOverrideDetailsList: details.jobStorageMountConfigurationOverrideDetailsList ?? null,
    jobInfrastructureConfigurationOverrideDetails: details.jobInfrastructureConfigurationOverrideDetails ?? null,
    jobNodeConfigurationOverrideDetails: details.jobNodeConfigurationOverrideDetails ?? null,
    nodeGroupDetailsList: nodeGroups ?? null,
    logDetails: logDetails ?? null,
  };
}

function rowJson(row: StoredProject | StoredJob | StoredRun): Json {
  const { id, compartmentId, displayName, freeformTags, definedTags, createdBy } = row;
  return { id, compartmentId, displayName, freeformTags, definedTags, createdBy };
}

function iso(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
