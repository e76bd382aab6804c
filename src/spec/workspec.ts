import { formatLocation, type Location, nameOf } from "../storage/location.ts";
import { type SpecContext, specFromTree } from "./document.ts";
import { escapeDollars } from "./expand.ts";
import type { JobSpec } from "./jobspec.ts";
import type { Entry, MapNode } from "./yaml/node.ts";

/** The spec of a job file that would hold only the work and `outputFolder: <name>-output/`. */
export function specForLocation(
  location: Location,
  kind: "notebook" | "artifact",
  context: SpecContext,
): Omit<JobSpec, "jobFile"> {
  return specFromTree(treeForLocation(location, kind), [], context);
}

/** The job file that would hold only the work and `outputFolder: <name>-output/`. */
export function treeForLocation(location: Location, kind: "notebook" | "artifact"): MapNode {
  const stem = nameOf(location).replace(/(?<=.)\.[^.]+$/, "");
  const entries = [
    entry(kind === "notebook" ? "noteBook" : "artifact", escapeDollars(formatLocation(location))),
    entry("outputFolder", escapeDollars(`./${stem}-output/`)),
  ];
  return { kind: "map", entries, place: {} };
}

/** The spec of a job file that would hold only an output folder, for what Data Science mounted. */
export function specForMounted(context: SpecContext, outputFolder: string): Omit<JobSpec, "jobFile"> {
  const named = context.mounted?.assignments.some(({ path }) => path[0] === "outputFolder") === true;
  const entries = named ? [] : [entry("outputFolder", escapeDollars(outputFolder))];
  return specFromTree({ kind: "map", entries, place: {} }, [], context);
}

function entry(key: string, text: string): Entry {
  return { key, place: {}, value: { kind: "scalar", value: text, text, plain: false, place: {} } };
}
