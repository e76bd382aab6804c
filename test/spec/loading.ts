/** Loads job files from text, for tests: in /jobs, called from /here. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { loadJobFile, type LoadJobFileOptions } from "../../src/spec/load.ts";
import type { JobSpec } from "../../src/spec/jobspec.ts";
import type { Location } from "../../src/storage/location.ts";
import { NbjobError, type Problem } from "../../src/text/errors.ts";

export type Given = Partial<Pick<LoadJobFileOptions, "env" | "overrides" | "parametersTexts">>;

export async function load(text: string | Uint8Array, given: Given = {}): Promise<JobSpec> {
  return loadJobFile(typeof text === "string" ? Buffer.from(text) : text, {
    location: { kind: "file", path: "/jobs/job.yaml" },
    workingFolder: { kind: "file", path: "/here/" },
    env: {},
    ...given,
  });
}

/** Where the work lies, unless it is a repository. */
export function locationOf({ work }: JobSpec): Location | undefined {
  return work === undefined || work.kind === "repository" ? undefined : work.location;
}

/** Every problem that the text is refused with. */
export async function problemsOf(text: string | Uint8Array, given: Given = {}): Promise<readonly Problem[]> {
  const error: unknown = await load(text, given).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof NbjobError, error === undefined ? "it was not refused" : inspect(error));
  assert.equal(error.reason, "invalid-job-file");
  assert.ok(error.problems.length > 0);
  for (const problem of error.problems) assert.match(problem.message, /[.?!]$/);
  return error.problems;
}

/** A job file that is right, with more lines from line 3 on. */
export function job(lines: string): string {
  return `noteBook: a.ipynb\noutputFolder: out\n${lines}\n`;
}
