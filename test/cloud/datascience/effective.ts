import { invalidParameter } from "../http/refusal.ts";
import type { Effective, JobConfiguration, JobDetails, NodeConfiguration, RunDetails } from "./model.ts";

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
    nodes: effectiveNodes(base.nodes, run.jobNodeConfigurationOverrideDetails ?? undefined, rule),
  };
}

/** A run's node groups are the job's of the same names, with what the run has of each. */
function effectiveNodes(
  base: NodeConfiguration | undefined,
  override: NodeConfiguration | undefined,
  rule: EnvironmentRule,
): NodeConfiguration | undefined {
  if (base === undefined || override === undefined) return override ?? base;
  const groups = override.jobNodeGroupConfigurationDetailsList ?? [];
  const known = base.jobNodeGroupConfigurationDetailsList ?? [];
  const unknown = groups.find(({ name }) => !known.some((group) => group.name === name));
  if (unknown !== undefined) throw invalidParameter(`The job has no node group ${JSON.stringify(unknown.name)}.`);
  const jobNodeGroupConfigurationDetailsList = known.map((group) => {
    const own = groups.find(({ name }) => name === group.name);
    const configuration = own?.jobConfigurationDetails;
    return {
      ...group,
      ...given(own),
      ...(configuration
        ? { jobConfigurationDetails: joined(group.jobConfigurationDetails ?? emptyConfiguration, configuration, rule) }
        : {}),
    };
  });
  return { ...base, ...given(override), jobNodeGroupConfigurationDetailsList };
}

/** What an object has that is not null. */
function given<T extends object>(value: T | undefined): Partial<T> {
  const entries = Object.entries(value ?? {}).filter(([, each]) => each !== undefined && each !== null);
  // Some of the fields that it had, as they were.
  return Object.fromEntries(entries) as Partial<T>;
}

function joined(base: JobConfiguration, own: JobConfiguration, rule: EnvironmentRule): JobConfiguration {
  const environmentVariables =
    rule === "replace"
      ? (own.environmentVariables ?? base.environmentVariables)
      : { ...base.environmentVariables, ...own.environmentVariables };
  return { ...base, ...given(own), environmentVariables: environmentVariables ?? null };
}
