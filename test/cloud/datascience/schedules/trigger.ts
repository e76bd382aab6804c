/** When a schedule of Data Science fires: UNIX cron, a recurrence rule, or an interval. Its clock is UTC's. */
import { invalidParameter } from "../../http/refusal.ts";
import { CronError, parseCron } from "../../time/cron.ts";
import { parseRule, RuleError } from "../../time/ical.ts";
import { nextOf } from "../../time/recurrence.ts";
import { zoneOf } from "../../time/zone.ts";

/** As the model has it. */
export interface Trigger {
  readonly triggerType: "CRON" | "ICAL" | "INTERVAL";
  readonly timeStart?: string | null;
  readonly timeEnd?: string | null;
  readonly cronExpression?: string;
  readonly recurrence?: string;
  readonly frequency?: "HOURLY" | "DAILY";
  /** Clients may send numbers as texts. */
  readonly interval?: number | string;
  readonly initialJitterInMinutes?: number | null;
  readonly isRandomStartTime?: boolean | null;
}

const utc = zoneOf("UTC");
const minute = 60_000;
const hour = 60 * minute;

/**
 * What the service settles when a schedule is made: where it counts from, and how much later its first run is.
 * @throws {Refusal} 400 for what cannot be
 */
export function settleTrigger(trigger: Trigger, now: number): { readonly start: number; readonly jitter: number } {
  const { timeStart, timeEnd, triggerType } = trigger;
  const start = timeStart ? Date.parse(timeStart) : now;
  if (timeEnd && Date.parse(timeEnd) < start) throw invalidParameter("trigger.timeEnd must not be before its start.");
  if (triggerType !== "INTERVAL") {
    nextFiring(trigger, start, now);
    return { start, jitter: 0 };
  }
  const length = lengthOf(trigger);
  const most = trigger.initialJitterInMinutes ?? length / 2 / minute;
  if (!(most >= 0 && most * minute <= length)) {
    throw invalidParameter("trigger.initialJitterInMinutes must not be longer than the interval.");
  }
  const jitter = trigger.isRandomStartTime === true ? Math.floor(Math.random() * (most + 1)) * minute : 0;
  return { start: start + jitter, jitter };
}

/** The first moment after `after` in which it fires, `start` being where it counts from. @throws {Refusal} 400 */
export function nextFiring(trigger: Trigger, start: number, after: number): number | undefined {
  const next = unbounded(trigger, start, Math.max(after, start - 1));
  const end = trigger.timeEnd ? Date.parse(trigger.timeEnd) : Infinity;
  return next === undefined || next > end ? undefined : next;
}

function unbounded(trigger: Trigger, start: number, after: number): number | undefined {
  const { triggerType, cronExpression = "", recurrence = "" } = trigger;
  if (triggerType === "INTERVAL") {
    const length = lengthOf(trigger);
    return start + Math.max(0, Math.floor((after - start) / length) + 1) * length;
  }
  try {
    if (triggerType === "CRON") return nextOf(parseCron(cronExpression, "unix"), utc, after);
    return parseRule(recurrence, start).next(after);
  } catch (error) {
    if (error instanceof CronError || error instanceof RuleError) throw invalidParameter(error.message);
    throw error;
  }
}

function lengthOf({ frequency, interval = 1 }: Trigger): number {
  const number = Number(interval);
  if (!(number >= 1)) throw invalidParameter("trigger.interval must be 1 or more.");
  return number * (frequency === "DAILY" ? 24 * hour : hour);
}
