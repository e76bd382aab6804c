import { displayUrl } from "../storage/location/display.ts";
import type { GitSource } from "./jobspec.ts";
import type { Reader } from "./reader.ts";
import type { JobFileDocument } from "./schema/jobfile.ts";

/** `git:` of a job file; undefined with a problem. */
export function readGit(given: NonNullable<JobFileDocument["git"]>, reader: Reader): GitSource | undefined {
  const { sshKey } = given;
  const written = reader.expanded(["git", "url"]);
  const branch = given.branch === undefined ? undefined : readRevision("branch", reader);
  const commit = given.commit === undefined ? undefined : readRevision("commit", reader);
  if (written === undefined || branch === null || commit === null) return undefined;
  // An address of a scheme, or ssh's own host:path; anything else is a path, as git has it.
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\/|^[^/]+:/.test(written)) {
    const shown = written.includes("://") ? displayUrl(written) : written;
    return { url: written, shown, local: /^file:/i.test(written), branch, commit, sshKey };
  }
  const location = reader.location(["git", "url"]);
  if (location === undefined) return undefined;
  if (location.kind !== "file") {
    reader.complain(["git", "url"], "git.url is a path, and the job file is not on this machine.", "Write https://….");
    return undefined;
  }
  return { url: location.path, shown: location.path, local: true, branch, commit, sshKey };
}

/** Null with a problem. */
function readRevision(key: "branch" | "commit", reader: Reader): string | null {
  const path = ["git", key];
  const value = reader.expanded(path);
  if (value === undefined) return null;
  if (/^[^-\s~^:?*[\\][^\s~^:?*[\\]*$/.test(value)) return value;
  reader.complain(path, `git.${key} is not the name of a ${key}.`);
  return null;
}
