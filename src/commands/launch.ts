import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkLimits } from "../launch/check-limits.ts";
import { createRun, prepareJob } from "../launch/launch.ts";
import { type LaunchPlan, type PlanOptions, planLaunch, runRequest } from "../launch/plan.ts";
import { plannedRequests } from "../launch/requests.ts";
import type { RunWatch } from "../launch/watch/watch-runs.ts";
import type { DataScience } from "../oci/datascience/client.ts";
import type { JobRun } from "../oci/datascience/models.ts";
import { describeError } from "../text/describe.ts";
import { remoteWorkSha256 } from "../launch/work-digest.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { type Launchable, loadForLaunch } from "../spec/launchable.ts";
import { openStores, type Stores } from "../storage/stores.ts";
import { exitCodes, NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { withDataScience } from "./cloud.ts";
import { detachedCode, follow, followedJson, watchTimes } from "./follow.ts";
import { Interrupts } from "./interrupt.ts";
import { nameOfRun } from "./run-text.ts";
import { settingsOfOwnRun } from "./own-run.ts";
import { ownExecutable } from "./executable.ts";
import { plainEnvironment } from "./environment.ts";
import { namedJob } from "./job.ts";
import { text } from "./options.ts";
import { stageLocation } from "./stage-location.ts";
import { overridesOf } from "./overrides.ts";

/** `nbjob launch [JOBFILE]`: uploads, job, job run, log, outcome. */
export async function launchCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { log, now } = context;
  const env = plainEnvironment(context.env);
  const stores = openStores({ env, log });
  const tempFolder = await mkdtemp(join(tmpdir(), "nbjob-launch-"));
  try {
    const isDryRun = invocation.values["dryRun"] === true;
    const job = await launchable(invocation, context, stores, isDryRun ? undefined : env["JOB_RUN_OCID"]);
    const known = isDryRun ? {} : await knownFromServices(job.spec, context, stores);
    const plan = await planOf(job, invocation, context, { tempFolder, ...known });
    const sweep = invocation.values["sweep"] === false ? undefined : plan.spec.oci.sweep;
    const sweeping = sweep === undefined ? undefined : await import("./launch-sweep.ts");
    if (isDryRun) {
      const runs = sweep === undefined ? [{ now: now() }] : (sweeping?.plannedRuns(plan, sweep, now()) ?? []);
      log.print(JSON.stringify(plannedRequests(plan, runs), undefined, 2));
      return 0;
    }
    const launching = { invocation, context, stores, tempFolder };
    if (sweep !== undefined && sweeping !== undefined) return await sweeping.launchSweep(plan, sweep, launching);
    return await launched(plan, launching);
  } finally {
    await rm(tempFolder, { recursive: true, force: true });
    await stores.close();
  }
}

export interface Launching {
  readonly invocation: Invocation;
  readonly context: CommandContext;
  readonly stores: Stores;
  readonly tempFolder: string;
}

async function launched(plan: LaunchPlan, { invocation, context, stores, tempFolder }: Launching): Promise<number> {
  const { log, now, signals } = context;
  const json = invocation.values["output"] === "json";
  const times = watchTimes(invocation, context);
  return withDataScience(context, async (dataScience) => {
    let run: JobRun | undefined;
    let watch: RunWatch | undefined;
    let cancelling: Promise<void> | undefined;
    const cancel = (): void => {
      // Before there is a run, what is under way is given up; while one is being made, it is waited for.
      if (run === undefined) interrupts.detach(interrupts.exitCode ?? exitCodes.canceled);
      else cancelling ??= cancelRun(dataScience, run.id, log).then(() => watch?.hurry());
    };
    const left = (): string =>
      run === undefined ? "Nothing was launched" : `The job run goes on: nbjob watch ${run.id}`;
    using interrupts = new Interrupts({ signals, log, cancel, left });
    const infrastructure = plan.spec.oci.infrastructure ?? {};
    await checkLimits(infrastructure, plan.placement, { dataScience, log, signal: interrupts.stop });
    const { id } = await prepareJob(plan, { dataScience, stores, log, tempFolder, signal: interrupts.stop });
    interrupts.stop.throwIfAborted();
    run = await createRun(dataScience, runRequest(plan, id, { now: now() }));
    log.info(`Created the job run ${nameOfRun(run)}: ${run.id}`);
    // A signal came while it was being made: nothing is left behind that nobody wants.
    if (interrupts.stop.aborted) {
      await cancelRun(dataScience, run.id, log);
      interrupts.stop.throwIfAborted();
    }
    if (invocation.values["detach"] === true) {
      log.print(json ? JSON.stringify(run, undefined, 2) : run.id);
      return 0;
    }
    try {
      const [followed] = await follow([run], context, {
        dataScience,
        stores,
        json,
        logs: invocation.values["logs"] !== false,
        ...times,
        signal: interrupts.stop,
        cancelCode: () => interrupts.exitCode,
        onWatch: (opened) => void (watch = opened),
      });
      if (followed === undefined) return exitCodes.bug;
      if (json) log.print(JSON.stringify(followedJson(followed), undefined, 2));
      return followed.outcome.exitCode;
    } catch (error) {
      return detachedCode(error, log);
    } finally {
      // A second signal does not wait for what the first one asked.
      if (!interrupts.stop.aborted) await cancelling;
    }
  });
}

async function cancelRun(dataScience: DataScience, id: string, log: CommandContext["log"]): Promise<void> {
  try {
    await dataScience.cancelJobRun(id);
  } catch (error) {
    log.error(`The job run could not be cancelled: ${describeError(error).join(" ")}`);
  }
}

/**
 * The job file with what the command line changes of it.
 *
 * @param ownRun the job run that this program runs in: what the job file leaves out is as there
 */
async function launchable(
  invocation: Invocation,
  context: CommandContext,
  stores: Stores,
  ownRun: string | undefined,
): Promise<Launchable> {
  const named = namedJob(invocation, context);
  if (named === undefined) {
    throw new NbjobError("usage", "No job file is named", {
      remedy: "Name one as the argument, or in NOTEBOOK_YAML_URL: nbjob launch job.yaml",
    });
  }
  const overrides = overridesOf(invocation);
  const set = [
    ...(overrides.set ?? []),
    ...flag(invocation, "image", "infrastructure.image"),
    ...flag(invocation, "shape", "infrastructure.shape"),
    ...flag(invocation, "name", "jobName"),
  ];
  const options = { stores, env: plainEnvironment(context.env), cwd: context.cwd };
  const job = await loadForLaunch(named, { ...options, overrides: { ...overrides, set } });
  if (ownRun === undefined || ownRun === "") return job;
  const { log } = context;
  const further = await withDataScience(context, (dataScience) =>
    settingsOfOwnRun(job.spec, ownRun, { dataScience, log }),
  );
  if (further.length === 0) return job;
  return loadForLaunch(named, { ...options, overrides: { ...overrides, set: [...further, ...set] } });
}

/** What a plan needs and only services know. */
async function knownFromServices(
  spec: JobSpec,
  context: CommandContext,
  stores: Stores,
): Promise<Pick<PlanOptions, "workSha256" | "region">> {
  const workSha256 = await remoteWorkSha256(spec, stores, { warn: (message) => context.log.warn(message) });
  const { conda } = spec.environment;
  const isPublished = conda !== undefined && "location" in conda && spec.oci.infrastructure?.image === undefined;
  if (!isPublished) return { workSha256 };
  const { region } = await withDataScience(context, ({ connection }) => connection.credentials());
  return { workSha256, region: region?.id };
}

function flag(invocation: Invocation, name: string, key: string): readonly string[] {
  const value = text(invocation, name);
  return value === undefined ? [] : [`${key}=${JSON.stringify(value)}`];
}

async function planOf(
  job: Launchable,
  invocation: Invocation,
  { env, cwd, version, program }: CommandContext,
  known: Pick<PlanOptions, "tempFolder" | "workSha256" | "region">,
): Promise<LaunchPlan> {
  const stage = text(invocation, "stage") ?? env["NBJOB_STAGE"];
  return planLaunch(job, {
    env: plainEnvironment(env),
    ...known,
    version,
    stage: stage === undefined ? undefined : stageLocation(stage, cwd),
    executable: text(invocation, "executable") ?? env["NBJOB_EXECUTABLE"] ?? (await ownExecutable(job.spec, program)),
  });
}
