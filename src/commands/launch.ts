import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRun, prepareJob } from "../launch/launch.ts";
import { type LaunchPlan, type PlanOptions, planLaunch, runRequest } from "../launch/plan.ts";
import { plannedRequests } from "../launch/requests.ts";
import { remoteWorkSha256 } from "../launch/work-digest.ts";
import { type Launchable, loadForLaunch } from "../spec/launchable.ts";
import { asFolder, parseLocation } from "../storage/location.ts";
import { openStores, type Stores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { withDataScience } from "./cloud.ts";
import { plainEnvironment } from "./environment.ts";
import { namedJob } from "./job.ts";
import { text } from "./options.ts";
import { overridesOf } from "./overrides.ts";

/** `nbjob launch [JOBFILE]`: uploads, job, job run, log, outcome. */
export async function launchCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { log, now } = context;
  const env = plainEnvironment(context.env);
  const stores = openStores({ env, log });
  const tempFolder = await mkdtemp(join(tmpdir(), "nbjob-launch-"));
  try {
    const job = await launchable(invocation, context, stores);
    const isDryRun = invocation.values["dryRun"] === true;
    const warn = (message: string): void => log.warn(message);
    const workSha256 = isDryRun ? undefined : await remoteWorkSha256(job.spec, stores, { warn });
    const plan = await planOf(job, invocation, context, { tempFolder, workSha256 });
    if (isDryRun) {
      log.print(JSON.stringify(plannedRequests(plan, now()), undefined, 2));
      return 0;
    }
    return await withDataScience(context, async (dataScience) => {
      const host = { dataScience, stores, log, tempFolder };
      const { id } = await prepareJob(plan, host);
      const run = await createRun(dataScience, runRequest(plan, id, { now: now() }));
      log.info(`Created the job run ${run.displayName ?? ""}: ${run.id}`);
      log.print(run.id);
      return 0;
    });
  } finally {
    await rm(tempFolder, { recursive: true, force: true });
    await stores.close();
  }
}

/** The job file with what the command line changes of it. */
export async function launchable(invocation: Invocation, context: CommandContext, stores: Stores): Promise<Launchable> {
  const named = namedJob(invocation, context);
  if (named === undefined) {
    throw new NbjobError("usage", "No job file is named", {
      remedy: "Name one as the argument, or in NOTEBOOK_YAML_URL: nbjob launch job.yaml",
    });
  }
  const overrides = overridesOf(invocation);
  const set = [
    ...flag(invocation, "image", "infrastructure.image"),
    ...flag(invocation, "shape", "infrastructure.shape"),
    ...flag(invocation, "name", "jobName"),
  ];
  const options = { stores, env: plainEnvironment(context.env), cwd: context.cwd };
  return loadForLaunch(named, { ...options, overrides: { ...overrides, set: [...(overrides.set ?? []), ...set] } });
}

function flag(invocation: Invocation, name: string, key: string): readonly string[] {
  const value = text(invocation, name);
  return value === undefined ? [] : [`${key}=${JSON.stringify(value)}`];
}

function planOf(
  job: Launchable,
  invocation: Invocation,
  { env, cwd, version }: CommandContext,
  known: Pick<PlanOptions, "tempFolder" | "workSha256">,
): Promise<LaunchPlan> {
  const stage = text(invocation, "stage") ?? env["NBJOB_STAGE"];
  return planLaunch(job, {
    env: plainEnvironment(env),
    ...known,
    version,
    stage: stage === undefined ? undefined : stageLocation(stage, cwd),
    executable: text(invocation, "executable") ?? env["NBJOB_EXECUTABLE"],
  });
}

function stageLocation(written: string, cwd: string) {
  const location = asFolder(parseLocation(written, { baseFolder: { kind: "file", path: `${cwd}/` }, reason: "usage" }));
  if (location.kind === "oci") return location;
  throw new NbjobError("usage", `${written} is no folder of a bucket`, {
    remedy: "Write oci://bucket@namespace/folder/.",
  });
}
