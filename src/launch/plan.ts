import type { CreateJobDetails, CreateJobRunDetails } from "../oci/datascience/models.ts";
import type { Assignment } from "../spec/assign.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { Launchable } from "../spec/launchable.ts";
import { displayLocation, formatLocation, type Location } from "../storage/location.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import { checkEnvironment, checkJob } from "./check-details.ts";
import { jobDetails, type Placement } from "./job-details.ts";
import { fitting, lineageOf, lineageTags } from "./lineage.ts";
import { type ManagedEnvironment, managedEnvironment } from "./managed-environment.ts";
import { overrideVariables } from "./overrides.ts";
import { placementOf } from "./placement.ts";
import { runDetails, runName } from "./run-details.ts";
import { planStage, type StagedJob } from "./stage.ts";
import { pinnedSha256, shownWork, workName } from "./work.ts";
import { stageFolder } from "./stage-folder.ts";

/** All that a launch will ask for, worked out before anything is asked. */
export interface LaunchPlan {
  readonly spec: JobSpec;
  readonly name: string;
  readonly placement: Placement;
  readonly staged: StagedJob;
  readonly job: CreateJobDetails;
  /** What the job carries where it has no image. */
  readonly managed: ManagedEnvironment | undefined;
  /** Variables of this machine that the job file names. */
  readonly variables: Readonly<Record<string, string>>;
  /** Lineage of every run. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface PlanOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly tempFolder: string;
  readonly version: string;
  /** Where local files are uploaded; default a folder of the output folder's bucket. */
  readonly stage?: Location | undefined;
  /** The self-contained nbjob, for a job without an image. */
  readonly executable?: string | undefined;
  /** The region of published conda packs, where the environment names none. */
  readonly region?: string | undefined;
  /** SHA-256 of work that does not lie on this machine. */
  readonly workSha256?: string | undefined;
}

/**
 * Works out the requests that launch a job. Reads local files, asks no service.
 *
 * @throws NbjobError `invalid-job-file` with everything that a job run could not do, at once
 */
export async function planLaunch(job: Launchable, options: PlanOptions): Promise<LaunchPlan> {
  const { spec } = job;
  const name = spec.oci.jobName ?? workName(spec.work);
  const { placement, problems } = placementOf(spec.oci, options.env);
  refuse(job.name, [...problems, ...checkJob(spec, name)]);
  const { infrastructure } = spec.oci;
  const isManaged = infrastructure?.image === undefined && spec.environment.conda !== undefined;
  const managed = isManaged
    ? await managedEnvironment(spec.environment.conda, options.executable, options.region ?? regionOf(options.env))
    : undefined;
  const staged = await planStage(job, {
    stage: options.stage ?? stageFolder(spec),
    tempFolder: options.tempFolder,
  });
  const work = {
    shown: staged.work === undefined ? shownWork(spec.work) : displayLocation(staged.work.to),
    sha256: staged.work?.sha256 ?? options.workSha256 ?? pinnedSha256(spec.work),
  };
  const plan: LaunchPlan = {
    spec,
    name,
    placement,
    staged,
    job: jobDetails({
      ...placement,
      name,
      oci: spec.oci,
      environment: managed?.variables ?? {},
      artifactSha256: managed?.sha256,
    }),
    managed,
    variables: job.variables,
    tags: lineageOf({ work, jobFile: staged.jobFile, outputFolder: spec.outputFolder, version: options.version }),
  };
  refuse(job.name, checkEnvironment(environmentOf(plan, [])));
  return plan;
}

/** What one run of a plan has of its own. */
export interface RunRequest {
  /** Default the job's name and the time. */
  readonly name?: string;
  /** Values over those of the plan: parameters, the output folder. */
  readonly overrides?: readonly Assignment[];
  /** Environment variables of nbjob itself, beside those of the plan. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Beside the lineage. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly now: Date;
}

/**
 * The request that creates a run of a plan's job.
 *
 * @throws NbjobError `invalid-job-file` where its variables are longer than Data Science takes
 */
export function runRequest(plan: LaunchPlan, jobId: string, request: RunRequest): CreateJobRunDetails {
  const environment = { ...environmentOf(plan, request.overrides ?? []), ...request.variables };
  refuse(plan.name, checkEnvironment(environment));
  return runDetails({
    ...plan.placement,
    jobId,
    name: request.name ?? runName(plan.name, request.now),
    environment,
    infrastructure: plan.spec.oci.infrastructure,
    tags: { ...plan.tags, ...outputsTag(request.overrides ?? []), ...request.tags },
  });
}

/** Lineage follows an output folder of the run's own. */
function outputsTag(overrides: readonly Assignment[]): Readonly<Record<string, string>> {
  const given = overrides.findLast(({ path }) => path.length === 1 && path[0] === "outputFolder")?.node;
  return given?.kind === "scalar" ? { [lineageTags.outputs]: fitting(given.text) } : {};
}

function environmentOf(
  { staged, managed, variables }: LaunchPlan,
  overrides: readonly Assignment[],
): Readonly<Record<string, string>> {
  return {
    ...variables,
    ...managed?.variables,
    NOTEBOOK_YAML_URL: formatLocation(staged.jobFile),
    ...overrideVariables([...staged.overrides, ...overrides]),
  };
}

function refuse(name: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new NbjobError("invalid-job-file", `${name} cannot be launched as it is`, { location: name, problems });
}

function regionOf(env: Readonly<Record<string, string>>): string | undefined {
  return env["OCI_CLI_REGION"] || env["OCI_REGION"] || env["OCI_RESOURCE_PRINCIPAL_REGION"] || undefined;
}
