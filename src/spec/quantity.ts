/** Durations and sizes as people write them: `30m`, `1h30m`, `20MB`, `1GiB`. */

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const bytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** One or more numbers with a unit, largest unit first by custom only; or a bare number, which counts seconds. */
export const durationPattern = /^(?:\d+(?:\.\d+)?|(?:\d+(?:\.\d+)?(?:ms|[smhd]))+)$/;

/** A number with an optional unit in any case; `k`, `M`, `G` and `T` alone are read as kB, MB, GB and TB. */
export const sizePattern = /^\d+(?:\.\d+)? ?(?:[kKmMgGtT]?[bB]?|[kKmMgGtT][iI][bB]?)$/;

/** Longest duration that is accepted: a year. Nothing that runs longer is meant, and timers stay far from overflow. */
export const maxDuration = 366 * 86_400_000;

/**
 * Milliseconds of a duration; a plain number, or a text of digits alone, is seconds. `1h30m`, `90s`, `2d`, `1.5h`.
 * Undefined where it is no duration, or is longer than a year.
 */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === "number") return bounded(value * 1000, maxDuration);
  if (!durationPattern.test(value)) return undefined;
  if (/^[\d.]+$/.test(value)) return bounded(Number(value) * 1000, maxDuration);
  let total = 0;
  for (const [, number, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(number) * (milliseconds[unit ?? ""] ?? Number.NaN);
  }
  return bounded(total, maxDuration);
}

/** Bytes of a size; a plain number is bytes. `20MB` is 20,000,000 and `20MiB` 20,971,520. Undefined where it is no size. */
export function parseSize(value: string | number): number | undefined {
  if (typeof value === "number") return bounded(value, Number.MAX_SAFE_INTEGER);
  if (!sizePattern.test(value)) return undefined;
  const [, number, letters] = /^([\d.]+) ?(.*)$/.exec(value) ?? [];
  let unit = (letters ?? "").toLowerCase();
  if (unit !== "b" && !unit.endsWith("b")) unit += "b";
  return bounded(Number(number) * (bytes[unit] ?? Number.NaN), Number.MAX_SAFE_INTEGER);
}

function bounded(value: number, most: number): number | undefined {
  const rounded = Math.round(value);
  return rounded >= 0 && rounded <= most ? rounded : undefined;
}
