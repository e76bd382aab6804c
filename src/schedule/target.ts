import type { JobSpec } from "../spec/jobspec.ts";
import type { ScheduleDocument } from "../spec/schema/schedule.ts";
import { placementOf } from "../launch/placement.ts";
import { displayLocation, type Location, nameOf } from "../storage/location.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import type { IntegrationPlace } from "./integration/desired.ts";

/** What is scheduled and where, from a job file and the command line. */
export interface ScheduleTarget extends IntegrationPlace {
  readonly name: string;
  readonly projectId: string;
  readonly description: string;
  readonly with: "data-integration" | "data-science";
  readonly document: ScheduleDocument;
}

/** What a command line says in the job file's place. */
export interface PlaceOptions {
  readonly workspace?: string | undefined;
  readonly project?: string | undefined;
  readonly application?: string | undefined;
  readonly compartmentId?: string | undefined;
  readonly with?: ScheduleTarget["with"] | undefined;
}

/** @throws NbjobError `invalid-job-file` with all that is missing */
export function scheduleTarget(
  { oci, jobFile }: JobSpec,
  location: string,
  env: Readonly<Record<string, string>>,
): ScheduleTarget {
  const { schedule } = oci;
  const { placement, problems: missing } = placementOf(oci, env);
  const problems: Problem[] = [...missing];
  if (schedule === undefined) {
    problems.push({
      key: "schedule",
      message: "schedule is missing: when does it run?",
      remedy: 'Add a line such as schedule: {cron: "0 2 * * *", timezone: Europe/London}.',
    });
  }
  if (schedule === undefined || problems.length > 0) {
    throw new NbjobError("invalid-job-file", `${location} cannot be scheduled.`, { location, problems });
  }
  const stem = jobFile === undefined ? "job" : nameOf(jobFile.location).replace(/\.[A-Za-z]+$/, "");
  return {
    ...placement,
    ...placeOf(schedule, {}),
    name: schedule.name ?? oci.jobName ?? stem,
    description: madeFrom(jobFile?.location),
    with: schedule.with ?? "data-integration",
    document: schedule,
  };
}

/** What descriptions say. A path is left out: from another folder the same file has another one. */
export function madeFrom(location: Location | undefined): string {
  if (location === undefined) return "Made by nbjob.";
  return `Made from ${location.kind === "file" ? nameOf(location) : displayLocation(location)}.`;
}

/** Where things are unless something says otherwise. */
const usual = { workspace: "nbjob", project: "nbjob", application: "nbjob" } as const;

export function placeOf(
  schedule: Pick<ScheduleDocument, "workspace" | "project" | "application">,
  options: PlaceOptions,
): Omit<IntegrationPlace, "compartmentId"> {
  return {
    workspace: options.workspace ?? schedule.workspace ?? usual.workspace,
    project: options.project ?? schedule.project ?? usual.project,
    application: options.application ?? schedule.application ?? usual.application,
  };
}
