import type { models } from "oci-dataintegration";
import type { DataIntegration } from "../../oci/dataintegration/client.ts";
import {
  contents,
  type DesignObject,
  listObjects,
  projects,
  schedules,
  taskSchedules,
} from "../../oci/dataintegration/objects.ts";
import { publishedObjects } from "../../oci/dataintegration/publications.ts";
import { hasActiveRun } from "../../oci/dataintegration/task-runs.ts";
import type { Wire } from "../../oci/wire.ts";
import { identifierOf } from "../identifier.ts";
import { isMarked } from "../mark.ts";
import type { Body, Refs, Resource } from "../plan/resource.ts";
import { applicationResource, objectResource, publication } from "./resources.ts";
import { workspaceResource } from "./workspace.ts";

/** Where a schedule's objects are. Projects and applications may hold those of many. */
export interface IntegrationPlace {
  readonly compartmentId: string;
  readonly workspace: string;
  readonly project: string;
  readonly application: string;
}

/** When and how the task runs. */
export interface ScheduleTiming {
  readonly frequency: Wire<models.CreateScheduleDetails>["frequencyDetails"];
  readonly timezone: string;
  readonly startMillis: number | undefined;
  readonly endMillis: number | undefined;
  /** Undefined: as it is, so that a schedule that was paused by hand stays so. */
  readonly enabled: boolean | undefined;
  readonly retries: number;
  readonly concurrent: boolean;
  readonly catchUp: boolean;
}

export interface IntegrationSchedule {
  readonly place: IntegrationPlace;
  readonly name: string;
  /** What the descriptions say: from which file it was made. */
  readonly description: string;
  /** Undefined: published, and run by nobody but who asks for it. */
  readonly timing: ScheduleTiming | undefined;
}

export interface Extras {
  /** What must be there before: the Data Science job. */
  readonly before: readonly Resource[];
  /** In the project; the last of them, under the name `task`, is the one that is published. */
  readonly design: readonly Resource[];
  /** Identifiers of what is in the project for this schedule alone. */
  readonly identifiers: ReadonlySet<string>;
  readonly now: () => Date;
  /** Whether the workspace may be removed. */
  readonly workspaceMayGo?: boolean;
}

/** Everything that a schedule needs, in the order in which it is made. */
export function integrationResources(
  di: DataIntegration,
  schedule: IntegrationSchedule,
  extras: Extras,
): readonly Resource[] {
  const { place, name, timing } = schedule;
  const identifier = identifierOf(name);
  const task = extras.design.at(-1);
  return [
    ...extras.before,
    workspaceResource(di, place, { mayGo: extras.workspaceMayGo === true }),
    projectResource(di, place.project, extras.identifiers),
    ...extras.design,
    applicationResource(di, place.application, identifierOf(place.application), async (refs, key) => {
      const application = { workspaceId: refs.get("workspace"), application: key };
      const empty = await holdsOnly(extras.identifiers, publishedObjects(di, application));
      // It cannot go while a run goes on in it.
      return empty && !(await hasActiveRun(di, application));
    }),
    publication(di, {
      identifier,
      name,
      description: (refs) => task?.body(refs)["description"],
      now: extras.now,
    }),
    ...(timing === undefined ? [] : timedResources(di, schedule, timing)),
  ];
}

/** When the published task runs. */
function timedResources(
  di: DataIntegration,
  { name, description }: IntegrationSchedule,
  timing: ScheduleTiming,
): readonly Resource[] {
  const identifier = identifierOf(name);
  return [
    objectResource(di, {
      ref: "schedule",
      noun: "schedule",
      name,
      identifier,
      below: ["workspace", "application"],
      collection: (refs) => schedules(refs.get("workspace"), refs.get("application")),
      body: () => ({
        frequencyDetails: timing.frequency,
        timezone: timing.timezone,
        isDaylightAdjustmentEnabled: true,
      }),
      description,
    }),
    objectResource(di, {
      ref: "task schedule",
      noun: "task schedule",
      name,
      identifier,
      below: ["workspace", "application"],
      collection: (refs) => taskSchedules(refs.get("workspace"), refs.get("application")),
      in: "published task",
      body: (refs) => taskScheduleBody(name, identifier, timing, refs),
      ...(timing.enabled === undefined ? { first: { isEnabled: true } } : {}),
      sticky: ["startTimeMillis", "endTimeMillis"],
      description,
    }),
  ];
}

function projectResource(di: DataIntegration, name: string, own: ReadonlySet<string>): Resource {
  return objectResource(di, {
    ref: "project",
    noun: "project",
    name,
    identifier: identifierOf(name),
    below: ["workspace"],
    collection: (refs) => projects(refs.get("workspace")),
    body: () => ({}),
    description: "Tasks that nbjob schedules.",
    shared: true,
    mayGo: async (refs, key) => {
      for (const kind of contents(refs.get("workspace"))) {
        if (!(await holdsOnly(own, listObjects(di, kind), key))) return false;
      }
      return true;
    },
  });
}

/** Whether a list has nothing but these, in what it is about. */
async function holdsOnly(
  own: ReadonlySet<string>,
  list: AsyncIterable<DesignObject>,
  aggregatorKey?: string,
): Promise<boolean> {
  for await (const { identifier = "", description, metadata } of list) {
    const elsewhere = aggregatorKey !== undefined && metadata?.aggregatorKey !== aggregatorKey;
    if (!elsewhere && !(own.has(identifier) && isMarked(description))) return false;
  }
  return true;
}

function taskScheduleBody(name: string, identifier: string, timing: ScheduleTiming, refs: Refs): Body {
  const { startMillis, endMillis, enabled } = timing;
  return {
    scheduleRef: { modelType: "SCHEDULE", key: refs.get("schedule"), name, identifier, objectStatus: 1 },
    authMode: "RESOURCE_PRINCIPAL",
    isConcurrentAllowed: timing.concurrent,
    isBackfillEnabled: timing.catchUp,
    numberOfRetries: timing.retries,
    retryDelay: 1,
    retryDelayUnit: "MINUTES",
    ...(enabled === undefined ? {} : { isEnabled: enabled }),
    ...(startMillis === undefined ? {} : { startTimeMillis: startMillis }),
    ...(endMillis === undefined ? {} : { endTimeMillis: endMillis }),
  };
}
