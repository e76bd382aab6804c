import type { Work } from "../spec/jobspec.ts";
import { displayLocation, type Location, nameOf } from "../storage/location.ts";

/** Where work lies that is a file or a folder; undefined for none, and for a repository. */
export function workLocation(work: Work | undefined): Location | undefined {
  return work === undefined || work.kind === "repository" ? undefined : work.location;
}

/** The checksum that the job file pins. */
export function pinnedSha256(work: Work | undefined): string | undefined {
  return work === undefined || work.kind === "repository" ? undefined : work.sha256;
}

/** What a job that runs it is called where nothing else is said: the work's name without its ending. */
export function workName(work: Work | undefined): string {
  const location = workLocation(work);
  const name = work?.kind === "repository" ? work.git.shown.replace(/\/+$/, "").replace(/^.*[/:]/, "") : "";
  return (location === undefined ? name : nameOf(location)).replace(/(?<=.)\.(tar\.\w+|[^.]+)$/i, "") || "nbjob";
}

/** As a tag says it. */
export function shownWork(work: Work | undefined): string | undefined {
  const location = workLocation(work);
  if (work?.kind !== "repository") return location === undefined ? undefined : displayLocation(location);
  const { shown, commit, branch } = work.git;
  const at = commit ?? branch;
  return at === undefined ? shown : `${shown}@${at}`;
}
