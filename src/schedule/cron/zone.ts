/** Clocks of time zones, through Intl: what a clock on the wall shows, and when it shows it. */

const minute = 60_000;
const day = 86_400_000;

/**
 * Milliseconds since 1970, as if the wall's clock were UTC's: 02:30 on a wall is `Date.UTC(…, 2, 30)`.
 * Arithmetic on it is that of a clock that is never set.
 */
export type Wall = number;

export interface Clock {
  /** What the wall shows at an instant. */
  readonly wallAt: (instant: number) => Wall;
  /** The instants at which the wall shows a time: one; two where the clock is set back over it; none where it is set forward past it. */
  readonly instantsAt: (wall: Wall) => readonly number[];
  /** As `instantsAt` where there are any; where the clock is set forward past it, what it would have been without that: 02:30 is 03:30 then. */
  readonly firstAt: (wall: Wall) => number;
}

export function clockOf(timezone: string): Clock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const wallAt = (instant: number): Wall => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const part = (name: string): number => Number(parts[name]);
    const year = parts["era"] === "BC" ? 1 - part("year") : part("year");
    const wall = new Date(0);
    // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
    wall.setUTCFullYear(year, part("month") - 1, part("day"));
    wall.setUTCHours(part("hour"), part("minute"), part("second"), instant - Math.floor(instant / 1000) * 1000);
    return wall.getTime();
  };
  const offsetAt = (instant: number): number => wallAt(instant) - instant;
  let around: { readonly since: Wall; readonly offsets: readonly [number, number] } | undefined;
  // No clock is more than a day from UTC's, nor set twice within three. Asked for once a day: Intl takes its time.
  const offsetsAround = (wall: Wall): readonly [number, number] => {
    const since = Math.floor(wall / day) * day;
    if (around?.since !== since) around = { since, offsets: [offsetAt(since - day), offsetAt(since + 2 * day)] };
    return around.offsets;
  };
  const instantsAt = (wall: Wall): readonly number[] => {
    const [before, after] = offsetsAround(wall);
    if (before === after) return [wall - before];
    const [first, second] = [wall - before, wall - after];
    return [first, second].filter((instant) => wallAt(instant) === wall).toSorted((a, b) => a - b);
  };
  return {
    wallAt,
    instantsAt,
    firstAt: (wall) => instantsAt(wall)[0] ?? wall - offsetsAround(wall)[0],
  };
}

/** `2026-01-31T02:30` as an instant in the zone, unless it has an offset of its own; a day alone is its first instant. */
export function momentIn(timezone: string, written: string): number {
  if (/(?:Z|[-+]\d{2}:\d{2})$/.test(written)) return Date.parse(written);
  const wall = Date.parse(written.includes("T") ? `${written}Z` : `${written}T00:00:00Z`);
  const clock = clockOf(timezone);
  return written.includes("T") ? clock.firstAt(wall) : firstOf(clock, wall);
}

/** The first instant of a day: midnight, or where the clock is set forward over midnight, the moment it is set. */
function firstOf(clock: Clock, midnight: Wall): number {
  const [instant] = clock.instantsAt(midnight);
  if (instant !== undefined) return instant;
  // Halving finds the setting: before it the wall shows the day before.
  let [low, high] = [clock.firstAt(midnight) - day, clock.firstAt(midnight)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (clock.wallAt(middle) < midnight) low = middle;
    else high = middle;
  }
  return high;
}

/** `2026-03-29 03:30` and the zone's offset then, as people read it. */
export function wallText(timezone: string, instant: number): string {
  const wall = clockOf(timezone).wallAt(instant);
  const offset = Math.round((wall - instant) / minute);
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const sign = offset < 0 ? "-" : "+";
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${new Date(wall).toISOString().slice(0, 16).replace("T", " ")} ${sign}${two(hours)}:${two(minutes)}`;
}
