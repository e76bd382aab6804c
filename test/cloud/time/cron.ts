/**
 * Cron in the dialects that OCI's services document:
 *
 * - `integration`: Data Integration's, five fields, days of the week from Monday, 1, to Sunday, 7; numbers only.
 * - `unix`: Data Science's, five fields, days of the week from Sunday, 0, to Saturday, 6, and 7 for Sunday too; names are known.
 * - `quartz`: six fields, with seconds first and days of the week from Sunday, 1, to Saturday, 7, as the comment of Data
 *   Integration's model shows them.
 *
 * Where both kinds of day are given, either will do; Quartz has `?` in one of them.
 */
import { timesOf, type Day, type Recurrence } from "./recurrence.ts";

export type Dialect = "integration" | "unix" | "quartz";

export class CronError extends Error {
  override readonly name = "CronError";
}

interface FieldRules {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const seconds: FieldRules = { name: "second", least: 0, most: 59 };
const clock: readonly FieldRules[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31 },
];

const dialects: Readonly<Record<Dialect, readonly FieldRules[]>> = {
  integration: [...clock, { name: "month", least: 1, most: 12 }, { name: "day of the week", least: 1, most: 7 }],
  unix: [
    ...clock,
    { name: "month", least: 1, most: 12, names: monthNames },
    { name: "day of the week", least: 0, most: 7, names: dayNames },
  ],
  quartz: [
    seconds,
    ...clock,
    { name: "month", least: 1, most: 12, names: monthNames },
    { name: "day of the week", least: 1, most: 7, names: dayNames },
  ],
};

/** @throws {CronError} */
export function parseCron(text: string, dialect: Dialect): Recurrence {
  const rules = dialects[dialect];
  const fields = text.trim().split(/\s+/);
  if (fields.length !== rules.length) {
    throw new CronError(`The cron expression "${text}" has ${fields.length} fields, not ${rules.length}.`);
  }
  const either = dialect === "quartz" && fields.filter((field) => field === "?").length !== 1;
  if (either) throw new CronError("Of the day of the month and the day of the week, exactly one is to be ?.");
  const sets = rules.map((rule, index) => valuesOf(fields[index] ?? "", rule, dialect));
  const [ofSecond = [0], ofMinute = [], ofHour = [], ofDay = [], ofMonth = [], ofWeek = []] =
    dialect === "quartz" ? sets : [[0], ...sets];
  const [dayField = "", , weekField = ""] = fields.slice(-3);
  const weekdays = ofWeek.map((value) => (dialect === "quartz" ? value - 1 : value % 7));
  const onDay = ({ month, dayOfMonth, weekday }: Day): boolean => {
    if (!ofMonth.includes(month)) return false;
    const [byDate, byWeek] = [ofDay.includes(dayOfMonth), weekdays.includes(weekday)];
    return isOpen(dayField) || isOpen(weekField) ? byDate && byWeek : byDate || byWeek;
  };
  return { onDay, times: timesOf(ofHour, ofMinute, ofSecond), everyHour: ofHour.length === 24 };
}

/** Whether a field says nothing of its own, or only steps. */
function isOpen(field: string): boolean {
  return field.startsWith("*") || field === "?";
}

function valuesOf(field: string, rule: FieldRules, dialect: Dialect): readonly number[] {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [, range = "", step = "1"] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const [from, to] = boundsOf(range, part.includes("/"), rule, dialect);
    const by = Number(step);
    if (from === undefined || to === undefined || from > to || by < 1) {
      throw new CronError(
        `"${part}" is no ${rule.name} of a cron expression, which is from ${rule.least} to ${rule.most}.`,
      );
    }
    for (let value = from; value <= to; value += by) found.add(value);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** `n/m` is Quartz's for "every m from n on"; elsewhere steps are of ranges only. */
function boundsOf(range: string, steps: boolean, rule: FieldRules, dialect: Dialect): readonly (number | undefined)[] {
  const { least, most } = rule;
  if (range === "*" || (range === "?" && dialect === "quartz" && rule.name.startsWith("day"))) return [least, most];
  const [first = "", last, ...more] = range.split("-");
  const from = valueOf(first, rule, dialect);
  if (more.length > 0) return [];
  if (last !== undefined) return [from, valueOf(last, rule, dialect)];
  return steps ? (dialect === "quartz" ? [from, most] : []) : [from, from];
}

function valueOf(text: string, { least, most, names: known = [] }: FieldRules, dialect: Dialect): number | undefined {
  const index = known.indexOf(text.toUpperCase());
  // Months are named from 1 on, days from Sunday.
  if (index >= 0) return known.length === 12 || dialect === "quartz" ? index + 1 : index;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
