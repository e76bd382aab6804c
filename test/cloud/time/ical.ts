/** Recurrence rules of RFC 5545, as far as people schedule jobs by them. Times are UTC's unless a `DTSTART` has a zone. */
import { dayLength, dayOf, nextOf, timesOf, type Day, type Recurrence } from "./recurrence.ts";
import { instantAt, wallAt, zoneOf, type Zone } from "./zone.ts";

export class RuleError extends Error {
  override readonly name = "RuleError";
}

export interface Rule {
  /** The first moment after `after`. */
  next(after: number): number | undefined;
}

const weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const known = [
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "WKST",
  "BYMONTH",
  "BYMONTHDAY",
  "BYDAY",
  "BYHOUR",
  "BYMINUTE",
  "BYSECOND",
];
const frequencies = ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

interface Parts {
  readonly frequency: string;
  readonly interval: number;
  readonly of: (name: string) => readonly string[];
}

/** @param start what it counts from where it has no `DTSTART` @throws {RuleError} */
export function parseRule(text: string, start: number): Rule {
  const lines = text.trim().split(/\s*\n\s*/);
  const rule = lines.find((line) => /^(RRULE:)?FREQ=/i.test(line));
  if (rule === undefined) throw new RuleError(`"${text}" has no recurrence rule.`);
  const { zone, from } = startOf(
    lines.find((line) => line.startsWith("DTSTART")),
    start,
  );
  const parts = partsOf(rule.replace(/^RRULE:/i, ""));
  const wall = wallAt(zone, from);
  const recurrence = recurrenceOf(parts, wall);
  const until = parts.of("UNTIL").map((value) => momentOf(value, zone))[0] ?? Infinity;
  const count = numbersOf(parts, "COUNT", 1, 1e6)[0] ?? Infinity;
  const inStep = (moment: number): boolean =>
    parts.frequency !== "HOURLY" ||
    (Math.floor(wallAt(zone, moment) / 3_600_000) - Math.floor(wall / 3_600_000)) % parts.interval === 0;
  const step = (after: number): number | undefined => {
    let moment = nextOf(recurrence, zone, after);
    // Hours and an interval that never meet would be looked for without end.
    const horizon = after + 10 * 366 * dayLength;
    while (moment !== undefined && moment < horizon && !inStep(moment)) moment = nextOf(recurrence, zone, moment);
    return moment === undefined || moment > until || !inStep(moment) ? undefined : moment;
  };
  return {
    next: (after) => {
      if (count === Infinity) return step(Math.max(after, from - 1));
      let moment = step(from - 1);
      for (let number = 1; moment !== undefined && number <= count; number++) {
        if (moment > after) return moment;
        moment = step(moment);
      }
      return undefined;
    },
  };
}

function partsOf(rule: string): Parts {
  const entries = rule.split(";").map((part) => part.toUpperCase().split("="));
  for (const [name = "", value] of entries) {
    if (!known.includes(name) || !value) throw new RuleError(`"${name}" is not understood in a recurrence rule.`);
  }
  const values = new Map(entries.map(([name = "", value = ""]) => [name, value.split(",")]));
  const frequency = values.get("FREQ")?.[0] ?? "";
  if (!frequencies.includes(frequency))
    throw new RuleError(`"${frequency}" is no frequency: ${frequencies.join(", ")}.`);
  const of = (name: string): readonly string[] => values.get(name) ?? [];
  if (frequency === "WEEKLY" && of("BYMONTHDAY").length > 0) throw new RuleError("Weeks have no BYMONTHDAY.");
  const interval = Number(of("INTERVAL")[0] ?? 1);
  if (!Number.isInteger(interval) || interval < 1) throw new RuleError("INTERVAL is a whole number from 1 on.");
  return { frequency, interval, of };
}

function recurrenceOf(parts: Parts, start: number): Recurrence {
  const first = dayOf(Math.floor(start / dayLength));
  const seconds = Math.floor((start % dayLength) / 1000);
  const hourly = parts.frequency === "HOURLY";
  const all = Array.from({ length: 24 }, (_, hour) => hour);
  const or = (given: readonly number[], otherwise: readonly number[]): readonly number[] =>
    given.length === 0 ? otherwise : given;
  const hours = or(numbersOf(parts, "BYHOUR", 0, 23), hourly ? all : [Math.floor(seconds / 3600)]);
  const minutes = or(numbersOf(parts, "BYMINUTE", 0, 59), [Math.floor(seconds / 60) % 60]);
  const times = timesOf(hours, minutes, or(numbersOf(parts, "BYSECOND", 0, 59), [seconds % 60]));
  return { onDay: daysOf(parts, first), times: times.toSorted((a, b) => a - b), everyHour: hours.length === 24 };
}

function daysOf(parts: Parts, first: Day): (day: Day) => boolean {
  const { frequency, interval } = parts;
  const months = numbersOf(parts, "BYMONTH", 1, 12);
  const dates = numbersOf(parts, "BYMONTHDAY", -31, 31);
  const days = parts.of("BYDAY").map(weekdayOf);
  const free = months.length + dates.length + days.length === 0;
  const inStep: Readonly<Record<string, (day: Day) => boolean>> = {
    HOURLY: () => true,
    DAILY: ({ number }) => (number - first.number) % interval === 0,
    WEEKLY: ({ number }) => (weekOf(number) - weekOf(first.number)) % interval === 0,
    MONTHLY: ({ year, month }) => (year * 12 + month - first.year * 12 - first.month) % interval === 0,
    YEARLY: ({ year }) => (year - first.year) % interval === 0,
  };
  /** Where nothing else is said, it is the start's own day. */
  const asFirst = (day: Day): boolean => {
    if (frequency === "WEEKLY") return days.length > 0 || day.weekday === first.weekday;
    if (frequency === "MONTHLY") return dates.length + days.length > 0 || day.dayOfMonth === first.dayOfMonth;
    if (frequency !== "YEARLY") return true;
    if (free) return day.month === first.month && day.dayOfMonth === first.dayOfMonth;
    return dates.length + days.length > 0 || day.dayOfMonth === first.dayOfMonth;
  };
  return (day) =>
    inStep[frequency]?.(day) === true &&
    asFirst(day) &&
    (months.length === 0 || months.includes(day.month)) &&
    (dates.length === 0 || dates.includes(day.dayOfMonth) || dates.includes(day.dayOfMonth - day.daysInMonth - 1)) &&
    (days.length === 0 || days.some((wanted) => isWeekday(wanted, day)));
}

/** Weeks begin on Mondays. */
function weekOf(number: number): number {
  return Math.floor((number + 3) / 7);
}

interface Weekday {
  readonly weekday: number;
  /** The which of its month; 0 for every one, negative from the end. */
  readonly ordinal: number;
}

function weekdayOf(text: string): Weekday {
  const [, ordinal = "0", name = ""] = /^([+-]?\d)?([A-Z]{2})$/.exec(text) ?? [];
  const weekday = weekdays.indexOf(name);
  if (weekday < 0) throw new RuleError(`"${text}" is no day of the week of a recurrence rule.`);
  return { weekday, ordinal: Number(ordinal) };
}

function isWeekday({ weekday, ordinal }: Weekday, day: Day): boolean {
  if (day.weekday !== weekday) return false;
  const fromStart = Math.ceil(day.dayOfMonth / 7);
  const fromEnd = -Math.ceil((day.daysInMonth - day.dayOfMonth + 1) / 7);
  return ordinal === 0 || ordinal === fromStart || ordinal === fromEnd;
}

function numbersOf({ of }: Parts, name: string, least: number, most: number): readonly number[] {
  const values = of(name).map(Number);
  if (values.every((value) => Number.isInteger(value) && value >= least && value <= most)) return values;
  throw new RuleError(`${name} takes whole numbers from ${least} to ${most}.`);
}

/** `DTSTART:20260101T090000Z`, or `DTSTART;TZID=Europe/London:20260101T090000`. */
function startOf(line: string | undefined, start: number): { readonly zone: Zone; readonly from: number } {
  const [, name = "UTC", value] = /^DTSTART(?:;TZID=([^:;]+))?:(.*)$/.exec(line ?? "") ?? [];
  try {
    const zone = zoneOf(name);
    return { zone, from: value === undefined ? start : momentOf(value, zone) };
  } catch (error) {
    if (error instanceof RangeError) throw new RuleError(`The time zone "${name}" is not known.`, { cause: error });
    throw error;
  }
}

/** `20260101T090000Z`, or the same in a zone without its `Z`; a day alone is its midnight. */
function momentOf(text: string, zone: Zone): number {
  const [, year, month, day, hour = "00", minute = "00", second = "00", utc] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(text) ?? [];
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(wall)) throw new RuleError(`"${text}" is no moment of a recurrence rule.`);
  return utc === undefined ? instantAt(zone, wall) : wall;
}
