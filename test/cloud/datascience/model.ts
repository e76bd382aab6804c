/** What Data Science keeps, and the parts of its request bodies that the fake acts on. */
import type { Segment } from "../state/bodies.ts";

export type Tags = Readonly<Record<string, string>>;
export type DefinedTags = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Tagged {
  readonly displayName?: string | null;
  readonly freeformTags?: Tags | null;
  readonly definedTags?: DefinedTags | null;
}

/** What a job and its run say of what to run where. A part that is `null` counts as not there. */
export interface JobConfiguration {
  readonly jobType: string;
  readonly environmentVariables?: Readonly<Record<string, string>> | null;
  readonly commandLineArguments?: string | null;
  readonly maximumRuntimeInMinutes?: number | string | null;
  readonly startupProbeDetails?: StartupProbe | null;
}

export interface StartupProbe {
  readonly command: readonly string[];
  readonly periodInSeconds?: number | null;
  readonly failureThreshold?: number | null;
  readonly initialDelayInSeconds?: number | null;
}

export interface Infrastructure {
  readonly jobInfrastructureType: string;
  readonly shapeName?: string | null;
  readonly blockStorageSizeInGBs?: number | string | null;
  readonly subnetId?: string | null;
  readonly jobShapeConfigDetails?: {
    readonly ocpus?: number | string | null;
    readonly memoryInGBs?: number | string | null;
  } | null;
}

export interface ContainerEnvironment {
  readonly jobEnvironmentType: string;
  readonly image: string;
  readonly cmd?: readonly string[] | null;
  readonly entrypoint?: readonly string[] | null;
  readonly imageDigest?: string | null;
}

export interface LogConfiguration {
  readonly enableLogging?: boolean | null;
  readonly enableAutoLogCreation?: boolean | null;
  readonly logGroupId?: string | null;
  readonly logId?: string | null;
}

export interface Mount {
  readonly storageType: string;
  readonly destinationDirectoryName: string;
  readonly destinationPath?: string | null;
  readonly namespace?: string;
  readonly bucket?: string;
  readonly prefix?: string | null;
  readonly mountTargetId?: string;
  readonly exportId?: string;
}

export interface NodeGroup {
  readonly name: string;
  readonly replicas?: number | null;
  readonly minimumSuccessReplicas?: number | null;
  readonly jobInfrastructureConfigurationDetails?: Infrastructure | null;
  readonly jobConfigurationDetails?: JobConfiguration | null;
  readonly jobEnvironmentConfigurationDetails?: ContainerEnvironment | null;
}

export interface NodeConfiguration {
  readonly jobNodeType: string;
  readonly startupOrder?: string | null;
  readonly maximumRuntimeInMinutes?: number | string | null;
  readonly jobNodeGroupConfigurationDetailsList?: readonly NodeGroup[] | null;
}

/** The body of CreateJob. */
export interface JobDetails extends Tagged {
  readonly projectId: string;
  readonly compartmentId: string;
  readonly description?: string | null;
  readonly jobConfigurationDetails?: JobConfiguration | null;
  readonly jobInfrastructureConfigurationDetails?: Infrastructure | null;
  readonly jobEnvironmentConfigurationDetails?: ContainerEnvironment | null;
  readonly jobLogConfigurationDetails?: LogConfiguration | null;
  readonly jobStorageMountConfigurationDetailsList?: readonly Mount[] | null;
  readonly jobNodeConfigurationDetails?: NodeConfiguration | null;
}

/** The body of CreateJobRun. */
export interface RunDetails extends Tagged {
  readonly projectId: string;
  readonly compartmentId: string;
  readonly jobId: string;
  readonly jobConfigurationOverrideDetails?: JobConfiguration | null;
  readonly jobLogConfigurationOverrideDetails?: LogConfiguration | null;
  readonly jobEnvironmentConfigurationOverrideDetails?: ContainerEnvironment | null;
  readonly jobInfrastructureConfigurationOverrideDetails?: Infrastructure | null;
  readonly jobNodeConfigurationOverrideDetails?: NodeConfiguration | null;
  readonly jobStorageMountConfigurationOverrideDetailsList?: readonly Mount[] | null;
}

interface Row {
  readonly id: string;
  readonly compartmentId: string;
  readonly displayName: string;
  readonly freeformTags: Tags;
  readonly definedTags: DefinedTags;
  readonly createdBy: string;
  /** Milliseconds since the epoch. */
  readonly timeCreated: number;
  readonly etag: string;
}

export interface StoredProject extends Row {
  readonly description: string | null;
  readonly deletedAt?: number;
}

export interface Artifact {
  readonly name: string;
  readonly contentDisposition: string;
  readonly segment: Segment;
  /** Base64. */
  readonly md5: string;
  readonly timeModified: number;
}

export interface StoredJob extends Row {
  readonly details: JobDetails;
  readonly artifact?: Artifact;
  /** When it could become active, artifact permitting. */
  readonly readyAt: number;
  /** When it is gone. */
  readonly deletedAt?: number;
}

export type RunState =
  | "ACCEPTED"
  | "IN_PROGRESS"
  | "FAILED"
  | "SUCCEEDED"
  | "CANCELING"
  | "CANCELED"
  | "DELETED"
  | "NEEDS_ATTENTION";

export interface NodeGroupState {
  readonly name: string;
  readonly lifecycleState: "CREATING" | "ACTIVE" | "DELETING" | "DELETED" | "FAILED";
  readonly lifecycleDetails?: string;
}

export interface StoredRun extends Row {
  readonly jobId: string;
  readonly details: RunDetails;
  /** What runs: the job as it was when the run was made, with the run's overrides. */
  readonly effective: Effective;
  readonly lifecycleState: RunState;
  readonly lifecycleDetails: string;
  readonly timeStarted?: number;
  readonly timeFinished?: number;
  readonly logDetails?: { readonly logGroupId: string; readonly logId: string };
  readonly nodeGroups?: readonly NodeGroupState[];
}

/** A job with a run's overrides. */
export interface Effective {
  readonly configuration: JobConfiguration;
  readonly infrastructure: Infrastructure;
  readonly environment: ContainerEnvironment | undefined;
  readonly log: LogConfiguration;
  readonly mounts: readonly Mount[];
  readonly nodes: NodeConfiguration | undefined;
}

/** States that a run never leaves but by being deleted. */
export const finishedStates: readonly RunState[] = ["SUCCEEDED", "FAILED", "CANCELED", "DELETED"];
