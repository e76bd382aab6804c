/**
 * A run of a sweep is known by its tags and its name, both of which are set with it: a run that was made and not yet
 * written down anywhere is found again, so that none is started twice or lost.
 */
import type { DataScience } from "../../oci/datascience/client.ts";
import type { JobRunSummary } from "../../oci/datascience/models.ts";
import type { SweepMark } from "../../run/sweep-mark.ts";
import { longestName } from "../run-details.ts";

export const sweepTags = { sweep: "nbjob-sweep", run: "nbjob-sweep-run", attempt: "nbjob-sweep-attempt" } as const;

export function tagsOf({ id, run, attempt }: SweepMark): Readonly<Record<string, string>> {
  return { [sweepTags.sweep]: id, [sweepTags.run]: run, [sweepTags.attempt]: String(attempt) };
}

/** No other run has it. */
export function nameOf(jobName: string, { id, run, attempt }: SweepMark): string {
  const end = `-sweep-${id.slice(0, 8)}-${run}${attempt === 1 ? "" : `-attempt-${attempt}`}`;
  return jobName.slice(0, longestName - end.length) + end;
}

/** A run of a sweep that is there already. */
export interface KnownRun {
  readonly summary: JobRunSummary;
  readonly attempt: number;
}

/** The latest run of each of a sweep's runs, by its name in the sweep. */
export async function knownRuns(
  dataScience: DataScience,
  { id, compartmentId }: { readonly id: string; readonly compartmentId: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KnownRun>> {
  const known = new Map<string, KnownRun>();
  for await (const summary of dataScience.listJobRuns({ compartmentId }, { signal })) {
    const tags = summary.freeformTags ?? {};
    const [name, attempt] = [tags[sweepTags.run], Number(tags[sweepTags.attempt])];
    if (tags[sweepTags.sweep] !== id || name === undefined || !Number.isInteger(attempt)) continue;
    if (attempt > (known.get(name)?.attempt ?? 0)) known.set(name, { summary, attempt });
  }
  return known;
}
