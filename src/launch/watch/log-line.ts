import type { SearchPage } from "../../oci/logging/client.ts";

/** One record of a job run's log. */
export interface LogLine {
  readonly id: string;
  /** As Logging has it, RFC 3339. */
  readonly time: string;
  /** Nanoseconds since 1970, where there are so many digits. */
  readonly at: bigint;
  readonly text: string;
}

/** A search result as a line; undefined for what is none. */
export function lineOf({ data }: SearchPage["results"][number]): LogLine | undefined {
  const content = field(data, "logContent");
  const time = field(content, "time");
  if (typeof time !== "string") return undefined;
  const at = nanoseconds(time);
  if (at === undefined) return undefined;
  const id = field(content, "id");
  const message = field(field(content, "data"), "message");
  const text = (typeof message === "string" ? message : JSON.stringify(field(content, "data") ?? "")).replace(
    /\r?\n$/,
    "",
  );
  return { id: typeof id === "string" ? id : JSON.stringify(content), time, at, text };
}

/** Lines by time; those of one time in the order in which they came. */
export function byTime(a: LogLine, b: LogLine): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}

/** Dates hold milliseconds; lines that a loop prints lie closer together. */
function nanoseconds(time: string): bigint | undefined {
  const [, seconds = "", fraction = "", zone = ""] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[-+]\d\d:\d\d)$/i.exec(time) ?? [];
  const whole = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(whole) ? undefined : BigInt(whole) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
