import { formatSweepMark, type SweepMark, sweepVariable } from "../../run/sweep-mark.ts";
import { displayLocation } from "../../storage/location.ts";
import type { SweepRun } from "../../sweep/expand.ts";
import { checkNames, folderOf, overridesOfRun } from "../../sweep/run-overrides.ts";
import { NbjobError } from "../../text/errors.ts";
import { lineageTags } from "../lineage.ts";
import type { LaunchPlan, RunRequest } from "../plan.ts";
import { nameOf, tagsOf } from "./tags.ts";

/** The requests that would make the runs, for `launch --dry-run`. */
export function sweepRequests(plan: LaunchPlan, runs: readonly SweepRun[], now: Date): readonly RunRequest[] {
  checkFolder(plan);
  checkNames(plan.spec, runs);
  return runs.map((run) => requestOf(plan, run, { id: "00000000-the-sweep-s-id", run: run.name, attempt: 1 }, now));
}

/** @throws NbjobError for a folder that is another for every run: the sweep's state needs one of its own */
export function checkFolder({ spec }: LaunchPlan): void {
  const shown = displayLocation(spec.outputFolder);
  if (!shown.includes("${")) return;
  throw new NbjobError("invalid-job-file", `outputFolder is another for every run of a sweep: ${shown}`, {
    remedy: "Leave the variable out: each run has a folder of its own under runs/.",
  });
}

/** What the job run of one run of a sweep has of its own. */
export function requestOf(plan: LaunchPlan, run: SweepRun, mark: SweepMark, now: Date): RunRequest {
  const outputs = displayLocation(folderOf(plan.spec, run));
  return {
    name: nameOf(plan.name, mark),
    overrides: overridesOfRun(plan.spec, run),
    variables: { [sweepVariable]: formatSweepMark(mark) },
    tags: { ...tagsOf(mark), ...(outputs.length > 256 ? {} : { [lineageTags.outputs]: outputs }) },
    now,
  };
}
