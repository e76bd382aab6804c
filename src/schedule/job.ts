/** The job that a job file's schedule runs, and the runs that it starts: as `launch` would make them. */
import type { DataScience } from "../oci/datascience/client.ts";
import type { CreateJobRunDetails } from "../oci/datascience/models.ts";
import { ensureJob, findJob } from "../launch/job.ts";
import { overrideVariables } from "../launch/overrides.ts";
import { type LaunchPlan, planLaunch, type PlanOptions, runRequest } from "../launch/plan.ts";
import { planStage, type Upload, upload } from "../launch/stage.ts";
import { stageFolder } from "../launch/stage-folder.ts";
import type { Launchable } from "../spec/launchable.ts";
import { toText } from "../spec/plain.ts";
import { nodeAt } from "../spec/yaml/node.ts";
import { displayLocation, formatLocation } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import { quoteShellWord } from "../text/shellwords.ts";
import type { Resource } from "./plan/resource.ts";
import type { ScheduleTarget } from "./target.ts";
import type { RunTags, TaskRun, TaskWork } from "./task/payload.ts";
import { longestRun } from "./task/runtime.ts";

export interface JobContext extends PlanOptions {
  readonly dataScience: DataScience;
  readonly stores: Stores;
  readonly tell: (message: string) => void;
}

export interface ScheduledRuns {
  /** What has to be there before: what lies on this machine, in a bucket; and the job, unless an existing one is named. */
  readonly before: readonly Resource[];
  readonly run: (jobId: string) => TaskRun;
}

/** @throws NbjobError `invalid-job-file` with everything that a job run could not do */
export async function runsOf(job: Launchable, target: ScheduleTarget, context: JobContext): Promise<ScheduledRuns> {
  const { document } = target;
  const base = { ...placed(target), maximumRuntimeInMinutes: minutesOf(job) };
  if (document.arguments !== undefined) {
    // From the tree, where 1.10 is still that.
    const texts = document.arguments.map((_, index) => toText(nodeAt(job.whole, ["schedule", "arguments", index])));
    const words = texts.map(quoteShellWord).join(" ");
    if (document.jobId === undefined) throw needsJob(target);
    return {
      before: [],
      run: (jobId) => ({ ...base, jobId, tags: {}, work: { kind: "arguments", arguments: words } }),
    };
  }
  if (document.jobId !== undefined) {
    const staged = await planStage(job, {
      stage: context.stage ?? stageFolder(job.spec),
      tempFolder: context.tempFolder,
    });
    const variables = {
      ...job.variables,
      ...overrideVariables(staged.overrides),
      NOTEBOOK_YAML_URL: formatLocation(staged.jobFile),
    };
    const work = workOf(variables);
    return { before: uploadResources(staged.uploads, context), run: (jobId) => ({ ...base, jobId, tags: {}, work }) };
  }
  if (job.spec.oci.infrastructure?.nodes !== undefined) throw noNodes(target);
  const plan = await planLaunch(job, context);
  const details = runRequest(plan, "", { name: target.name, now: new Date(0) });
  const tags = tagsOf(details);
  const work = workOf(variablesOf(details));
  return {
    before: [...uploadResources(plan.staged.uploads, context), jobResource(plan, context)],
    run: (jobId) => ({ ...base, jobId, tags, work }),
  };
}

/** What lies on this machine and has to lie in a bucket. Its names are made from its bytes: what is there is right. */
function uploadResources(uploads: readonly Upload[], { stores, tell }: JobContext): readonly Resource[] {
  return uploads.map((each): Resource => {
    const name = displayLocation(each.to);
    const proof = each.kind === "folder" ? each.marker : each.to;
    return {
      ref: `upload ${name}`,
      noun: "upload",
      name,
      below: [],
      find: async () => {
        const found = await stores.store(proof).head(proof);
        return found === undefined ? undefined : { key: name, actual: {}, ours: false };
      },
      body: () => (each.kind === "bytes" ? { bytes: Buffer.from(each.bytes).toString() } : { from: each.path }),
      create: async () => {
        await upload([each], stores, { tell });
        return name;
      },
    };
  });
}

/** The Data Science job: one that was made from the same is used again. */
function jobResource(plan: LaunchPlan, { dataScience, tempFolder }: JobContext): Resource {
  return {
    ref: "job",
    noun: "Data Science job",
    name: plan.name,
    below: [],
    find: async () => {
      const key = await findJob(plan, dataScience);
      return key === undefined ? undefined : { key, actual: {}, ours: false };
    },
    body: () => ({ ...plan.job }),
    create: async () => (await ensureJob(plan, { dataScience, tempFolder })).id,
  };
}

function placed({ projectId, compartmentId, name }: ScheduleTarget) {
  return { projectId, compartmentId, name };
}

function minutesOf({ spec }: Launchable): number {
  const { maximumRuntime } = spec.oci.infrastructure ?? {};
  return maximumRuntime === undefined ? longestRun : Math.ceil(maximumRuntime / 60_000);
}

function workOf(variables: Readonly<Record<string, string>>): TaskWork {
  const {
    NOTEBOOK_YAML_URL: url = "",
    NBJOB_PARAMETERS: parameters = "{}",
    NBJOB_SET: settings = "{}",
    ...rest
  } = variables;
  return { kind: "job-file", url, parameters, settings, environment: rest };
}

function variablesOf({
  jobConfigurationOverrideDetails: given,
}: CreateJobRunDetails): Readonly<Record<string, string>> {
  return given !== undefined && "environmentVariables" in given ? (given.environmentVariables ?? {}) : {};
}

function tagsOf({ freeformTags, definedTags }: CreateJobRunDetails): RunTags {
  return {
    ...(freeformTags === undefined ? {} : { freeformTags }),
    ...(definedTags === undefined ? {} : { definedTags }),
  };
}

function needsJob({ name }: ScheduleTarget): NbjobError {
  return new NbjobError("invalid-job-file", `${name} has schedule.arguments, which go to a run of an existing job.`, {
    remedy: "Name the job: schedule: {jobId: ocid1.datasciencejob…, arguments: […]}.",
  });
}

function noNodes({ name }: ScheduleTarget): NbjobError {
  return new NbjobError("invalid-job-file", `${name} runs on several nodes, which nbjob schedule does not do.`, {
    remedy: "Remove infrastructure.nodes, or make the job with nbjob launch and name it: schedule: {jobId: …}.",
  });
}
