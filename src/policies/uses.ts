import type { JobSpec, OciSpec } from "../spec/jobspec.ts";
import type { Location } from "../storage/location.ts";
import { NbjobError } from "../text/errors.ts";

/** What of OCI a job file makes use of. */
export interface Uses {
  readonly compartmentId: string | undefined;
  readonly logGroupId: string | undefined;
  readonly logs: boolean;
  /** Each run writes to a log of its own, made for it. */
  readonly makesLogs: boolean;
  readonly subnet: boolean;
  /** A repository of OCI's registry, as its policies name it. */
  readonly repository: string | undefined;
  /** Buckets that are only read, by name. */
  readonly readBuckets: readonly string[];
  readonly outputBucket: string | undefined;
  readonly mountedBuckets: readonly string[];
  readonly mountsFileSystems: boolean;
  /** As the job file writes them. */
  readonly secrets: readonly string[];
  /** Launching writes to the output folder's bucket: what lies on this machine, the state of a sweep. */
  readonly launchWrites: boolean;
  readonly schedule: ScheduleUses | undefined;
}

export interface ScheduleUses {
  readonly with: "data-integration" | "data-science";
  readonly principal: "workspace" | "application";
  readonly workspaceId: string | undefined;
  readonly jobId: string | undefined;
}

export function usesOf(spec: JobSpec): Uses {
  const { oci, environment, work } = spec;
  const { subnetId, image, mounts = [] } = oci.infrastructure ?? {};
  const packs = environment.conda !== undefined && "location" in environment.conda ? [environment.conda.location] : [];
  const own = [
    ...(spec.jobFile === undefined ? [] : [spec.jobFile.location]),
    ...(work === undefined || work.kind === "repository" ? [] : [work.location]),
  ];
  const requirements = environment.requirements === undefined ? [] : [environment.requirements.location];
  const read = [...own, ...Object.values(spec.inputs), ...packs, ...requirements].flatMap(bucketOf);
  const [outputBucket] = bucketOf(spec.outputFolder);
  const sshKey = work?.kind === "repository" ? work.git.sshKey : undefined;
  const secrets = [...Object.values(environment.secrets), ...(sshKey === undefined ? [] : [sshKey])];
  for (const secret of secrets) refuseQuotes(secret);
  return {
    compartmentId: oci.compartmentId,
    logGroupId: oci.logGroupId,
    logs: oci.logGroupId !== undefined || oci.logId !== undefined,
    makesLogs: oci.logGroupId !== undefined && oci.logId === undefined,
    subnet: subnetId !== undefined,
    repository: image === undefined ? undefined : repositoryOf(image),
    readBuckets: unique(read).filter((bucket) => bucket !== outputBucket),
    outputBucket,
    mountedBuckets: unique(mounts.flatMap(({ location }) => bucketNamed(location))),
    mountsFileSystems: mounts.some(({ exportId }) => exportId !== undefined),
    secrets: unique(secrets),
    launchWrites: oci.sweep !== undefined || own.some((location) => location.kind === "file"),
    schedule: oci.schedule === undefined ? undefined : scheduleOf(oci.schedule),
  };
}

function scheduleOf({
  with: scheduler = "data-integration",
  principal = "workspace",
  workspace,
  jobId,
}: NonNullable<OciSpec["schedule"]>): ScheduleUses {
  return {
    with: scheduler,
    principal,
    workspaceId: workspace?.startsWith("ocid1.") === true ? workspace : undefined,
    jobId,
  };
}

/** `<region>.ocir.io/<namespace>/<repository>:<tag>`; of another registry nothing is needed from OCI. */
function repositoryOf(image: string): string | undefined {
  const [, repository] =
    /^(?:[\w-]+\.ocir\.io|ocir\.[\w-]+\.oci\.[\w.]+)\/[^/]+\/([\w./-]+?)(?:[:@].*)?$/.exec(image) ?? [];
  return repository;
}

function bucketOf(location: Location): readonly string[] {
  return location.kind === "oci" ? [location.bucket] : [];
}

function bucketNamed(location: string | undefined): readonly string[] {
  const [, bucket] = /^oci:\/\/([\w.-]+)@/.exec(location ?? "") ?? [];
  return bucket === undefined ? [] : [bucket];
}

/** A quote within quotes would end them: policies have no escape for it, and OCI's names have none in them. */
function refuseQuotes(secret: string): void {
  if (/^[\w.:/-]+$/.test(secret)) return;
  throw new NbjobError("invalid-job-file", "A secret's name holds a character that no secret of OCI has.", {
    remedy: "Names are letters, digits, dots, dashes and underscores.",
  });
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
