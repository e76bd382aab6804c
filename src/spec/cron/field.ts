/** One field of a cron expression: lists of values, names, ranges and steps. */

export interface Field {
  /** As messages name it. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names in the place of numbers, the first for `least`. */
  readonly names?: readonly string[];
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
export const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;

export const fields = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, names: monthNames },
  { name: "day of week", least: 0, most: 7, names: dayNames },
] as const satisfies readonly Field[];

/** What is wrong, where in the field (counted from 0), and what to write instead. */
export class FieldProblem extends Error {
  readonly at: number;
  readonly remedy: string | undefined;

  constructor(at: number, message: string, remedy?: string) {
    super(message);
    this.at = at;
    this.remedy = remedy;
  }
}

/**
 * The values of a field, ascending; undefined: any.
 * @throws FieldProblem for what is no field
 */
export function parseField(text: string, field: Field): readonly number[] | undefined {
  if (text === "*" || (text === "?" && field.name.startsWith("day"))) return undefined;
  const values = new Set<number>();
  let at = 0;
  for (const item of text.split(",")) {
    for (const value of parseItem(item, at, field)) values.add(value);
    at += item.length + 1;
  }
  return [...values].toSorted((a, b) => a - b);
}

/** `*`, `5`, `MON`, `1-5`, `MON-FRI`, each with `/step` where it makes sense. */
function parseItem(item: string, at: number, field: Field): readonly number[] {
  const [range = "", step, ...more] = item.split("/");
  if (range === "" || more.length > 0) throw new FieldProblem(at, expected(field), remedyFor(item));
  const [from, to] = parseRange(range, at, field, step !== undefined);
  const by = step === undefined ? 1 : parseStep(step, at + range.length + 1, field);
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
}

function parseRange(range: string, at: number, field: Field, stepped: boolean): readonly [number, number] {
  // Sunday is both 0 and 7: a step over the whole week must not meet it twice.
  const most = field.most === 7 ? 6 : field.most;
  if (range === "*") return [field.least, most];
  const [first = "", last, ...more] = range.split("-");
  if (more.length > 0) throw new FieldProblem(at, expected(field));
  const from = parseValue(first, at, field);
  if (last === undefined) return [from, stepped ? Math.max(most, from) : from];
  const to = parseValue(last, at + first.length + 1, field);
  // SUN at the end of a range is the week's end.
  const end = to === 0 && field.most === 7 && from > 0 ? 7 : to;
  if (end < from) {
    throw new FieldProblem(
      at,
      "the range ends before it starts",
      `Write two ranges: ${from}-${field.most},${field.least}-${to}.`,
    );
  }
  return [from, end];
}

function parseStep(step: string, at: number, field: Field): number {
  const size = field.most === 7 ? 7 : field.most - field.least + 1;
  if (!/^\d+$/.test(step) || Number(step) === 0) throw new FieldProblem(at, "a step is a whole number above zero");
  if (Number(step) < size) return Number(step);
  throw new FieldProblem(at, `a step is below ${size}: cron begins anew every ${unitAbove(field)}`);
}

function unitAbove({ name }: Field): string {
  return { minute: "hour", hour: "day", "day of month": "month", month: "year" }[name] ?? "week";
}

function parseValue(text: string, at: number, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + field.least;
  const value = /^\d{1,3}$/.test(text) ? Number(text) : undefined;
  if (value === undefined || value < field.least || value > field.most) {
    throw new FieldProblem(at, expected(field), remedyFor(text));
  }
  return value;
}

function expected({ least, most, names }: Field): string {
  const named = names === undefined ? "" : `, or ${names[0]} to ${names.at(-1)}`;
  return `expected ${least} to ${most}${named}`;
}

/** Marks of other crons, which this one and the services behind it do not have. */
function remedyFor(text: string): string | undefined {
  if (/^(?:L|LW|L-\d+)$/i.test(text)) return "The last day of a month cannot be written: 28 is in every month.";
  if (/^\d+W$/i.test(text)) return "The nearest weekday cannot be written: name the weekdays.";
  if (/^(?:H|R)\b/i.test(text)) return "Choose a value: nothing is spread by itself.";
  return undefined;
}
