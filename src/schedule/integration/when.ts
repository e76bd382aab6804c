import type { models } from "oci-dataintegration";
import type { Wire } from "../../oci/wire.ts";

type Frequency = NonNullable<Wire<models.Schedule>["frequencyDetails"]>;

/** A frequency as people say it: `daily at 02:00`, `weekly on MONDAY at 06:30`, `cron 0 2 1,15 * *`. */
export function whenOf(frequency: Frequency | undefined): string {
  if (frequency === undefined) return "";
  if ("customExpression" in frequency) return `cron ${frequency.customExpression ?? ""}`;
  const time = "time" in frequency ? frequency.time : undefined;
  const every = "interval" in frequency && (frequency.interval ?? 1) > 1 ? ` every ${frequency.interval}` : "";
  const word = (frequency.frequency ?? frequency.modelType).toLowerCase().replaceAll("_", " ");
  const rule =
    "weekOfMonth" in frequency ? ` on the ${frequency.weekOfMonth} ${frequency.dayOfWeek}`.toLowerCase() : "";
  const days = "days" in frequency ? ` on ${(frequency.days ?? []).join(", ").toLowerCase()}` : "";
  if (frequency.modelType === "HOURLY") return `hourly${every} at minute ${time?.minute ?? 0}`;
  return `${word}${every}${rule}${days} at ${two(time?.hour)}:${two(time?.minute)}`;
}

function two(number = 0): string {
  return String(number).padStart(2, "0");
}
