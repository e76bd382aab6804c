import type { Cron } from "./cron.ts";
import { type Field, FieldProblem, dayNames, fields, parseField } from "./field.ts";

/** Something wrong in a cron expression; `at` counts its characters from 0. */
export interface CronProblem {
  readonly at: number;
  readonly message: string;
  readonly remedy?: string;
}

const nicknames: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/**
 * Reads a cron expression, or says everything that is wrong with it.
 *
 * ```
 * parseCron("30 2 * * MON-FRI")   // { cron: { minutes: [30], hours: [2], daysOfWeek: [1, 2, 3, 4, 5], … } }
 * parseCron("0 25 * * *")         // { problems: [{ at: 2, message: "hour: expected 0 to 23" }] }
 * ```
 */
export function parseCron(text: string): { readonly cron: Cron } | { readonly problems: readonly CronProblem[] } {
  const written = text.trim();
  if (written.startsWith("@")) {
    const meant = nicknames[written.toLowerCase()];
    if (meant !== undefined) return parseCron(meant);
    const message = `expected one of ${Object.keys(nicknames).join(", ")}`;
    return { problems: [{ at: text.indexOf("@"), message }] };
  }
  const words = [...text.matchAll(/\S+/g)];
  const wrong = wrongCount(words.length);
  if (wrong !== undefined) return { problems: [{ at: words[0]?.index ?? 0, ...wrong }] };
  const problems: CronProblem[] = [];
  const read = <Value>(position: number, parse: (text: string, field: Field) => Value): Value | undefined => {
    const [field, word] = [fields[position], words[position]];
    if (field === undefined || word === undefined) return undefined;
    try {
      return parse(word[0], field);
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error;
      const { remedy } = error;
      problems.push({
        at: word.index + error.at,
        message: `${field.name}: ${error.message}`,
        ...(remedy === undefined ? {} : { remedy }),
      });
      return undefined;
    }
  };
  const cron: Cron = {
    minutes: read(0, parseField) ?? span(0, 59),
    hours: read(1, parseField) ?? span(0, 23),
    daysOfMonth: read(2, parseField),
    months: read(3, parseField) ?? span(1, 12),
    daysOfWeek: undefined,
    weekdayOfMonth: undefined,
    ...read(4, parseWeekdays),
  };
  if (problems.length > 0) return { problems };
  const odd = contradiction(cron, words[2]?.[0] ?? "", words[4]?.[0] ?? "");
  if (odd === undefined) return { cron };
  const { field, ...rest } = odd;
  return { problems: [{ at: words[field]?.index ?? 0, ...rest }] };
}

function wrongCount(count: number): { readonly message: string; readonly remedy?: string } | undefined {
  if (count === 5) return undefined;
  const message = `expected five fields (minute, hour, day of month, month, day of week), found ${count}`;
  if (count < 6 || count > 7) return { message };
  const remedy =
    "Quartz's has seconds first and counts days of the week from Sunday as 1: leave out the seconds, and name the days (MON).";
  return { message, remedy };
}

/** `MON#1` and `FRIL` stand for themselves; anything else is days of every week. */
function parseWeekdays(text: string, field: Field): Partial<Cron> {
  const [, name = "", nth, last] = /^(\w+?)(?:#(\d+)|(L))$/i.exec(text) ?? [];
  if (nth === undefined && last === undefined) {
    const days = parseField(text, field)?.map((day) => day % 7);
    return { daysOfWeek: days === undefined ? undefined : [...new Set(days)].toSorted((a, b) => a - b) };
  }
  const [day] = parseField(name, field) ?? [];
  if (day === undefined) throw new FieldProblem(0, "expected one day");
  const week = ([1, 2, 3, 4, 5] as const).find((each) => String(each) === nth);
  if (last === undefined && week === undefined) {
    throw new FieldProblem(name.length + 1, "expected 1 to 5 after #");
  }
  return { weekdayOfMonth: { day: day % 7, week: week ?? "last" } };
}

/** What the fields make wrong together. */
function contradiction(
  cron: Cron,
  dayOfMonth: string,
  dayOfWeek: string,
): { readonly field: number; readonly message: string; readonly remedy?: string } | undefined {
  const { weekdayOfMonth: rule, daysOfMonth, daysOfWeek, months, hours, minutes } = cron;
  const simple = months.length === 12 && hours.length === 1 && minutes.length === 1 && daysOfMonth === undefined;
  if (rule !== undefined && !simple) {
    const example = dayNames[rule.day] ?? "MON";
    return {
      field: 4,
      message: "a weekday of the month goes with one minute, one hour, and * for day of month and month",
      remedy: `For example: 0 2 * * ${example}${rule.week === "last" ? "L" : `#${rule.week}`}.`,
    };
  }
  if (daysOfMonth !== undefined && daysOfWeek !== undefined && `${dayOfMonth} ${dayOfWeek}`.includes("*")) {
    return {
      field: 2,
      message:
        "a step from * in one of day of month and day of week, with the other one given too, means different days to different crons",
      remedy: "Give one of the two, or write the days out.",
    };
  }
  if (daysOfMonth === undefined || daysOfWeek !== undefined) return undefined;
  const possible = months.some((month) => daysOfMonth.some((day) => day <= daysIn(month)));
  return possible ? undefined : { field: 2, message: "no such day is in any of the months" };
}

function daysIn(month: number): number {
  // A leap year's.
  return new Date(Date.UTC(2000, month, 0)).getUTCDate();
}

function span(least: number, most: number): readonly number[] {
  return Array.from({ length: most - least + 1 }, (_, index) => least + index);
}
