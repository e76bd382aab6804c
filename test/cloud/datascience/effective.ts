import type { Effective, JobConfiguration, JobDetails, RunDetails } from "./model.ts";

const emptyConfiguration: JobConfiguration = { jobType: "EMPTY" };
const emptyInfrastructure = { jobInfrastructureType: "EMPTY" };

/** How a run's environment variables meet the job's; which of the two the service does is not documented. */
export type EnvironmentRule = "merge" | "replace";

/** A job as it would run without any override. */
export function effectiveJob(job: JobDetails): Effective {
  return {
    configuration: job.jobConfigurationDetails ?? emptyConfiguration,
    infrastructure: job.jobInfrastructureConfigurationDetails ?? emptyInfrastructure,
    environment: job.jobEnvironmentConfigurationDetails ?? undefined,
    log: job.jobLogConfigurationDetails ?? {},
    mounts: job.jobStorageMountConfigurationDetailsList ?? [],
    nodes: job.jobNodeConfigurationDetails ?? undefined,
  };
}

/** A job with a run's overrides. Each part that the run has replaces the job's, but for configurations, which are joined field by field. */
export function effectiveRun(job: JobDetails, run: RunDetails, rule: EnvironmentRule): Effective {
  const base = effectiveJob(job);
  const override = run.jobConfigurationOverrideDetails ?? undefined;
  return {
    configuration: override === undefined ? base.configuration : joined(base.configuration, override, rule),
    infrastructure: run.jobInfrastructureConfigurationOverrideDetails ?? base.infrastructure,
    environment: run.jobEnvironmentConfigurationOverrideDetails ?? base.environment,
    log: run.jobLogConfigurationOverrideDetails ?? base.log,
    mounts: run.jobStorageMountConfigurationOverrideDetailsList ?? base.mounts,
    nodes: run.jobNodeConfigurationOverrideDetails ?? base.nodes,
  };
}

/** The configuration of a node of a group: the run's, with the group's own. */
export function joined(base: JobConfiguration, own: JobConfiguration, rule: EnvironmentRule): JobConfiguration {
  const environmentVariables =
    rule === "replace"
      ? (own.environmentVariables ?? base.environmentVariables)
      : { ...base.environmentVariables, ...own.environmentVariables };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined && value !== null));
  return { ...base, ...given, environmentVariables: environmentVariables ?? null };
}
