/**
 * A schedule in Data Integration's own words: its typed frequencies where they mean exactly the same, else `CUSTOM`.
 *
 * What is not certain of a typed frequency is not used: intervals above 1 (counted from where?), and days of the month that
 * not every month has. A custom expression is the five fields of the service's documentation, whose days of the week go
 * from Monday, 1, to Sunday, 7; they are written so that cron reads them the same.
 */
import type { Cron } from "../../spec/cron/cron.ts";
import { cronOf, isHourly, onlyTime, type Timing } from "./timing.ts";

interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
  readonly second: 0;
}

const weekdays = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"] as const;
type Weekday = (typeof weekdays)[number];
const weeks = { 1: "FIRST", 2: "SECOND", 3: "THIRD", 4: "FOURTH", 5: "FIFTH", last: "LAST" } as const;

/** `frequencyDetails` of a schedule. */
export type Frequency =
  | {
      readonly modelType: "HOURLY";
      readonly frequency: "HOURLY";
      readonly interval: 1;
      readonly time: { readonly minute: number };
    }
  | { readonly modelType: "DAILY"; readonly frequency: "DAILY"; readonly interval: 1; readonly time: TimeOfDay }
  | {
      readonly modelType: "WEEKLY";
      readonly frequency: "WEEKLY";
      readonly days: readonly Weekday[];
      readonly time: TimeOfDay;
    }
  | {
      readonly modelType: "MONTHLY";
      readonly frequency: "MONTHLY";
      readonly interval: 1;
      readonly days: readonly number[];
      readonly time: TimeOfDay;
    }
  | {
      readonly modelType: "MONTHLY_RULE";
      readonly frequency: "MONTHLY";
      readonly interval: 1;
      readonly weekOfMonth: (typeof weeks)[keyof typeof weeks];
      readonly dayOfWeek: Weekday;
      readonly time: TimeOfDay;
    }
  | { readonly modelType: "CUSTOM"; readonly frequency: "CUSTOM"; readonly customExpression: string };

export function frequencyOf(timing: Timing): Frequency {
  const cron = cronOf(timing);
  return typed(cron) ?? { modelType: "CUSTOM", frequency: "CUSTOM", customExpression: customExpression(cron) };
}

function typed(cron: Cron): Frequency | undefined {
  const { minutes, daysOfMonth, months, daysOfWeek, weekdayOfMonth: rule } = cron;
  if (months.length < 12) return undefined;
  if (isHourly(cron)) {
    const [minute = 0, ...more] = minutes;
    if (more.length > 0 || !everyDay(cron)) return undefined;
    return { modelType: "HOURLY", frequency: "HOURLY", interval: 1, time: { minute } };
  }
  const only = onlyTime(cron);
  if (only === undefined) return undefined;
  const time: TimeOfDay = { ...only, second: 0 };
  if (rule !== undefined) {
    const [weekOfMonth, dayOfWeek] = [weeks[rule.week], weekdays[rule.day] ?? "SUNDAY"];
    return { modelType: "MONTHLY_RULE", frequency: "MONTHLY", interval: 1, weekOfMonth, dayOfWeek, time };
  }
  if (everyDay(cron)) return { modelType: "DAILY", frequency: "DAILY", interval: 1, time };
  if (daysOfMonth === undefined) {
    const days = (daysOfWeek ?? []).map((day) => weekdays[day] ?? "SUNDAY");
    return { modelType: "WEEKLY", frequency: "WEEKLY", days, time };
  }
  if (daysOfWeek !== undefined || daysOfMonth.some((day) => day > 28)) return undefined;
  return { modelType: "MONTHLY", frequency: "MONTHLY", interval: 1, days: daysOfMonth, time };
}

/** Either of the two is enough where both are given. */
function everyDay({ daysOfMonth, daysOfWeek, weekdayOfMonth }: Cron): boolean {
  if (weekdayOfMonth !== undefined) return false;
  if (daysOfMonth === undefined && daysOfWeek === undefined) return true;
  return daysOfMonth?.length === 31 || daysOfWeek?.length === 7;
}

/** Five fields, in numbers only, Sunday as 7. */
export function customExpression(cron: Cron): string {
  const anyDay = everyDay(cron);
  // A step from * beside the other of the two means different days to different crons.
  const alone = cron.daysOfMonth === undefined || cron.daysOfWeek === undefined;
  const weekdaysFromMonday = cron.daysOfWeek?.map((day) => (day === 0 ? 7 : day)).toSorted((a, b) => a - b);
  return [
    written(cron.minutes, 0, 59),
    written(cron.hours, 0, 23),
    anyDay ? "*" : written(cron.daysOfMonth, 1, 31, alone),
    written(cron.months, 1, 12),
    anyDay ? "*" : written(weekdaysFromMonday, 1, 7, alone),
  ].join(" ");
}

/** Any value, a step, a range or a list: whichever says it shortest. */
function written(values: readonly number[] | undefined, least: number, most: number, stepped = true): string {
  if (values === undefined || values.length === most - least + 1) return "*";
  const [first = least, second] = values;
  const last = values.at(-1) ?? first;
  if (second === undefined) return String(first);
  const step = second - first;
  const even = values.every((value, index) => value === first + index * step);
  if (stepped && even && first === least && last + step > most) return `*/${step}`;
  return values.length > 2 && even && step === 1 ? `${first}-${last}` : values.join(",");
}
