import { type Grant, readBucket, readSecret, writeBucket } from "../oci/grants.ts";
import {
  anyPrincipal,
  dynamicGroup,
  inCompartment,
  type PolicyOptions,
  type Statement,
  statement,
} from "./statement.ts";
import type { Uses } from "./uses.ts";

/** What a job run itself may do. */
export function ofJobRuns(uses: Uses, options: PolicyOptions): readonly Statement[] {
  const { broad, compartment } = options;
  const runs = broad ? anyPrincipal("datasciencejobrun") : dynamicGroup(`${options.name}-job-runs`);
  const own = inCompartment(uses.compartmentId ?? compartment, "OCID of the compartment of the job");
  const allow = (action: string, conditions: readonly string[], what: string, why: string): Statement =>
    statement(runs, { action, conditions }, inCompartment(compartment, `OCID of the compartment of ${what}`), why);
  const grant = ({ action, conditions }: Grant, what: string, why: string): Statement =>
    allow(action, conditions, what, why);
  const common = [
    ...(uses.repository === undefined
      ? []
      : [
          allow(
            "read repos",
            [`target.repo.name='${uses.repository}'`],
            `repository ${uses.repository}`,
            "The job run's own principal pulls the image.",
          ),
        ]),
    ...uses.secrets.map((secret) =>
      grant(readSecret(secret), `secret ${nameOf(secret)}`, "The job file names this secret of Vault."),
    ),
    ...(uses.mountsFileSystems
      ? [
          allow(
            "use file-family",
            [],
            "the mounted file systems",
            "infrastructure.mounts has file systems (Oracle does not say what the least is: if mounts fail, ask for more).",
          ),
        ]
      : []),
  ];
  if (broad) {
    const blog = (action: string, why: string): Statement => statement(runs, { action, conditions: [] }, own, why);
    return [
      blog("manage data-science-family", "Job runs may make and follow other job runs."),
      blog("manage object-family", "Job runs read the work and its inputs, and write outputs."),
      blog("manage log-groups", "Job runs write logs, and make them where there are none."),
      blog("manage log-content", "Job runs write logs."),
      ...common,
    ];
  }
  const logGroup = uses.logGroupId === undefined ? [] : [`target.loggroup.id='${uses.logGroupId}'`];
  return [
    ...common,
    ...uses.readBuckets.map((bucket) =>
      grant(
        readBucket(bucket),
        `bucket ${bucket}`,
        "The job file, the work or what it needs is read from this bucket.",
      ),
    ),
    ...(uses.outputBucket === undefined
      ? []
      : [grant(writeBucket(uses.outputBucket), `bucket ${uses.outputBucket}`, "outputFolder is in this bucket.")]),
    ...uses.mountedBuckets.flatMap((bucket) => [
      allow(
        "manage objects",
        [`target.bucket.name='${bucket}'`],
        `bucket ${bucket}`,
        "infrastructure.mounts has this bucket; read instead of manage where the work only reads it.",
      ),
      allow(
        "read buckets",
        [`target.bucket.name='${bucket}'`],
        `bucket ${bucket}`,
        "Mounting looks at the bucket itself.",
      ),
    ]),
    ...(!uses.logs
      ? []
      : [
          allow("use log-content", logGroup, "the log group", "The job run's log lines are written to logGroupId."),
          ...(uses.makesLogs
            ? [allow("manage log-groups", logGroup, "the log group", "Without logId, each run has a log made for it.")]
            : []),
        ]),
  ];
}

function nameOf(secret: string): string {
  return secret.startsWith("vault:") ? secret.slice(Math.max(secret.lastIndexOf("/") + 1, "vault:".length)) : secret;
}
