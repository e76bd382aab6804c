/** Request bodies that the service takes, for tests to start from. */
import type { Cloud } from "../cloud.ts";
import type { JobDetails, RunDetails } from "./model.ts";

type Places = Pick<Cloud, "project" | "compartment" | "logGroup">;

/** A job whose artifact runs in an environment of the service's; it makes a log for each run. */
export function jobOf({ project, compartment, logGroup }: Places, environment: Readonly<Record<string, string>> = {}) {
  return {
    projectId: project,
    compartmentId: compartment,
    displayName: "job",
    jobConfigurationDetails: { jobType: "DEFAULT", environmentVariables: environment },
    jobInfrastructureConfigurationDetails: {
      jobInfrastructureType: "ME_STANDALONE",
      shapeName: "VM.Standard.E4.Flex",
      blockStorageSizeInGBs: 50,
      jobShapeConfigDetails: { ocpus: 1, memoryInGBs: 16 },
    },
    jobLogConfigurationDetails: { enableLogging: true, enableAutoLogCreation: true, logGroupId: logGroup },
  } satisfies JobDetails;
}

/** A job that runs an image. */
export function byocJob(places: Places, environment: Readonly<Record<string, string>> = {}) {
  return {
    ...jobOf(places, environment),
    jobEnvironmentConfigurationDetails: {
      jobEnvironmentType: "OCIR_CONTAINER",
      image: "iad.ocir.io/nbjobcloud/nbjob:1",
    },
  } satisfies JobDetails;
}

export function runOf({ project, compartment }: Places, jobId: string): RunDetails {
  return { projectId: project, compartmentId: compartment, jobId };
}
