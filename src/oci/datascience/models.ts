/** Data Science's jobs and job runs as they stand on the wire. */
import type { models } from "oci-datascience";
import type { Wire } from "../wire.ts";

export type CreateJobDetails = Wire<models.CreateJobDetails>;
export type CreateJobRunDetails = Wire<models.CreateJobRunDetails>;
export type Job = Wire<models.Job>;
export type JobSummary = Wire<models.JobSummary>;
export type JobRun = Wire<models.JobRun>;
export type JobRunSummary = Wire<models.JobRunSummary>;
export type JobShape = Wire<models.JobShapeSummary>;

export type JobConfiguration = Wire<models.DefaultJobConfigurationDetails>;
export type ContainerEnvironment = Wire<models.OcirContainerJobEnvironmentConfigurationDetails>;
export type Infrastructure = NonNullable<CreateJobDetails["jobInfrastructureConfigurationDetails"]>;
export type LogConfiguration = Wire<models.JobLogConfigurationDetails>;
export type StorageMount =
  | Wire<models.ObjectStorageMountConfigurationDetails>
  | Wire<models.FileStorageMountConfigurationDetails>;
export type NodeConfiguration = Wire<models.MultiNodeJobNodeConfigurationDetails>;
