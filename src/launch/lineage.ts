import { displayLocation, type Location } from "../storage/location.ts";
import { serviceLimits } from "./check-details.ts";

/** Free-form tags of a run that say what ran and where its outputs are, as ADS's Git runs have them. */
export const lineageTags = {
  work: "nbjob-work",
  sha256: "nbjob-work-sha256",
  jobFile: "nbjob-job-file",
  outputs: "nbjob-outputs",
  version: "nbjob-version",
} as const;

export interface Lineage {
  /** Where the run reads it, as it may be shown. */
  readonly work: { readonly shown: string | undefined; readonly sha256: string | undefined };
  readonly jobFile: Location;
  readonly outputFolder: Location;
  readonly version: string;
}

/** The tags of a run. They are set when it is made, since Data Science takes no new ones until it has started. */
export function lineageOf({ work, jobFile, outputFolder, version }: Lineage): Readonly<Record<string, string>> {
  const tags = {
    [lineageTags.work]: work.shown,
    [lineageTags.sha256]: work.sha256,
    [lineageTags.jobFile]: displayLocation(jobFile),
    [lineageTags.outputs]: displayLocation(outputFolder),
    [lineageTags.version]: version,
  };
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, value]) => (value === undefined ? [] : [[name, fitting(value)]])),
  );
}

/** A tag's value has an end; a location's tells more than its beginning. */
export function fitting(value: string): string {
  const most = serviceLimits.tagValue;
  return value.length <= most ? value : `…${value.slice(-(most - 1))}`;
}
