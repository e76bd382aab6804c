import { dataScience, readBucket, readLogs, writeBucket } from "../oci/grants.ts";
import { group, inCompartment, type PolicyOptions, type Statement, statement, type Subject } from "./statement.ts";
import type { Uses } from "./uses.ts";
import { words } from "./words.ts";

/** What people or machines may do that launch, watch and schedule. */
export function ofLaunchers(uses: Uses, options: PolicyOptions): readonly Statement[] {
  const { broad, compartment } = options;
  const launchers = group(options.group ?? { what: "name of the group that launches" });
  const own = inCompartment(uses.compartmentId ?? compartment, "OCID of the compartment of the job");
  const here = (action: string, why: string): Statement => statement(launchers, { action, conditions: [] }, own, why);
  const elsewhere = (action: string, conditions: readonly string[], what: string, why: string): Statement =>
    statement(launchers, { action, conditions }, inCompartment(compartment, `OCID of the compartment of ${what}`), why);
  const { outputBucket } = uses;
  const logGroup = uses.logGroupId === undefined ? [] : [`target.loggroup.id='${uses.logGroupId}'`];
  return [
    ...(broad
      ? [here("manage data-science-family", "launch makes jobs and job runs, watches and cancels them.")]
      : [
          statement(launchers, dataScience("manage", "jobs"), own, "launch makes the job, or finds it again."),
          statement(
            launchers,
            dataScience("manage", "job-runs"),
            own,
            "launch, watch, cancel and delete act on job runs.",
          ),
          here("read data-science-projects", "The job is made in projectId."),
        ]),
    ...(outputBucket === undefined ? [] : [bucketOfLaunch(outputBucket, uses.launchWrites, launchers, compartment)]),
    ...(!uses.logs
      ? []
      : [
          elsewhere("read log-groups", logGroup, "the log group", "launch and logs look up the log group."),
          elsewhere(readLogs.action, logGroup, "the log group", "launch and logs show the runs' logs."),
        ]),
    ...network(uses, options, launchers),
    statement(
      launchers,
      { action: "read resource-availability", conditions: [] },
      words`tenancy`,
      "launch looks at service limits before it makes anything; it goes on without.",
    ),
    ...(uses.schedule === undefined ? [] : scheduling(uses.schedule.with, here)),
  ];
}

function bucketOfLaunch(bucket: string, writes: boolean, who: Subject, compartment: string | undefined): Statement {
  const why = writes
    ? "launch uploads what lies here, keeps the state of a sweep, and reads run.json at the end."
    : "launch reads run.json at the end.";
  const scope = inCompartment(compartment, `OCID of the compartment of bucket ${bucket}`);
  return statement(who, writes ? writeBucket(bucket) : readBucket(bucket), scope, why);
}

/** Custom networking: both who makes the run and the service itself put a network card into the subnet. */
function network(uses: Uses, { compartment }: PolicyOptions, launchers: Subject): readonly Statement[] {
  if (!uses.subnet) return [];
  const scope = inCompartment(compartment, "OCID of the compartment of the subnet");
  const grant = { action: "use virtual-network-family", conditions: [] };
  const service: Subject = { words: words`service datascience`, conditions: [] };
  return [
    statement(launchers, grant, scope, "The job runs in infrastructure.subnetId."),
    statement(service, grant, scope, "Data Science puts the job run into infrastructure.subnetId."),
  ];
}

function scheduling(
  scheduler: "data-integration" | "data-science",
  here: (action: string, why: string) => Statement,
): readonly Statement[] {
  if (scheduler === "data-science")
    return [here(dataScience("manage", "schedules").action, "schedule makes the schedule.")];
  return [
    here("manage dis-workspaces", "schedule makes the workspace, or what it needs in one."),
    here("manage dis-work-requests", "schedule waits for the workspace that it makes."),
  ];
}
