import type { JobRun } from "../oci/datascience/models.ts";
import { largestRecord, parseRecord, placesOfRecord } from "../run/read-record.ts";
import { recordName, type RunRecord } from "../run/record.ts";
import { asFolder, displayLocation, joinLocation, type Location, parseLocation } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import { readWhole } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import { lineageTags } from "./lineage.ts";

type RunIdentity = Pick<JobRun, "id" | "jobId" | "projectId" | "compartmentId" | "timeAccepted" | "freeformTags">;

/** What a run left in its output folder, or why that is not known. */
export interface FetchedRecord {
  readonly folder: string | undefined;
  readonly record: RunRecord | undefined;
  readonly why: string | undefined;
}

/** Machines' clocks differ. */
const clockSlack = 10 * 60_000;

/** Reads the `run.json` of a job run, where its tags say that its outputs are. */
export async function fetchRecord(run: RunIdentity, stores: Stores, signal?: AbortSignal): Promise<FetchedRecord> {
  const folder = outputsOf(run);
  if (folder === undefined) return { folder: undefined, record: undefined, why: "the run has no tag of its outputs" };
  const shown = displayLocation(folder);
  const none = (why: string): FetchedRecord => ({ folder: shown, record: undefined, why });
  if (folder.kind === "file") return none("they are on a mount of the run's");
  if (shown.includes("${")) return none("only the run knows the whole of their name");
  for (const place of placesOfRecord(folder)) {
    const location = joinLocation(asFolder(place), recordName);
    try {
      const { bytes } = await readWhole(stores, location, {
        maxBytes: largestRecord,
        ...(signal === undefined ? {} : { signal }),
      });
      const record = parseRecord(Buffer.from(bytes).toString());
      if (record === undefined) return none(`${displayLocation(location)} is no record of a run`);
      if (Date.parse(record.startedAt) < Date.parse(run.timeAccepted) - clockSlack) {
        return none(`${displayLocation(location)} is that of an earlier run`);
      }
      return { folder: displayLocation(place), record, why: undefined };
    } catch (error) {
      if (!(error instanceof NbjobError)) throw error;
      if (error.reason !== "not-found") return none(error.message);
    }
  }
  return none("there is no run.json: it may have ended before nbjob began");
}

/** Where a run's outputs go, by its tags, with the names that Data Science gives it. */
export function outputsOf(run: RunIdentity): Location | undefined {
  const written = run.freeformTags?.[lineageTags.outputs];
  if (written === undefined || written.startsWith("…")) return undefined;
  const known: Readonly<Record<string, string>> = {
    JOB_RUN_OCID: run.id,
    JOB_OCID: run.jobId,
    PROJECT_OCID: run.projectId,
    JOB_RUN_COMPARTMENT_OCID: run.compartmentId,
  };
  const expanded = written.replaceAll(/\$\{(\w+)\}/g, (match, name: string) => known[name] ?? match);
  try {
    return parseLocation(expanded);
  } catch {
    return undefined;
  }
}
