import type { JobRunSummary } from "../oci/datascience/models.ts";
import { outcomeOf } from "../launch/watch/outcome.ts";

/** How lines call a run. */
export function nameOfRun({ displayName, id }: Pick<JobRunSummary, "displayName" | "id">): string {
  return displayName === undefined || displayName === "" ? id : displayName;
}

/** `3m`, `2h5m`, `4d`: as kubectl tells ages. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10 && minutes % 60 !== 0) return `${hours}h${minutes % 60}m`;
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/** One run as a row of a table, and as JSON. */
export interface RunRow {
  readonly name: string;
  readonly state: string;
  readonly exitCode: number | null;
  readonly ageMs: number;
  readonly durationMs: number | null;
  readonly details: string;
  readonly id: string;
}

export function rowOf(run: JobRunSummary, now: number): RunRow {
  const { lifecycleState: state, lifecycleDetails: details, timeAccepted, timeStarted, timeFinished } = run;
  const end = timeFinished === undefined ? now : Date.parse(timeFinished);
  return {
    name: nameOfRun(run),
    state,
    exitCode: outcomeOf(state, details)?.exitCode ?? null,
    ageMs: now - Date.parse(timeAccepted),
    durationMs: timeStarted === undefined ? null : end - Date.parse(timeStarted),
    details: details ?? "",
    id: run.id,
  };
}
