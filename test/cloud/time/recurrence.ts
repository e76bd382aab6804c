/** What recurs by the calendar: on some days, at some times of the day. */
import { instantAt, instantsAt, wallAt, type Zone } from "./zone.ts";

export const dayLength = 86_400_000;

/** A day, as calendars have it. */
export interface Day {
  /** Days since 1970-01-01. */
  readonly number: number;
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly dayOfMonth: number;
  /** From Sunday, 0. */
  readonly weekday: number;
  /** Of its month. */
  readonly daysInMonth: number;
}

export interface Recurrence {
  readonly onDay: (day: Day) => boolean;
  /** Seconds after midnight, in order. */
  readonly times: readonly number[];
  /**
   * Whether it follows the clock rather than the calendar: what is due every hour is due whenever the clock shows its
   * minute, be it twice; what is due at an hour of its own is due once a day, also where the clock skips that hour.
   */
  readonly everyHour: boolean;
}

/** After this many days nothing comes any more: the calendar has repeated itself. */
const horizon = 400 * 366;

/** The first moment after `after`. */
export function nextOf(recurrence: Recurrence, zone: Zone, after: number): number | undefined {
  // A day early, for what the clock skipped at its end.
  const first = Math.floor(wallAt(zone, after) / dayLength) - 1;
  for (let number = first; number < first + horizon; number++) {
    const moments = momentsOn(recurrence, zone, number).filter((moment) => moment > after);
    if (moments.length > 0) return Math.min(...moments);
  }
  return undefined;
}

function momentsOn({ onDay, times, everyHour }: Recurrence, zone: Zone, number: number): readonly number[] {
  if (!onDay(dayOf(number))) return [];
  const walls = times.map((seconds) => number * dayLength + seconds * 1000);
  return walls.flatMap((wall) => (everyHour ? instantsAt(zone, wall) : [instantAt(zone, wall)]));
}

export function dayOf(number: number): Day {
  const date = new Date(number * dayLength);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { number, year, month, dayOfMonth: date.getUTCDate(), weekday: date.getUTCDay(), daysInMonth };
}

/** Seconds after midnight of each hour, minute and second that may go together. */
export function timesOf(
  hours: readonly number[],
  minutes: readonly number[],
  seconds: readonly number[] = [0],
): readonly number[] {
  return hours.flatMap((hour) =>
    minutes.flatMap((minute) => seconds.map((second) => hour * 3600 + minute * 60 + second)),
  );
}

/** The least number of seconds between two times, within a day or across midnight; undefined where there is none. */
export function leastInterval({ onDay, times }: Recurrence): number | undefined {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const within = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  // Four years have every sequence of days that a rule of ours can tell apart.
  const days = Array.from({ length: 1462 }, (_, index) => onDay(dayOf(20_454 + index)));
  const consecutive = days.some((day, index) => day && days[index + 1] === true);
  const all = [...within, ...(consecutive ? [86_400 - last + first] : [])];
  return all.length === 0 ? undefined : Math.min(...all);
}
