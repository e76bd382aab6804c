/**
 * Five-field cron as people write it: `minute hour day-of-month month day-of-week`, in numbers or names, with lists, ranges
 * and steps, or `@daily` and its like.
 *
 * Days of the week are cron's own: 0 and 7 are Sunday, 1 is Monday. (Quartz counts Sunday as 1, and Data Integration
 * Monday as 1 to Sunday as 7: `frequency.ts` of the schedule writes theirs.)
 */
export interface Cron {
  /** 0–59, ascending. */
  readonly minutes: readonly number[];
  /** 0–23, ascending. */
  readonly hours: readonly number[];
  /** 1–31, ascending; undefined: any. */
  readonly daysOfMonth: readonly number[] | undefined;
  /** 1–12, ascending. */
  readonly months: readonly number[];
  /** 0 (Sunday)–6, ascending; undefined: any. Where days of the month are given too, either is enough, as cron has it. */
  readonly daysOfWeek: readonly number[] | undefined;
  /** A weekday of the month, in place of `daysOfWeek`: `MON#1`, the first Monday, or `FRIL`, the last Friday. */
  readonly weekdayOfMonth: { readonly day: number; readonly week: 1 | 2 | 3 | 4 | 5 | "last" } | undefined;
}

/** Midnight UTC of a day as its number since 1970, the form in which days are counted here. */
export type DayNumber = number;

const dayLength = 86_400_000;

/** Whether it runs on a day at all. */
export function runsOn(cron: Cron, day: DayNumber): boolean {
  const date = new Date(day * dayLength);
  if (!cron.months.includes(date.getUTCMonth() + 1)) return false;
  const [dayOfMonth, weekday] = [date.getUTCDate(), date.getUTCDay()];
  const { daysOfMonth, daysOfWeek, weekdayOfMonth: rule } = cron;
  if (rule !== undefined) {
    if (weekday !== rule.day) return false;
    if (rule.week !== "last") return Math.ceil(dayOfMonth / 7) === rule.week;
    return new Date((day + 7) * dayLength).getUTCMonth() !== date.getUTCMonth();
  }
  if (daysOfMonth === undefined) return daysOfWeek === undefined || daysOfWeek.includes(weekday);
  return daysOfMonth.includes(dayOfMonth) || (daysOfWeek?.includes(weekday) ?? false);
}

/** Minutes since midnight at which it runs on its days, ascending. */
export function timesOfDay({ minutes, hours }: Cron): readonly number[] {
  return hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
}

/** How close two runs ever come, in minutes of a clock that is never set; infinite where there is only one. */
export function shortestGap(cron: Cron): number {
  const times = timesOfDay(cron);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const least = Math.min(...gaps, Infinity);
  const overnight = (days: number): number => (times[0] ?? 0) + days * 1440 - (times.at(-1) ?? 0);
  return overnight(1) < least ? Math.min(least, overnight(daysApart(cron))) : least;
}

/** How close two of its days ever lie: a cycle of the calendar's weekdays and leap years is 28 years. */
function daysApart(cron: Cron): number {
  const first = Date.UTC(2000, 0, 1) / dayLength;
  let least = Infinity;
  let last = -Infinity;
  for (let day = first; day < first + 28 * 366 && least > 1; day++) {
    if (!runsOn(cron, day)) continue;
    least = Math.min(least, day - last);
    last = day;
  }
  return least;
}
