import assert from "node:assert/strict";
import { test } from "node:test";
import { execa } from "execa";
import fc from "fast-check";
import { frequencyOf, nextRuns, parseCron, type Timing, wallText } from "../../src/schedule/cron/index.ts";
import { shortestGap } from "../../src/spec/cron/cron.ts";
import { venvOrSkip } from "../support/venv.ts";

/** Where the problems are: character and what. */
function problemsOf(text: string): readonly string[] {
  const parsed = parseCron(text);
  return "problems" in parsed ? parsed.problems.map(({ at, message }) => `${at} ${message.split(/[:,(]/)[0]}`) : [];
}

test("what is no cron expression is told with its character", () => {
  for (const [text, ...at] of [
    ["0 25 * * *", "2 hour"],
    ["60 24 0 13 8", "0 minute", "3 hour", "6 day of month", "8 month", "11 day of week"],
    ["0 0 1-31/2,40 JAN-FOO MON#6", "11 day of month", "18 month", "26 day of week"],
    ["* * * *", "0 expected five fields "],
    ["", "0 expected five fields "],
    ["0 0 2 * * ?", "0 expected five fields "],
    ["@dayly", "0 expected one of @hourly"],
    ["*/0 * * * *", "2 minute"],
    ["*/90 * * * *", "2 minute"],
    ["5-1 * * * *", "0 minute"],
    ["0 0 * * FRI-MON", "8 day of week"],
    ["0,, * * * *", "2 minute"],
    ["0 0 L * *", "4 day of month"],
    ["? 0 * * *", "0 minute"],
    ["0 0 31 2,4,6 *", "4 no such day is in any of the months"],
    ["0 0 */2 * MON", "4 a step from * in one of day of month and day of week"],
    ["0 0 1 * MON#1", "8 a weekday of the month goes with one minute"],
    ["  0\t99 * * *", "4 hour"],
  ] as const)
    assert.deepEqual(problemsOf(text), at, text);
});

test("no text makes the reader throw or wait, and what is wrong lies within the text", () => {
  const pieces = fc.constantFrom(..."0123456789*/,-#? @LW".split(""), "MON", "JAN", "\t", "\ud800", "é");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      const parsed = parseCron(text);
      if (!("problems" in parsed)) return;
      assert.ok(parsed.problems.length > 0);
      for (const { at } of parsed.problems) assert.ok(at >= 0 && at <= text.length, `${at} in ${JSON.stringify(text)}`);
    }),
  );
});

test("days of the week are cron's, and Data Integration is given its own", () => {
  const days = (text: string): readonly string[] => {
    const frequency = frequencyOf({ cron: `0 2 * * ${text}` });
    return frequency.modelType === "WEEKLY" ? frequency.days : [frequency.modelType];
  };
  assert.deepEqual(days("0"), ["SUNDAY"]);
  assert.deepEqual(days("7"), ["SUNDAY"]);
  assert.deepEqual(days("SUN"), ["SUNDAY"]);
  assert.deepEqual(days("1"), ["MONDAY"]);
  assert.deepEqual(days("mon-Wed"), ["MONDAY", "TUESDAY", "WEDNESDAY"]);
  assert.deepEqual(days("5-7"), ["SUNDAY", "FRIDAY", "SATURDAY"]);
  assert.deepEqual(days("SAT-SUN"), ["SUNDAY", "SATURDAY"]);
  assert.deepEqual(days("0-7"), ["DAILY"]);
  const custom = (text: string): unknown => Object.values(frequencyOf({ cron: text })).at(-1);
  assert.equal(custom("0 2,14 * * 0"), "0 2,14 * * 7");
  assert.equal(custom("0 2,14 * * SUN-TUE"), "0 2,14 * * 1,2,7");
  assert.equal(custom("0 9-17 * * MON-FRI"), "0 9-17 * * 1-5");
  assert.equal(custom("*/30 * * * *"), "*/30 * * * *");
  assert.equal(
    custom("0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1"),
    "0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1",
  );
});

test("typed frequencies where they mean the same, a custom expression otherwise", () => {
  const time = (hour: number, minute: number) => ({ hour, minute, second: 0 });
  for (const [timing, expected] of [
    [{ cron: "15 * * * *" }, { modelType: "HOURLY", frequency: "HOURLY", interval: 1, time: { minute: 15 } }],
    [{ every: "hour" }, { modelType: "HOURLY", frequency: "HOURLY", interval: 1, time: { minute: 0 } }],
    [{ cron: "@daily" }, { modelType: "DAILY", frequency: "DAILY", interval: 1, time: time(0, 0) }],
    [
      { every: "day", at: "2:30" },
      { modelType: "DAILY", frequency: "DAILY", interval: 1, time: time(2, 30) },
    ],
    [
      { every: "week", at: "23:05" },
      { modelType: "WEEKLY", frequency: "WEEKLY", days: ["MONDAY"], time: time(23, 5) },
    ],
    [{ every: "month" }, { modelType: "MONTHLY", frequency: "MONTHLY", interval: 1, days: [1], time: time(0, 0) }],
    [
      { cron: "0 2 1,15 * *" },
      { modelType: "MONTHLY", frequency: "MONTHLY", interval: 1, days: [1, 15], time: time(2, 0) },
    ],
    [
      { cron: "0 2 * * MON#1" },
      {
        modelType: "MONTHLY_RULE",
        frequency: "MONTHLY",
        interval: 1,
        weekOfMonth: "FIRST",
        dayOfWeek: "MONDAY",
        time: time(2, 0),
      },
    ],
    [
      { cron: "0 2 * * 5L" },
      {
        modelType: "MONTHLY_RULE",
        frequency: "MONTHLY",
        interval: 1,
        weekOfMonth: "LAST",
        dayOfWeek: "FRIDAY",
        time: time(2, 0),
      },
    ],
    [{ cron: "0 2 31 * *" }, { modelType: "CUSTOM", frequency: "CUSTOM", customExpression: "0 2 31 * *" }],
    [{ cron: "0 2 1 JAN-JUN *" }, { modelType: "CUSTOM", frequency: "CUSTOM", customExpression: "0 2 1 1-6 *" }],
    [{ cron: "0 */2 * * *" }, { modelType: "CUSTOM", frequency: "CUSTOM", customExpression: "0 */2 * * *" }],
  ] as const)
    assert.deepEqual(frequencyOf(timing), expected, JSON.stringify(timing));
});

/** Cron expressions of every kind that is taken. */
const field = (least: number, most: number, names: readonly string[] = []): fc.Arbitrary<string> => {
  const value = fc.integer({ min: least, max: most });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const item = fc.oneof(
    value.map(String),
    range,
    fc.tuple(range, fc.integer({ min: 1, max: Math.min(6, most - least) })).map(([a, step]) => `${a}/${step}`),
    ...(names.length === 0 ? [] : [fc.constantFrom(...names)]),
  );
  const star = fc.integer({ min: 2, max: most - least - 1 }).map((step) => `*/${step}`);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 1, arbitrary: star },
    { weight: 3, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(",")) },
  );
};
const crons = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12, ["JAN", "Dec"]), field(0, 7, ["SUN", "mon"]))
  .map((fields) => fields.join(" "))
  .filter((text) => !("problems" in parseCron(text)));

/** Cron once more, without cleverness: does the wall's clock show one of its minutes? */
function showing(text: string): (wall: Date) => boolean {
  const [minutes = "", hours = "", daysOfMonth = "", months = "", daysOfWeek = ""] = text.split(" ");
  const holding = (word: string, least: number, names: Readonly<Record<string, number>> = {}): ReadonlySet<number> => {
    const held = word.split(",").map((item) => {
      const [range = "", step = "1"] = item.split("/");
      const ends = range.split("-").map((end) => names[end.toUpperCase()] ?? Number(end));
      const [from = 0, to = item.includes("/") ? Infinity : from] = range === "*" ? [least, Infinity] : ends;
      return (value: number) => value >= from && value <= to && (value - from) % Number(step) === 0;
    });
    return new Set(Array.from({ length: 60 }, (_, value) => value).filter((value) => held.some((one) => one(value))));
  };
  const [minute, hour, day] = [holding(minutes, 0), holding(hours, 0), holding(daysOfMonth, 1)];
  const [month, weekday] = [holding(months, 1, { JAN: 1, DEC: 12 }), holding(daysOfWeek, 0, { SUN: 0, MON: 1 })];
  const either = daysOfMonth !== "*" && daysOfWeek !== "*";
  return (wall) => {
    if (!minute.has(wall.getUTCMinutes()) || !hour.has(wall.getUTCHours())) return false;
    const seventh = wall.getUTCDay() === 0 && !daysOfWeek.includes("*") && weekday.has(7);
    const [byDay, byWeekday] = [day.has(wall.getUTCDate()), seventh || weekday.has(wall.getUTCDay())];
    return month.has(wall.getUTCMonth() + 1) && (either ? byDay || byWeekday : byDay && byWeekday);
  };
}

const minute = 60_000;

/** Where and when clocks are set: an hour, half an hour, at midnight, a whole day left out. */
const settings = [
  ["Europe/London", "2026-03-29T01:00Z"],
  ["Europe/London", "2026-10-25T01:00Z"],
  ["America/New_York", "2026-03-08T07:00Z"],
  ["America/New_York", "2026-11-01T06:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z"],
  ["America/Sao_Paulo", "2017-10-15T03:00Z"],
  ["Pacific/Apia", "2011-12-30T10:00Z"],
  ["Asia/Kathmandu", "2026-05-01T00:00Z"],
  ["UTC", "2028-02-28T00:00Z"],
] as const;

/** The wall's clock, by another road than the program's: the Swedish way of writing a date. */
const walls = new Map<string, (instant: number) => number>();
function wallOf(zone: string): (instant: number) => number {
  const known = walls.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const quarters = new Map<number, number>();
  const made = (instant: number): number => {
    const quarter = Math.floor(instant / (15 * minute)) * 15 * minute;
    const offset = quarters.get(quarter) ?? Date.parse(`${format.format(quarter).replace(" ", "T")}Z`) - quarter;
    quarters.set(quarter, offset);
    return instant + offset;
  };
  walls.set(zone, made);
  return made;
}

/** Minute by minute through real time, as the rules for clocks that are set are written down. */
function bruteForce(text: string, zone: string, from: number, to: number): readonly number[] {
  const wallAt = wallOf(zone);
  const shows = showing(text);
  const parsed = parseCron(text);
  const hourly = "cron" in parsed && parsed.cron.hours.length === 24;
  const found = new Set<number>();
  const seen = new Set<number>();
  for (let instant = from - 1500 * minute; instant <= to; instant += minute) {
    const wall = wallAt(instant);
    const before = wallAt(instant - minute);
    // The clock is set forward here: what it skips is as much later.
    if (!hourly) {
      for (let skipped = before + minute; skipped < wall; skipped += minute) {
        if (shows(new Date(skipped))) found.add(instant + (skipped - before - minute));
      }
    }
    if (shows(new Date(wall)) && (hourly || !seen.has(wall))) found.add(instant);
    seen.add(wall);
  }
  return [...found].filter((instant) => instant > from && instant <= to).toSorted((a, b) => a - b);
}

test("the next runs are those of a search minute by minute, wherever clocks are set", () => {
  fc.assert(
    fc.property(
      crons,
      fc.constantFrom(...settings),
      fc.integer({ min: -1500, max: 0 }),
      (cron, [timezone, at], early) => {
        const from = Date.parse(at) + early * minute;
        const to = from + 2880 * minute;
        const expected = bruteForce(cron, timezone, from, to);
        const found = nextRuns({ cron, timezone }, new Date(from), expected.length + 1);
        assert.deepEqual(
          found.map((run) => run.getTime()).filter((run) => run <= to),
          expected,
        );
      },
    ),
    { numRuns: 100 },
  );
});

test("where clocks are set", () => {
  const runs = (timing: Timing, from: string, count: number): readonly string[] =>
    nextRuns(timing, new Date(from), count).map((run) => wallText(timing.timezone ?? "UTC", run.getTime()));
  const berlin = { timezone: "Europe/Berlin" };
  assert.deepEqual(runs({ cron: "30 2 * * *", ...berlin }, "2026-03-28T12:00Z", 2), [
    "2026-03-29 03:30 +02:00",
    "2026-03-30 02:30 +02:00",
  ]);
  assert.deepEqual(runs({ cron: "30 2 * * *", ...berlin }, "2026-10-24T12:00Z", 2), [
    "2026-10-25 02:30 +02:00",
    "2026-10-26 02:30 +01:00",
  ]);
  assert.deepEqual(runs({ cron: "30 * * * *", ...berlin }, "2026-10-25T00:00Z", 3), [
    "2026-10-25 02:30 +02:00",
    "2026-10-25 02:30 +01:00",
    "2026-10-25 03:30 +01:00",
  ]);
  assert.deepEqual(runs({ cron: "0 2-3 * * *", ...berlin }, "2026-03-28T12:00Z", 2), [
    "2026-03-29 03:00 +02:00",
    "2026-03-30 02:00 +02:00",
  ]);
});

test("start and end are respected, in the schedule's own time zone", () => {
  const day = { every: "day", at: "02:30", timezone: "Asia/Tokyo" } as const;
  const runs = (timing: Timing): readonly string[] =>
    nextRuns(timing, new Date("2026-01-01T00:00Z"), 5).map((run) => run.toISOString().slice(0, 16));
  assert.deepEqual(runs({ ...day, start: "2026-02-01", end: "2026-02-02" }), ["2026-01-31T17:30", "2026-02-01T17:30"]);
  assert.deepEqual(runs({ ...day, start: "2026-02-01T02:30", end: "2026-02-02T02:29" }), ["2026-01-31T17:30"]);
  assert.deepEqual(runs({ ...day, start: "2026-02-01T02:31Z", end: "2026-02-01T17:30Z" }), ["2026-02-01T17:30"]);
  assert.deepEqual(runs({ ...day, end: "2025-12-31" }), []);
  assert.deepEqual(
    runs({ cron: "0 0 29 2 *", start: "2096-03-01" }),
    [2104, 2108, 2112, 2116, 2120].map((year) => `${year}-02-29T00:00`),
  );
});

test("the shortest gap is that of a search through years", () => {
  fc.assert(
    fc.property(crons, (text) => {
      const parsed = parseCron(text);
      if ("problems" in parsed) return;
      const gap = shortestGap(parsed.cron);
      const runs = nextRuns({ cron: text }, new Date("2026-01-01T00:00Z"), 1500).map((run) => run.getTime() / minute);
      const least = Math.min(...runs.slice(1).map((run, index) => run - (runs[index] ?? 0)), Infinity);
      // Days in a row may come years later than the search reaches; what the search sees is never closer.
      assert.ok(gap <= least, `${gap} ${least}`);
      if (gap < 720) assert.ok(least <= gap || runs.length === 1500, `${gap} ${least}`);
    }),
    { numRuns: 30 },
  );
});

const judge = `
import json, sys
from datetime import datetime, timezone
from croniter import croniter
start = datetime(2027, 12, 30, 23, 59, tzinfo=timezone.utc)
def runs(text):
    it = croniter(text, start)
    return [int(it.get_next(float)) for _ in range(5)]
print(json.dumps([runs(text) for text in json.load(sys.stdin)]))
`;

test("croniter reads cron alike", async (t) => {
  const python = await venvOrSkip(t, "spec");
  if (python === undefined) return;
  // It takes 5-5 for any value.
  const texts = fc.sample(crons, 300).filter((text) => !/\b(\d+)-\1\b/.test(text));
  const { stdout } = await execa(python, ["-c", judge], { input: JSON.stringify(texts) });
  // The judge's own output: five times for each text.
  const expected = JSON.parse(stdout) as readonly (readonly number[])[];
  for (const [index, cron] of texts.entries()) {
    const runs = nextRuns({ cron }, new Date("2027-12-30T23:59Z"), 5).map((run) => run.getTime() / 1000);
    assert.deepEqual(runs, expected[index], cron);
  }
});
