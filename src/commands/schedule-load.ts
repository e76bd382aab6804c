import type { RunOverrides } from "../schedule/task/payload.ts";
import { runsOf } from "../schedule/job.ts";
import { type Scheduled, scheduled } from "../schedule/scheduled.ts";
import type { Services } from "../schedule/services.ts";
import { type PlaceOptions, scheduleTarget } from "../schedule/target.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { loadForLaunch } from "../spec/launchable.ts";
import { formatLocation } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { text } from "./options.ts";
import { overridesOf } from "./overrides.ts";
import { stageLocation } from "./stage-location.ts";

/** What loading a job file's schedule takes beside the command line. */
export interface LoadHost {
  /** Asks for credentials: only once what the user wrote is known to be right. */
  readonly services: () => Promise<Services>;
  readonly stores: Stores;
  readonly tempFolder: string;
}

/** A schedule, with what the command line changes of its runs. */
export interface LoadedSchedule extends Scheduled {
  readonly overrides: RunOverrides | undefined;
}

/** The schedule of a job file. What the command line says of its place holds as if it stood in the file. */
export async function loadSchedule(
  named: string,
  invocation: Invocation,
  context: CommandContext,
  { services: open, stores, tempFolder }: LoadHost,
): Promise<LoadedSchedule> {
  const env = plainEnvironment(context.env);
  const given = overridesOf(invocation);
  const overrides = { ...given, set: [...placeSettings(placeOptions(invocation)), ...(given.set ?? [])] };
  const job = await loadForLaunch(named, { stores, env, cwd: context.cwd, overrides });
  const target = scheduleTarget(job.spec, job.name, env);
  warnOf(job.spec, context);
  const services = await open();
  const stage = text(invocation, "stage") ?? env["NBJOB_STAGE"];
  const runs = await runsOf(job, target, {
    env,
    stores,
    tempFolder,
    version: context.version,
    dataScience: services.science,
    tell: (message) => context.log.info(message),
    stage: stage === undefined ? undefined : stageLocation(stage, context.cwd),
    executable: text(invocation, "executable") ?? env["NBJOB_EXECUTABLE"],
  });
  const { work } = runs.run("");
  return {
    ...scheduled(target, runs, services, invocation.values["deleteWorkspace"] === true),
    overrides: work.kind === "job-file" && hasOverrides(invocation) ? work : undefined,
  };
}

/** What is easily overlooked in a file that was written for one run. */
function warnOf({ outputFolder, oci }: JobSpec, { log }: Pick<CommandContext, "log">): void {
  if (!formatLocation(outputFolder).includes("${JOB_RUN_OCID}")) {
    log.warn(
      "Every run writes to the same output folder, over what the one before it left: ${JOB_RUN_OCID} in it keeps them",
    );
  }
  if (oci.sweep !== undefined) log.warn("A scheduled run is one run: sweep is for nbjob launch");
}

export function placeOptions(invocation: Invocation): PlaceOptions {
  const service = text(invocation, "with");
  return {
    workspace: text(invocation, "workspace"),
    project: text(invocation, "project"),
    application: text(invocation, "application"),
    compartmentId: text(invocation, "compartmentId"),
    with: service === "data-science" || service === "data-integration" ? service : undefined,
  };
}

function placeSettings({ compartmentId, ...schedule }: PlaceOptions): readonly string[] {
  const settings = Object.entries(schedule).map(([key, value]) => [`schedule.${key}`, value] as const);
  return [...settings, ["compartmentId", compartmentId] as const].flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${JSON.stringify(value)}`],
  );
}

const overriding = [
  "set",
  "parameters",
  "parameters_raw",
  "parameters_file",
  "parameters_yaml",
  "outputFolder",
  "kernel",
];

function hasOverrides({ values }: Invocation): boolean {
  return overriding.some((name) => values[name] !== undefined);
}
