import { shortestGap } from "./cron/cron.ts";
import { parseCron } from "./cron/parse.ts";
import { grouped } from "./grouped.ts";
import type { JobFileDocument } from "./schema/jobfile.ts";
import type { ScheduleDocument } from "./schema/schedule.ts";
import { parseDuration } from "./quantity.ts";
import type { Path } from "./yaml/node.ts";

export type Complain = (path: Path, message: string, remedy?: string, at?: number) => void;

/** What two keys together make wrong, in the parts of a job file that OCI acts on. */
export function checkConsistency(document: JobFileDocument, complain: Complain): void {
  if (document.infrastructure !== undefined) checkInfrastructure(document.infrastructure, complain);
  if (document.sweep !== undefined) checkSweep(document.sweep, complain);
  if (document.schedule !== undefined) checkSchedule(document.schedule, complain);
}

type Infrastructure = NonNullable<JobFileDocument["infrastructure"]>;

const mostDays = 30;

function checkInfrastructure(given: Infrastructure, complain: Complain): void {
  const at = (key: string): Path => ["infrastructure", key];
  if (given.networking === "managed" && given.subnetId !== undefined) {
    complain(
      at("subnetId"),
      "infrastructure.subnetId goes with custom networking.",
      "Remove it, or say networking: custom.",
    );
  }
  if (given.networking === "custom" && given.subnetId === undefined) {
    complain(at("networking"), "infrastructure.networking: custom needs a subnetId.", "Add subnetId.");
  }
  if (given.shape !== undefined && given.computeTarget !== undefined) {
    complain(at("shape"), "infrastructure has both a shape and a computeTarget.", "Keep one.");
  }
  if (given.shape !== undefined && !given.shape.endsWith(".Flex")) {
    for (const key of ["ocpus", "memoryInGBs", "cpuBaseline"] as const) {
      if (given[key] !== undefined)
        complain(at(key), `infrastructure.${key} goes with a Flex shape only.`, "Remove it.");
    }
  }
  if (given.maximumRuntime !== undefined && (parseDuration(given.maximumRuntime) ?? 0) > mostDays * 86_400_000) {
    complain(
      at("maximumRuntime"),
      `infrastructure.maximumRuntime is longer than OCI's ${mostDays} days.`,
      "Shorten it.",
    );
  }
  const { nodes } = given;
  if (nodes?.minimumSuccess !== undefined && nodes.minimumSuccess > nodes.replicas) {
    complain(["infrastructure", "nodes", "minimumSuccess"], "infrastructure.nodes.minimumSuccess is above replicas.");
  }
  for (const [index, mount] of (given.mounts ?? []).entries()) {
    const path: Path = ["infrastructure", "mounts", index];
    const isFileSystem = mount.mountTargetId !== undefined && mount.exportId !== undefined;
    const hasPart = mount.mountTargetId !== undefined || mount.exportId !== undefined;
    if (mount.location === undefined ? !isFileSystem : hasPart) {
      complain(path, "A mount has either a location, or a mountTargetId and an exportId.");
    }
    if (mount.location !== undefined && !mount.location.startsWith("oci://")) {
      complain([...path, "location"], "Only a bucket can be mounted.", "Write oci://bucket@namespace/prefix/.");
    }
  }
}

/** Of one sweep. */
const mostRuns = 1000;

function checkSweep(given: NonNullable<JobFileDocument["sweep"]>, complain: Complain): void {
  const forms = [given.parameters, given.list, given.random].filter((form) => form !== undefined);
  if (forms.length !== 1) {
    complain(
      ["sweep"],
      `sweep has ${forms.length === 0 ? "none" : "more than one"} of parameters, list and random.`,
      "Give one.",
    );
  }
  const runs = Object.values(given.parameters ?? {}).reduce((product, values) => product * values.length, 1);
  if (runs > mostRuns) {
    complain(
      ["sweep", "parameters"],
      `sweep.parameters makes ${grouped(runs)} runs, and ${grouped(mostRuns)} are the most.`,
      "Leave out values, or draw some with random.",
    );
  }
  for (const [name, values] of Object.entries(given.random?.parameters ?? {})) {
    if (Array.isArray(values)) continue;
    const path: Path = ["sweep", "random", "parameters", name];
    if (values.integer === true && Math.ceil(values.min) > Math.floor(values.max)) {
      complain(path, `sweep.random.parameters.${name}: there is no whole number from min to max.`);
    }
    if (values.min > values.max) complain(path, `sweep.random.parameters.${name}: min is above max.`);
    if (values.scale === "log" && values.min <= 0) {
      complain([...path, "min"], `sweep.random.parameters.${name}: a log scale needs a min above zero.`);
    }
  }
}

/** As {@link checkConsistency}, of a schedule alone. */
export function checkSchedule(given: ScheduleDocument, complain: Complain): void {
  if ((given.cron === undefined) === (given.every === undefined)) {
    complain(
      ["schedule"],
      `schedule has ${given.cron === undefined ? "neither cron nor every" : "both cron and every"}.`,
      "Give one.",
    );
  }
  if (given.cron !== undefined) checkCron(given.cron, given.with ?? "data-integration", complain);
  if (given.at !== undefined && (given.every === undefined || given.every === "hour")) {
    complain(["schedule", "at"], "schedule.at goes with every: day, week or month.", "Remove it.");
  }
  if (given.start !== undefined && given.end !== undefined && Date.parse(given.start) >= Date.parse(given.end)) {
    complain(["schedule", "end"], "schedule.end is not after start.");
  }
}

/** Minutes between two runs: Data Integration refuses a schedule with less. */
const leastGap = 30;

function checkCron(text: string, scheduler: string, complain: Complain): void {
  const path: Path = ["schedule", "cron"];
  const parsed = parseCron(text);
  if ("problems" in parsed) {
    for (const { message, remedy, at } of parsed.problems) complain(path, `schedule.cron: ${message}.`, remedy, at);
    return;
  }
  const gap = shortestGap(parsed.cron);
  if (gap >= leastGap || scheduler !== "data-integration") return;
  complain(
    path,
    `schedule.cron: two runs are ${gap} ${gap === 1 ? "minute" : "minutes"} apart, and Data Integration takes none below ${leastGap}.`,
    "Run every half hour at most: */30 * * * *.",
  );
}
