import * as z from "zod/mini";
import { retries } from "./notebookoptions.ts";
import { keys, list, ocid, optional, text, textual, trueOrFalse } from "./types.ts";

const cronWords = "five cron fields: minute, hour, day of month, month, day of week";
const timeWords = "a time of day, as in 02:30";
const momentWords = "a date, or a date and time, as in 2026-01-31T02:30:00Z";
const moment = () =>
  z.string({ error: momentWords }).check(
    z.regex(/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[-+]\d{2}:\d{2})?)?$/, { error: momentWords }),
    z.refine(isMoment, { error: momentWords }),
  );

export const schedule = keys({
  cron: optional(
    text(cronWords),
    "When it runs: minute, hour, day of month, month, day of week (0 or 7 is Sunday), as in 30 2 * * MON-FRI, or @hourly, @daily, @weekly, @monthly.",
  ),
  every: optional(
    z.enum(["hour", "day", "week", "month"], { error: "one of hour, day, week, month" }),
    "How often it runs, in place of cron: weeks on Mondays, months on the 1st.",
  ),
  at: optional(
    z.string({ error: timeWords }).check(z.regex(/^(?:[01]?\d|2[0-3]):[0-5]\d$/, { error: timeWords })),
    "Time of day for every: day, week or month; default 00:00.",
  ),
  timezone: optional(
    text("a time zone, as in Europe/London").check(
      z.refine(isTimeZone, { error: "a time zone, as in Europe/London" }),
    ),
    "Time zone of the schedule; default UTC.",
  ),
  start: optional(moment(), "First moment at which it may run; in the time zone unless it says otherwise."),
  end: optional(moment(), "Last moment at which it may run, as start; a day is meant whole."),
  enabled: optional(trueOrFalse(), "Whether it runs at all; default true."),
  retries: optional(retries(), "How often a failed run is tried again."),
  concurrency: optional(
    z.enum(["allow", "forbid"], { error: "one of allow, forbid" }),
    "Whether a run may start while the one before it goes on; default forbid.",
  ),
  catchUp: optional(trueOrFalse(), "Whether runs missed while it was disabled are made up; default false."),
  with: optional(
    z.enum(["data-integration", "data-science"], { error: "one of data-integration, data-science" }),
    "The scheduler; default data-integration.",
  ),
  name: optional(text(), "Name of the schedule and its task; default jobName, else the job file's name."),
  workspace: optional(
    text("a workspace's name or OCID"),
    "Data Integration workspace, by name (made where there is none) or OCID; default nbjob.",
  ),
  project: optional(text(), "Project in the workspace that holds the task; default nbjob."),
  application: optional(text(), "Application in the workspace that the task is published to; default nbjob."),
  principal: optional(
    z.enum(["workspace", "application"], { error: "one of workspace, application" }),
    "Whose resource principal starts the job run; default workspace.",
  ),
  jobId: optional(ocid("datasciencejob"), "An existing job to run; default: the one that launch would make."),
  arguments: optional(
    list(textual(), "a list of texts"),
    "Command-line arguments of a plain run of jobId, in place of a run of the job file.",
  ),
});

/** `Date.parse` takes the 31st of February for a day in March. */
function isMoment(written: string): boolean {
  const day = written.slice(0, 10);
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(Date.parse(written)) && midnight.toISOString().startsWith(day);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export type ScheduleDocument = z.infer<typeof schedule>;
