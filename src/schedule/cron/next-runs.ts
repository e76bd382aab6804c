import { runsOn, timesOfDay } from "../../spec/cron/cron.ts";
import { boundsOf, cronOf, isHourly, type Timing, timezoneOf } from "./timing.ts";
import { clockOf } from "./zone.ts";

const minute = 60_000;
const dayLength = 86_400_000;

/** The calendar repeats itself after 400 years: what has not come by then never comes. */
const horizon = 400 * 366;

/**
 * The next runs after an instant, at most `count`, between the schedule's start and end.
 *
 * Where the clock is set, a fixed hour runs once: a time that the clock skips runs as much later as the clock is set
 * forward (02:30 at 03:30), and one that comes twice runs the first time. A schedule of every hour runs whenever the clock
 * shows one of its minutes.
 */
export function nextRuns(timing: Timing, from: Date, count: number): readonly Date[] {
  const cron = cronOf(timing);
  const clock = clockOf(timezoneOf(timing));
  const { start = -Infinity, end = Infinity } = boundsOf(timing);
  const first = Math.max(from.getTime() + 1, start);
  const times = timesOfDay(cron);
  const instantsOf = isHourly(cron) ? clock.instantsAt : (wall: number) => [clock.firstAt(wall)];
  const found = new Set<number>();
  // Two days early, since a skipped time may run on the day after; and one day late for the same reason.
  const firstDay = Math.floor(clock.wallAt(first) / dayLength) - 2;
  for (let day = firstDay, late = 0; day < firstDay + horizon && late < 2; day++) {
    if (found.size >= count || (day - 2) * dayLength > end) late++;
    if (!runsOn(cron, day)) continue;
    for (const time of times) {
      for (const instant of instantsOf(day * dayLength + time * minute)) {
        if (instant >= first && instant <= end) found.add(instant);
      }
    }
  }
  return [...found]
    .toSorted((a, b) => a - b)
    .slice(0, count)
    .map((instant) => new Date(instant));
}
