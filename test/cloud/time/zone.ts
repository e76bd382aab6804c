/** Wall clocks: which moment a zone's clock shows a time at, also where it is set forward or back. */
const dayLength = 86_400_000;

export interface Zone {
  /** Milliseconds that the zone's clock is ahead of UTC's. */
  offset(instant: number): number;
}

/** A zone by its IANA name; without daylight saving, its standard time all year. @throws {RangeError} */
export function zoneOf(name: string, daylight = true): Zone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const known = new Map<number, number>();
  const offset = (instant: number): number => {
    // Clocks are set on quarters of an hour, and Intl takes its time.
    const quarter = Math.floor(instant / 900_000) * 900_000;
    const value = known.get(quarter) ?? measure(format, quarter);
    known.set(quarter, value);
    return value;
  };
  return { offset: daylight ? offset : (instant) => standard(offset, instant) };
}

/** Wherever a zone saves daylight, its standard time is the lesser of January's and July's. */
function standard(offset: (instant: number) => number, instant: number): number {
  const year = new Date(instant).getUTCFullYear();
  return Math.min(offset(Date.UTC(year, 0, 1)), offset(Date.UTC(year, 6, 1)));
}

function measure(format: Intl.DateTimeFormat, instant: number): number {
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
}

/** What the zone's clock shows, as milliseconds since 1970 began there. */
export function wallAt({ offset }: Zone, instant: number): number {
  return instant + offset(instant);
}

/** The moments in which the zone's clock shows a time: two where it is set back, none where it is set forward. */
export function instantsAt(zone: Zone, wall: number): readonly number[] {
  const { before, after } = offsetsAround(zone, wall);
  const candidates = [...new Set([wall - before, wall - after])];
  return candidates.filter((instant) => wallAt(zone, instant) === wall).toSorted((a, b) => a - b);
}

/** The first moment in which the zone's clock shows a time; where it skips it, as much later as it is set forward. */
export function instantAt(zone: Zone, wall: number): number {
  return instantsAt(zone, wall)[0] ?? wall - offsetsAround(zone, wall).before;
}

/** No clock is set twice within two days. */
function offsetsAround({ offset }: Zone, wall: number): { readonly before: number; readonly after: number } {
  return { before: offset(wall - dayLength), after: offset(wall + dayLength) };
}
