/**
 * What OCI must allow for what nbjob does: the one place that names verbs and resource types. Failures tell a grant as
 * the statement that would mend them, and `nbjob policies` writes all that a job file needs.
 */
import type { Credentials } from "./auth/credentials.ts";

export interface Grant {
  /** Verb and resource type, as in `read objects`. */
  readonly action: string;
  /** Whose compartment it is in, as in `the bucket's compartment`. */
  readonly compartment: string;
  readonly conditions: readonly string[];
}

/** Reading and listing the objects of a bucket. */
export function readBucket(bucket: string): Grant {
  return ofBucket("read objects", bucket);
}

/** Writing objects also replaces and deletes them: checkpoints, and the probe that proves the bucket can be written. */
export function writeBucket(bucket: string): Grant {
  return ofBucket("manage objects", bucket);
}

function ofBucket(action: string, bucket: string): Grant {
  return { action, compartment: "the bucket's compartment", conditions: [`target.bucket.name='${bucket}'`] };
}

/** @param written a secret's OCID, `vault:name` or `vault:<vault OCID>/name` */
export function readSecret(written: string): Grant {
  const name = written.slice(written.lastIndexOf("/") + 1).replace(/^vault:/, "");
  const condition = written.startsWith("vault:") ? `target.secret.name='${name}'` : `target.secret.id='${written}'`;
  return { action: "read secret-bundles", compartment: "the secret's compartment", conditions: [condition] };
}

/** What Data Science's jobs, job runs or schedules ask for. */
export function dataScience(verb: "manage" | "read", what: "jobs" | "job-runs" | "schedules"): Grant {
  return { action: `${verb} data-science-${what}`, compartment: "the job's compartment", conditions: [] };
}

/** Searching the log of a job run. */
export const readLogs: Grant = {
  action: "read log-content",
  compartment: "the log group's compartment",
  conditions: [],
};

const principals = {
  "job run": "datasciencejobrun",
  instance: "dynamic-group <the instance's dynamic group>",
  user: "group <the user's group>",
} as const;

/** The statement that would allow it, with the least that is needed. */
export function remedyStatement(grant: Grant, { principal }: Pick<Credentials, "principal">): string {
  const rest = `${grant.action} in compartment <${grant.compartment}>`;
  if (principal !== "job run") return `allow ${principals[principal]} to ${rest}${whereOf(grant.conditions)}`;
  const conditions = [`request.principal.type='${principals[principal]}'`, ...grant.conditions];
  return `allow any-user to ${rest}${whereOf(conditions)}`;
}

/** ` where …`, or nothing. */
export function whereOf(conditions: readonly string[]): string {
  if (conditions.length === 0) return "";
  return ` where ${conditions.length === 1 ? conditions[0] : `ALL {${conditions.join(", ")}}`}`;
}
