import { type Cron, timesOfDay } from "../../spec/cron/cron.ts";
import { parseCron } from "../../spec/cron/parse.ts";
import { NbjobError } from "../../text/errors.ts";
import { momentIn } from "./zone.ts";

/** The part of a job file's `schedule` that says when: `cron`, or `every` with `at`. */
export interface Timing {
  readonly cron?: string | undefined;
  readonly every?: "hour" | "day" | "week" | "month" | undefined;
  /** `02:30`. */
  readonly at?: string | undefined;
  /** @default "UTC" */
  readonly timezone?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

const dayLength = 86_400_000;

export function timezoneOf(timing: Timing): string {
  return timing.timezone ?? "UTC";
}

/**
 * The schedule as one cron expression: weeks begin on Mondays, months on the 1st, days at 00:00 unless `at` says otherwise.
 * @throws NbjobError `invalid-job-file` for a cron expression that is none, which the job file's own check tells with its place
 */
export function cronOf({ cron, every, at = "00:00" }: Timing): Cron {
  const [hour = 0, minute = 0] = at.split(":").map(Number);
  const time = `${minute} ${hour}`;
  const everies = { hour: "0 * * * *", day: `${time} * * *`, week: `${time} * * 1`, month: `${time} 1 * *` };
  const parsed = parseCron(cron ?? everies[every ?? "day"]);
  if ("cron" in parsed) return parsed.cron;
  throw new NbjobError("invalid-job-file", "The schedule cannot be read", {
    problems: parsed.problems.map(({ at: position, ...rest }) => ({
      ...rest,
      key: "schedule.cron",
      message: `schedule.cron, character ${position + 1}: ${rest.message}.`,
    })),
  });
}

/** First and last instant at which it may run, in milliseconds since 1970; a day as `end` is meant whole. */
export function boundsOf(timing: Timing): { readonly start: number | undefined; readonly end: number | undefined } {
  const zone = timezoneOf(timing);
  const { start, end } = timing;
  return {
    start: start === undefined ? undefined : momentIn(zone, start),
    end: end === undefined ? undefined : end.includes("T") ? momentIn(zone, end) : momentIn(zone, dayAfter(end)) - 1,
  };
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + dayLength).toISOString().slice(0, 10);
}

/** Whether it runs at every hour of its days: by the clock then, where a fixed hour runs once a day however the clock is set. */
export function isHourly(cron: Cron): boolean {
  return cron.hours.length === 24;
}

/** The one time of day at which it runs; undefined where there are more. */
export function onlyTime(cron: Cron): { readonly hour: number; readonly minute: number } | undefined {
  const [time = 0, ...more] = timesOfDay(cron);
  return more.length > 0 ? undefined : { hour: Math.floor(time / 60), minute: time % 60 };
}
