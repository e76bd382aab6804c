import type { ScheduleDocument } from "../spec/schema/schedule.ts";
import { scienceResource, scienceState } from "./datascience/resource.ts";
import { ScienceScheduler } from "./datascience/scheduler.ts";
import type { ScheduledRuns } from "./job.ts";
import { identifierOf } from "./identifier.ts";
import { integrationResources } from "./integration/desired.ts";
import { notebookTask } from "./integration/notebook-task.ts";
import { IntegrationScheduler } from "./integration/scheduler.ts";
import { timingOf } from "./integration/timing.ts";
import type { Refs, Resource } from "./plan/resource.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Services } from "./services.ts";
import type { ScheduleTarget } from "./target.ts";

/** A job file's schedule: all that is to be there, and how to ask about it. */
export interface Scheduled {
  readonly name: string;
  /** Undefined: it runs when it is told to. */
  readonly document: ScheduleDocument | undefined;
  /** In the order in which they are made. */
  readonly resources: readonly Resource[];
  readonly scheduler: Scheduler;
}

/** @param runs what the schedule starts, with what has to be there before */
export function scheduled(
  target: ScheduleTarget,
  { before, run }: ScheduledRuns,
  services: Services,
  workspaceMayGo: boolean,
): Scheduled {
  const { name, document } = target;
  const jobId = (refs: Refs): string => document.jobId ?? refs.get("job");
  if (target.with === "data-science") {
    const schedule = scienceResource(services.schedules, target, (refs) => run(jobId(refs)));
    const { enabled } = document;
    const state = enabled === undefined ? [] : [scienceState(services.schedules, target, enabled)];
    const resources = [...before, schedule, ...state];
    return {
      name,
      document,
      resources,
      scheduler: new ScienceScheduler(services.schedules, services.science, target.compartmentId),
    };
  }
  const task = notebookTask(services.integration, {
    ref: "task",
    name,
    description: target.description,
    endpoint: services.scienceEndpoint,
    principal: document.principal ?? "workspace",
    concurrent: document.concurrency === "allow",
    run: (refs) => run(jobId(refs)),
  });
  const resources = integrationResources(
    services.integration,
    { place: target, name, description: target.description, timing: timingOf(document) },
    { before, design: [task], identifiers: new Set([identifierOf(name)]), now: services.now, workspaceMayGo },
  );
  return { name, document, resources, scheduler: new IntegrationScheduler(services, target) };
}
