import { dataScience } from "../oci/grants.ts";
import {
  anyPrincipal,
  dynamicGroup,
  inCompartment,
  type PolicyOptions,
  type Statement,
  statement,
} from "./statement.ts";
import type { ScheduleUses, Uses } from "./uses.ts";
import { words } from "./words.ts";

/** What the scheduler itself may do: Data Integration's workspace or application, or a schedule of Data Science. */
export function ofScheduler(uses: Uses, schedule: ScheduleUses, options: PolicyOptions): readonly Statement[] {
  const scope = inCompartment(uses.compartmentId ?? options.compartment, "OCID of the compartment of the job");
  if (schedule.with === "data-science") return ofDataScience(uses, schedule, options);
  const who =
    schedule.principal === "workspace"
      ? anyPrincipal("disworkspace", schedule.workspaceId ?? { what: "OCID of the Data Integration workspace" })
      : anyPrincipal("disapplication", { what: "OCID of the Data Integration application" });
  const allow = (action: string, why: string): Statement => statement(who, { action, conditions: [] }, scope, why);
  if (options.broad) {
    return [
      allow("manage data-science-family", "Data Integration starts, polls and cancels job runs."),
      allow("manage object-family", "As the posts have it."),
      allow("manage log-groups", "As the posts have it."),
      allow("manage log-content", "As the posts have it."),
    ];
  }
  return [
    allow(dataScience("manage", "job-runs").action, "The REST task starts, polls and cancels the job run."),
    allow(dataScience("read", "jobs").action, "A run is made of the job."),
    allow("read data-science-projects", "A run is made in the job's project."),
  ];
}

function ofDataScience(uses: Uses, schedule: ScheduleUses, options: PolicyOptions): readonly Statement[] {
  const scope = inCompartment(uses.compartmentId ?? options.compartment, "OCID of the compartment of the job");
  const logGroup = uses.logGroupId === undefined ? [] : [`target.loggroup.id='${uses.logGroupId}'`];
  const job = schedule.jobId ?? { what: "OCID of the job" };
  const permissions = "{DATA_SCIENCE_PROJECT_READ, DATA_SCIENCE_JOB_READ, DATA_SCIENCE_JOB_RUN_CREATE}";
  const schedules = {
    ...dynamicGroup(`${options.name}-schedules`),
    conditions: [words`request.principal.scheduleTarget_id='${job}'`],
  };
  return [
    statement(schedules, { action: permissions, conditions: [] }, scope, "The schedule starts runs of this job."),
    ...(!uses.logs
      ? []
      : [
          statement(
            anyPrincipal("datascienceschedule"),
            { action: "use log-content", conditions: logGroup },
            inCompartment(options.compartment, "OCID of the compartment of the log group"),
            "The schedule writes a log of its own.",
          ),
        ]),
  ];
}
