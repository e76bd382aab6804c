import type { ScheduleDocument } from "../../spec/schema/schedule.ts";
import { boundsOf, frequencyOf, timezoneOf } from "../cron/index.ts";
import type { ScheduleTiming } from "./desired.ts";

/** `schedule:` of a job file in Data Integration's words. */
export function timingOf(document: ScheduleDocument): ScheduleTiming {
  const { start, end } = boundsOf(document);
  return {
    frequency: frequencyOf(document),
    timezone: timezoneOf(document),
    startMillis: start,
    endMillis: end,
    enabled: document.enabled,
    retries: document.retries ?? 0,
    concurrent: document.concurrency === "allow",
    catchUp: document.catchUp ?? false,
  };
}
