import type { ParameterValue } from "../spec/jobspec.ts";
import type { SweepSpec } from "../spec/sweep.ts";
import { duration } from "../run/duration.ts";
import { columns, shortened } from "../text/columns.ts";
import { oneLine } from "../text/one-line.ts";
import { WholeFloat } from "../text/whole-float.ts";
import type { SweepResult } from "./result.ts";

/** A sweep as a table: a row a run; its parameters, how it ended, its metrics. */
interface Columns {
  readonly parameters: readonly string[];
  readonly metrics: readonly string[];
}

/** Parameters in the order in which they appear; the metrics asked for, else all that any run told. */
export function columnsOf(results: readonly SweepResult[], { metrics }: Pick<SweepSpec, "metrics">): Columns {
  const keys = (maps: readonly object[]): readonly string[] => [...new Set(maps.flatMap((map) => Object.keys(map)))];
  return {
    parameters: keys(results.map(({ run }) => run.parameters)),
    metrics: metrics ?? keys(results.map((result) => result.metrics)),
  };
}

/** For people: times and numbers as they are said. */
export function textTable(results: readonly SweepResult[], { parameters, metrics }: Columns): string {
  const header = ["run", ...parameters, "state", "exit code", "duration", ...metrics];
  const rows = results.map(({ run, status, exitCode, seconds, metrics: figures }) => [
    run.name,
    ...parameters.map((name) => cell(run.parameters[name])),
    status,
    cell(exitCode),
    seconds === null ? "" : duration(seconds),
    ...metrics.map((name) => cell(figures[name])),
  ]);
  return columns([header, ...rows].map((row) => row.map((text) => shortened(oneLine(text), widest)))).join("\n");
}

/** A parameter may be a whole list. */
const widest = 40;

/** For spreadsheets and programs (RFC 4180): names that no parameter has are put in front of nothing else's. */
export function csvTable(results: readonly SweepResult[], { parameters, metrics }: Columns): string {
  const header = ["run", ...parameters.map(prefixed("parameter")), ...fixed, ...metrics.map(prefixed("metric"))];
  const rows = results.map(({ run, status, exitCode, seconds, attempts, metrics: figures }) => [
    run.name,
    ...parameters.map((name) => cell(run.parameters[name])),
    status,
    cell(exitCode),
    cell(seconds),
    String(attempts),
    ...metrics.map((name) => cell(figures[name])),
  ]);
  return [header, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

const fixed = ["state", "exit_code", "seconds", "attempts"];

/** A parameter may be called state, and a metric as a parameter is. */
function prefixed(kind: string): (name: string) => string {
  return (name) => `${kind}.${name}`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A value as a table shows it. */
export function cell(value: ParameterValue | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (value instanceof WholeFloat) return String(value.value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}
