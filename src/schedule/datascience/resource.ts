import type { Schedule, ScheduleDetails, Schedules } from "../../oci/datascience/schedules.ts";
import { NbjobError } from "../../text/errors.ts";
import { boundsOf, cronOf, customExpression, timezoneOf } from "../cron/index.ts";
import { isMarked, marked } from "../mark.ts";
import type { Body, Found, Refs, Resource } from "../plan/resource.ts";
import type { ScheduleTarget } from "../target.ts";
import type { TaskRun } from "../task/payload.ts";

/** The schedule of Data Science itself: one object, whose action is the job run. */
export function scienceResource(schedules: Schedules, target: ScheduleTarget, run: (refs: Refs) => TaskRun): Resource {
  refuseWhatItCannot(target);
  const { name, compartmentId, projectId, description } = target;
  const details = (refs: Refs) => ({
    displayName: name,
    projectId,
    compartmentId,
    trigger: triggerOf(target),
    action: actionOf(run(refs)),
  });
  return {
    ref: "schedule",
    noun: "Data Science schedule",
    name,
    below: [],
    find: async () => {
      const found = await scheduleNamed(schedules, target);
      if (found === undefined) return undefined;
      // Where it is does not change.
      const { id: key, projectId: _, compartmentId: __, ...actual } = found;
      return { key, actual, ours: isMarked(found.description) };
    },
    body: (refs) => marked(details(refs), description),
    create: (body) => schedules.create(detailsOf(body)),
    change: async ({ key }: Found, body) => {
      const { projectId: _, compartmentId: __, ...changes } = detailsOf(body);
      await schedules.update(key, changes);
      return key;
    },
    remove: ({ key }) => schedules.delete(key),
  };
}

/** Whether the schedule runs, where the job file says so: a new one does. */
export function scienceState(schedules: Schedules, { name }: ScheduleTarget, enabled: boolean): Resource {
  const isSo = async (id: string): Promise<boolean> =>
    ((await schedules.get(id)).lifecycleState === "ACTIVE") === enabled;
  const make = async (refs: Refs): Promise<string> => {
    const id = refs.get("schedule");
    if (!(await isSo(id))) await (enabled ? schedules.activate(id) : schedules.deactivate(id));
    return name;
  };
  return {
    ref: "state",
    noun: "state of the schedule",
    name: enabled ? "active" : "inactive",
    below: ["schedule"],
    find: async (refs) => {
      const so = await isSo(refs.get("schedule"));
      return { key: name, actual: { enabled: so ? enabled : !enabled }, ours: true };
    },
    body: () => ({ enabled }),
    create: (_body, refs) => make(refs),
    change: (_found, _body, refs) => make(refs),
  };
}

/** The body is one that `details` made. */
function detailsOf(body: Body): ScheduleDetails {
  return body as unknown as ScheduleDetails;
}

export async function scheduleNamed(
  schedules: Schedules,
  { compartmentId, name }: Pick<ScheduleTarget, "compartmentId" | "name">,
): Promise<Schedule | undefined> {
  const found = await schedules.list(compartmentId, { displayName: name });
  const [first, second] = found.filter(({ displayName }) => displayName === name);
  if (second !== undefined) {
    throw new NbjobError("refused", `There are several Data Science schedules called ${name} in the compartment.`, {
      remedy: `Delete all but one, or give this one another name (schedule.name): ${first?.id ?? ""}, ${second.id}.`,
    });
  }
  return first === undefined ? undefined : schedules.get(first.id);
}

/** Its cron is UNIX's, five fields, and its clock UTC: it has no time zones. */
function triggerOf({ document }: ScheduleTarget): ScheduleDetails["trigger"] {
  const { start, end } = boundsOf(document);
  return {
    triggerType: "CRON",
    cronExpression: customExpression(cronOf(document)),
    ...(start === undefined ? {} : { timeStart: new Date(start).toISOString() }),
    ...(end === undefined ? {} : { timeEnd: new Date(end).toISOString() }),
  };
}

function actionOf({ work, tags, ...run }: TaskRun): ScheduleDetails["action"] {
  const { projectId, compartmentId, jobId, maximumRuntimeInMinutes } = run;
  return {
    actionType: "HTTP",
    actionDetails: {
      httpActionType: "CREATE_JOB_RUN",
      createJobRunDetails: {
        projectId,
        compartmentId,
        jobId,
        displayName: run.name,
        ...tags,
        jobConfigurationOverrideDetails: {
          jobType: "DEFAULT",
          maximumRuntimeInMinutes,
          ...(work.kind === "arguments"
            ? { commandLineArguments: work.arguments }
            : {
                environmentVariables: {
                  ...work.environment,
                  NBJOB_PARAMETERS: work.parameters,
                  NBJOB_SET: work.settings,
                  NOTEBOOK_YAML_URL: work.url,
                },
              }),
        },
      },
    },
  };
}

/** What Data Science's schedules have no words for is said before anything is made. */
function refuseWhatItCannot({ document }: ScheduleTarget): void {
  const timezone = timezoneOf(document);
  const utc = ["UTC", "GMT", "Etc/UTC", "Etc/GMT", "Z"].includes(timezone);
  const lacks = [
    ...(utc ? [] : [`time zones (schedule.timezone: ${timezone})`]),
    ...((document.retries ?? 0) > 0 ? ["retries (schedule.retries; retries of the job file itself work)"] : []),
    ...(document.catchUp === true ? ["catching up (schedule.catchUp)"] : []),
    ...(document.concurrency === "forbid" ? ["a ban on concurrent runs (schedule.concurrency)"] : []),
  ];
  if (lacks.length === 0) return;
  throw new NbjobError("invalid-job-file", `Data Science's own schedules know no ${lacks.join(", no ")}.`, {
    remedy: "Leave it out (times are UTC then), or schedule with: data-integration.",
  });
}
