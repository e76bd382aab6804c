/**
 * When schedules fire: the typed frequencies, and cron expressions of five fields (or of six, as in Quartz).
 *
 * What the documentation leaves open: every n hours are the hours of the day that n divides; every n days, weeks or
 * months are counted from 1970, so that the same schedule always fires on the same days.
 */
import { isRecord } from "../http/exchange.ts";
import { invalidParameter } from "../http/refusal.ts";
import { CronError, parseCron } from "../time/cron.ts";
import { leastInterval, timesOf, type Day, type Recurrence } from "../time/recurrence.ts";
import { textOf, type Body } from "./objects.ts";

/** "Only intervals of 30 minutes or more are allowed." */
const leastSeconds = 30 * 60;

const weekdays = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
const weeks = ["FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH"];
const hours = Array.from({ length: 24 }, (_, hour) => hour);

/** @throws {Refusal} 400 for what cannot be, and for what is due too often */
export function recurrenceOf(details: Body): Recurrence {
  const recurrence = read(details);
  const least = leastInterval(recurrence);
  if (least !== undefined && least < leastSeconds) {
    throw invalidParameter(`The schedule would fire every ${least / 60} minutes; the least is 30.`);
  }
  return recurrence;
}

function read(details: Body): Recurrence {
  const interval = numberOf(details, "interval", 1, 1000);
  switch (details.modelType) {
    case "HOURLY": {
      const minute = numberOf(timeOf(details), "minute", 0, 59);
      const due = hours.filter((hour) => hour % interval === 0);
      return { onDay: () => true, times: timesOf(due, [minute]), everyHour: interval === 1 };
    }
    case "DAILY":
      return daily(details, ({ number }) => number % interval === 0);
    case "WEEKLY": {
      const days = listOf(details, "days").map((day) => weekdays.indexOf(String(day)));
      return daily(details, ({ weekday }) => days.includes(weekday));
    }
    case "MONTHLY": {
      const days = listOf(details, "days").map(Number);
      if (days.some((day) => !(day >= 1 && day <= 31))) throw invalidParameter("The days of a month are from 1 to 31.");
      return daily(details, (day) => isDue(day, interval) && days.includes(day.dayOfMonth));
    }
    case "MONTHLY_RULE":
      return daily(details, (day) => isDue(day, interval) && isOfWeek(details, day));
    default:
      return custom(textOf(details, "customExpression"));
  }
}

function daily(details: Body, onDay: (day: Day) => boolean): Recurrence {
  const time = timeOf(details);
  const [hour, minute, second] = [
    numberOf(time, "hour", 0, 23),
    numberOf(time, "minute", 0, 59),
    numberOf(time, "second", 0, 59),
  ];
  return { onDay, times: timesOf([hour], [minute], [second]), everyHour: false };
}

function isDue({ year, month }: Day, interval: number): boolean {
  return (year * 12 + month - 1) % interval === 0;
}

function isOfWeek({ weekOfMonth, dayOfWeek }: Body, { weekday, dayOfMonth, daysInMonth }: Day): boolean {
  if (weekdays[weekday] !== dayOfWeek) return false;
  if (weekOfMonth === "LAST") return dayOfMonth > daysInMonth - 7;
  return weeks[Math.floor((dayOfMonth - 1) / 7)] === weekOfMonth;
}

function custom(expression: string | undefined): Recurrence {
  if (expression === undefined) throw invalidParameter("customExpression must not be null.");
  try {
    return parseCron(expression, expression.trim().split(/\s+/).length === 5 ? "integration" : "quartz");
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    throw invalidParameter(error.message);
  }
}

function timeOf(details: Body): Body {
  return isRecord(details.time) ? details.time : {};
}

function listOf(details: Body, name: string): readonly unknown[] {
  const list = details[name];
  if (!Array.isArray(list) || list.length === 0) throw invalidParameter(`${name} must not be empty.`);
  return list;
}

/** A whole number of a body; the least where it is not given. */
function numberOf(body: Body, name: string, least: number, most: number): number {
  const value = Number(body[name] ?? least);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidParameter(`${name} must be a whole number from ${least} to ${most}.`);
}
