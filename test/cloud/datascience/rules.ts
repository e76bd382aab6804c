/** What the service refuses of a job or a run although its models allow it: sizes, shapes, and parts that do not go together. */
import { invalidParameter } from "../http/refusal.ts";
import type {
  ContainerEnvironment,
  Effective,
  Infrastructure,
  JobConfiguration,
  LogConfiguration,
  Mount,
  NodeConfiguration,
  NodeGroup,
} from "./model.ts";
import { shapes, sizeOf } from "./shapes.ts";

/** @throws {Refusal} 400 InvalidParameter, with everything that is wrong */
export function checkRules(displayName: string, effective: Effective): void {
  const problems = [
    ...(displayName.length > 255 ? ["displayName must have at most 255 characters"] : []),
    ...configurationProblems("jobConfigurationDetails", effective.configuration),
    ...containerProblems("jobEnvironmentConfigurationDetails", effective.environment),
    ...logProblems(effective.log),
    ...mountProblems(effective),
    ...(effective.nodes === undefined
      ? infrastructureProblems("jobInfrastructureConfigurationDetails", effective.infrastructure, single)
      : nodeProblems(effective, effective.nodes)),
  ];
  if (problems.length > 0) throw invalidParameter(`${problems.join("; ")}.`);
}

const single = ["ME_STANDALONE", "STANDALONE", "MANAGED_COMPUTE_CLUSTER"];

function configurationProblems(path: string, configuration: JobConfiguration): readonly string[] {
  const { environmentVariables, commandLineArguments, maximumRuntimeInMinutes: minutes } = configuration;
  const characters = Object.entries(environmentVariables ?? {}).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  const probe = configuration.startupProbeDetails;
  return [
    ...(characters > 20_000
      ? [`${path}.environmentVariables must have at most 20000 characters in all, and has ${characters}`]
      : []),
    ...((commandLineArguments ?? "").length > 4000
      ? [`${path}.commandLineArguments must have at most 4000 characters`]
      : []),
    ...(minutes !== undefined && minutes !== null && !whole(minutes, 1, 43_200)
      ? [`${path}.maximumRuntimeInMinutes must be from 1 to 43200`]
      : []),
    ...(probe?.command.length === 0 ? [`${path}.startupProbeDetails.command must not be empty`] : []),
  ];
}

/** `<region>.ocir.io/<registry>/<image>:<tag>`, perhaps with `@digest`. */
const image = /^[a-z0-9.-]+\.ocir\.io\/[^\s:@]+:[\w][\w.-]*(@sha256:[0-9a-f]{64})?$/;

function containerProblems(path: string, container: ContainerEnvironment | undefined): readonly string[] {
  if (container === undefined) return [];
  const { cmd, entrypoint, imageDigest } = container;
  const bytes = [...(cmd ?? []), ...(entrypoint ?? [])].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return [
    ...(image.test(container.image) ? [] : [`${path}.image must be <region>.ocir.io/<registry>/<image>:<tag>`]),
    ...(bytes < 2048 ? [] : [`${path}.cmd and ${path}.entrypoint must have less than 2048 bytes together`]),
    ...(imageDigest && !/^sha256:[0-9a-f]{64}$/.test(imageDigest)
      ? [`${path}.imageDigest must be sha256:<64 hexadecimal digits>`]
      : []),
  ];
}

function logProblems({ enableLogging, enableAutoLogCreation, logGroupId, logId }: LogConfiguration): readonly string[] {
  if (enableLogging !== true) return [];
  const path = "jobLogConfigurationDetails";
  return [
    ...(logGroupId ? [] : [`${path}.logGroupId must not be null where logging is enabled`]),
    ...(enableAutoLogCreation === true && logId ? [`${path}.logId must be null where logs are created`] : []),
    ...(enableAutoLogCreation !== true && !logId ? [`${path}.logId must not be null where no log is created`] : []),
  ];
}

function mountProblems({ mounts, infrastructure }: Effective): readonly string[] {
  const path = "jobStorageMountConfigurationDetailsList";
  const places = mounts.map(mountPoint);
  return [
    ...(mounts.length > 5 ? [`${path} must have at most 5 items`] : []),
    ...mounts.flatMap(({ destinationPath }, index) =>
      destinationPath && !destinationPath.startsWith("/")
        ? [`${path}[${index}].destinationPath must start with a slash`]
        : [],
    ),
    ...(new Set(places).size < places.length ? [`${path} must not have one destination twice`] : []),
    ...(mounts.some(({ storageType }) => storageType === "FILE_STORAGE") &&
    infrastructure.jobInfrastructureType === "ME_STANDALONE"
      ? [`${path} must not have FILE_STORAGE without a subnet`]
      : []),
  ];
}

/** Where a mount appears in the run. */
export function mountPoint({ destinationPath, destinationDirectoryName }: Mount): string {
  return `${(destinationPath ?? "/mnt").replace(/\/+$/, "")}/${destinationDirectoryName}`;
}

function infrastructureProblems(path: string, found: Infrastructure, allowed: readonly string[]): readonly string[] {
  const { jobInfrastructureType, shapeName, blockStorageSizeInGBs } = found;
  if (!allowed.includes(jobInfrastructureType)) {
    return [`${path}.jobInfrastructureType must be one of ${allowed.join(", ")} here, not ${jobInfrastructureType}`];
  }
  if (jobInfrastructureType === "MANAGED_COMPUTE_CLUSTER") return [];
  return [
    ...(whole(blockStorageSizeInGBs, 50, 1024) ? [] : [`${path}.blockStorageSizeInGBs must be from 50 to 1024`]),
    ...(sizeOf(found) === undefined ? [`${path}.shapeName ${JSON.stringify(shapeName)} is not a job shape`] : []),
    ...shapeProblems(`${path}.jobShapeConfigDetails`, found),
  ];
}

function shapeProblems(path: string, found: Infrastructure): readonly string[] {
  const shape = shapes.find(({ name }) => name === found.shapeName);
  if (shape === undefined) return [];
  const configured = found.jobShapeConfigDetails ?? undefined;
  if (!shape.name.endsWith(".Flex")) {
    return configured === undefined ? [] : [`${path} must be null for ${shape.name}, which is not flexible`];
  }
  if (!configured?.ocpus || !configured.memoryInGBs) {
    return [`${path} must have ocpus and memoryInGBs for the flexible shape ${shape.name}`];
  }
  const [ocpus, memory] = [Number(configured.ocpus), Number(configured.memoryInGBs)];
  const most = Math.min(shape.memoryInGBs, ocpus * 64);
  return [
    ...(ocpus >= 1 && ocpus <= shape.coreCount ? [] : [`${path}.ocpus must be from 1 to ${shape.coreCount}`]),
    ...(memory >= ocpus && memory <= most ? [] : [`${path}.memoryInGBs must be from ${ocpus} to ${most}`]),
  ];
}

function nodeProblems({ infrastructure, environment, configuration }: Effective, nodes: NodeConfiguration): string[] {
  const groups = nodes.jobNodeGroupConfigurationDetailsList ?? [];
  const path = "jobNodeConfigurationDetails.jobNodeGroupConfigurationDetailsList";
  const names = new Set(groups.map(({ name }) => name));
  return [
    ...(infrastructure.jobInfrastructureType === "EMPTY" && configuration.jobType === "EMPTY" && !environment
      ? []
      : ["A job of several nodes has its configuration, infrastructure and environment in its node groups"]),
    ...(groups.length > 0 ? [] : [`${path} must not be empty`]),
    ...(names.size === groups.length ? [] : [`${path} must not have one name twice`]),
    ...groups.flatMap((group, index) => groupProblems(`${path}[${index}]`, group)),
  ];
}

function groupProblems(path: string, group: NodeGroup): readonly string[] {
  const { replicas, minimumSuccessReplicas: minimum } = group;
  const container = group.jobEnvironmentConfigurationDetails ?? undefined;
  const infrastructure = group.jobInfrastructureConfigurationDetails;
  return [
    ...(whole(replicas ?? 1, 1, 500) ? [] : [`${path}.replicas must be 1 or more`]),
    ...(whole(minimum ?? 1, 0, replicas ?? 1) ? [] : [`${path}.minimumSuccessReplicas must be at most replicas`]),
    ...(infrastructure
      ? infrastructureProblems(`${path}.jobInfrastructureConfigurationDetails`, infrastructure, ["MULTI_NODE"])
      : [`${path}.jobInfrastructureConfigurationDetails must not be null`]),
    ...configurationProblems(
      `${path}.jobConfigurationDetails`,
      group.jobConfigurationDetails ?? { jobType: "DEFAULT" },
    ),
    ...containerProblems(`${path}.jobEnvironmentConfigurationDetails`, container),
  ];
}

function whole(value: unknown, least: number, most: number): boolean {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most;
}
