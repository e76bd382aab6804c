import { createHash } from "node:crypto";
import type {
  ContainerEnvironment,
  CreateJobDetails,
  Infrastructure,
  JobConfiguration,
  LogConfiguration,
  NodeConfiguration,
  StorageMount,
} from "../oci/datascience/models.ts";
import type { InfrastructureSpec } from "../spec/infrastructure.ts";
import type { OciSpec } from "../spec/jobspec.ts";
import { parseLocation } from "../storage/location.ts";
import { quoteShellWord } from "../text/shellwords.ts";

/** Where the job and its runs are made. */
export interface Placement {
  readonly projectId: string;
  readonly compartmentId: string;
}

/** What a job is made from. */
export interface JobRecipe extends Placement {
  readonly name: string;
  readonly oci: OciSpec;
  /** Variables of every run: those that an Oracle-managed environment needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** SHA-256 of the artifact that the job carries, where it runs in an Oracle-managed environment. */
  readonly artifactSha256?: string | undefined;
}

/** As the posts that nbjob began with had it: a small Flex shape and the least block volume there is. */
export const defaults = {
  shape: "VM.Standard.E3.Flex",
  ocpus: 1,
  memoryInGBsPerOcpu: 16,
  blockStorageInGBs: 50,
} as const;

/** By this tag a job is found again. */
export const digestTag = "nbjob-digest";

/** The name of a group of nodes, as ADS calls it. */
export const nodeGroup = "node-group";

const minute = 60_000;

/** The request that makes the job, its digest in its tags: equal recipes make equal jobs. */
export function jobDetails(recipe: JobRecipe): CreateJobDetails {
  const details = untagged(recipe);
  const digest = createHash("sha256")
    .update(canonical([details, recipe.artifactSha256 ?? null]))
    .digest("hex");
  return { ...details, freeformTags: { ...details.freeformTags, [digestTag]: digest } };
}

function untagged({ name, projectId, compartmentId, oci, environment }: JobRecipe): CreateJobDetails {
  const given = oci.infrastructure ?? {};
  const configuration = configurationOf(given, environment);
  const log = logConfiguration(oci);
  const mounts = (given.mounts ?? []).map(mountOf);
  const common = {
    projectId,
    compartmentId,
    displayName: name,
    ...(given.description === undefined ? {} : { description: given.description }),
    ...(log === undefined ? {} : { jobLogConfigurationDetails: log }),
    ...(mounts.length === 0 ? {} : { jobStorageMountConfigurationDetailsList: mounts }),
    freeformTags: given.tags?.freeform ?? {},
    ...(given.tags?.defined === undefined ? {} : { definedTags: given.tags.defined }),
  };
  if (given.nodes !== undefined) {
    return {
      ...common,
      jobConfigurationDetails: { jobType: "EMPTY" },
      jobInfrastructureConfigurationDetails: { jobInfrastructureType: "EMPTY" },
      jobNodeConfigurationDetails: nodesOf(given, given.nodes, configuration),
    };
  }
  const container = containerOf(given);
  return {
    ...common,
    jobConfigurationDetails: configuration,
    jobInfrastructureConfigurationDetails: infrastructureOf(given),
    ...(container === undefined ? {} : { jobEnvironmentConfigurationDetails: container }),
  };
}

function configurationOf(given: InfrastructureSpec, environment: JobRecipe["environment"]): JobConfiguration {
  const { maximumRuntime, startupProbe, command, nodes } = given;
  // Without a container they are the arguments of the entrypoint in the artifact.
  const words = given.image === undefined && command !== undefined ? command.map(quoteShellWord).join(" ") : undefined;
  return {
    jobType: "DEFAULT",
    ...(Object.keys(environment).length === 0 ? {} : { environmentVariables: environment }),
    ...(words === undefined ? {} : { commandLineArguments: words }),
    // Of several nodes it is the whole job's.
    ...(maximumRuntime === undefined || nodes !== undefined
      ? {}
      : { maximumRuntimeInMinutes: minutes(maximumRuntime) }),
    ...(startupProbe === undefined
      ? {}
      : {
          startupProbeDetails: {
            jobProbeCheckType: "EXEC",
            command: startupProbe.command,
            ...(startupProbe.period === undefined ? {} : { periodInSeconds: seconds(startupProbe.period) }),
            ...(startupProbe.failureThreshold === undefined ? {} : { failureThreshold: startupProbe.failureThreshold }),
            ...(startupProbe.initialDelay === undefined
              ? {}
              : { initialDelayInSeconds: seconds(startupProbe.initialDelay) }),
          },
        }),
  };
}

function infrastructureOf(given: InfrastructureSpec): Infrastructure {
  const { computeTarget, subnetId, nodes } = given;
  if (computeTarget !== undefined) {
    const { id, ocpus, memoryInGBs, gpus, ocpusLimit, memoryInGBsLimit } = computeTarget;
    const hasLimit = ocpusLimit !== undefined || memoryInGBsLimit !== undefined;
    return {
      jobInfrastructureType: "MANAGED_COMPUTE_CLUSTER",
      computeTargetId: id,
      resourceConfiguration: {
        resourceRequestConfiguration: { ocpus, memoryInGBs, ...(gpus === undefined ? {} : { gpus }) },
        ...(hasLimit
          ? { resourceLimitConfiguration: { ocpus: ocpusLimit ?? ocpus, memoryInGBs: memoryInGBsLimit ?? memoryInGBs } }
          : {}),
      },
    };
  }
  const shapeName = given.shape ?? defaults.shape;
  const ocpus = given.ocpus ?? defaults.ocpus;
  const machine = {
    shapeName,
    blockStorageSizeInGBs: given.blockStorageInGBs ?? defaults.blockStorageInGBs,
    ...(shapeName.endsWith(".Flex")
      ? {
          jobShapeConfigDetails: {
            ocpus,
            memoryInGBs: given.memoryInGBs ?? ocpus * defaults.memoryInGBsPerOcpu,
            ...(given.cpuBaseline === undefined ? {} : { cpuBaseline: given.cpuBaseline }),
          },
        }
      : {}),
  };
  if (nodes !== undefined) return { jobInfrastructureType: "MULTI_NODE", ...machine };
  if (subnetId === undefined) return { jobInfrastructureType: "ME_STANDALONE", ...machine };
  return { jobInfrastructureType: "STANDALONE", subnetId, ...machine };
}

/** The container; undefined in an Oracle-managed environment. */
export function containerOf(given: InfrastructureSpec): ContainerEnvironment | undefined {
  const { image, command, entrypoint, imageDigest, imageSignatureId } = given;
  if (image === undefined) return undefined;
  return {
    jobEnvironmentType: "OCIR_CONTAINER",
    image,
    ...(command === undefined ? {} : { cmd: command }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(imageDigest === undefined ? {} : { imageDigest }),
    ...(imageSignatureId === undefined ? {} : { imageSignatureId }),
  };
}

function nodesOf(
  given: InfrastructureSpec,
  { replicas, minimumSuccess, startupOrder, name }: NonNullable<InfrastructureSpec["nodes"]>,
  configuration: JobConfiguration,
): NodeConfiguration {
  const container = containerOf(given);
  return {
    jobNodeType: "MULTI_NODE",
    ...(startupOrder === undefined ? {} : { startupOrder }),
    ...(given.maximumRuntime === undefined ? {} : { maximumRuntimeInMinutes: minutes(given.maximumRuntime) }),
    jobNetworkConfiguration:
      given.subnetId === undefined
        ? { jobNetworkType: "DEFAULT_NETWORK" }
        : { jobNetworkType: "CUSTOM_NETWORK", subnetId: given.subnetId },
    jobNodeGroupConfigurationDetailsList: [
      {
        name: name ?? nodeGroup,
        replicas,
        ...(minimumSuccess === undefined ? {} : { minimumSuccessReplicas: minimumSuccess }),
        jobInfrastructureConfigurationDetails: infrastructureOf(given),
        jobConfigurationDetails: configuration,
        ...(container === undefined ? {} : { jobEnvironmentConfigurationDetails: container }),
      },
    ],
  };
}

/** Nothing is logged without a log group; with one, each run has a log of its own unless one is named. */
function logConfiguration({ logGroupId, logId }: OciSpec): LogConfiguration | undefined {
  if (logGroupId === undefined) return undefined;
  return logId === undefined
    ? { enableLogging: true, enableAutoLogCreation: true, logGroupId }
    : { enableLogging: true, enableAutoLogCreation: false, logGroupId, logId };
}

function mountOf({ location, mountTargetId = "", exportId = "", path }: Mount): StorageMount {
  const trimmed = path.replace(/\/+$/, "");
  const cut = trimmed.lastIndexOf("/");
  const destination = {
    destinationDirectoryName: trimmed.slice(cut + 1),
    destinationPath: trimmed.slice(0, cut) || "/",
  };
  if (location === undefined) return { storageType: "FILE_STORAGE", mountTargetId, exportId, ...destination };
  const parsed = parseLocation(location);
  if (parsed.kind !== "oci") throw new TypeError(`a mount of ${parsed.kind}`);
  const { bucket, namespace, object } = parsed;
  const prefix = object === "" ? {} : { prefix: object };
  return { storageType: "OBJECT_STORAGE", namespace, bucket, ...prefix, ...destination };
}

type Mount = NonNullable<InfrastructureSpec["mounts"]>[number];

function minutes(milliseconds: number): number {
  return Math.ceil(milliseconds / minute);
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/** JSON with its keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
