import type { DataScience } from "../../oci/datascience/client.ts";
import type { CreateJobRunDetails } from "../../oci/datascience/models.ts";
import type { Schedule, Schedules } from "../../oci/datascience/schedules.ts";
import { NbjobError } from "../../text/errors.ts";
import { isMarked } from "../mark.ts";
import type { RunRow, Scheduler, ScheduleRow } from "../scheduler.ts";
import type { RunOverrides } from "../task/payload.ts";
import { scheduleNamed } from "./resource.ts";

/** As many as a screen holds. */
const shownRuns = 20;

/** Schedules of Data Science in a compartment. */
export class ScienceScheduler implements Scheduler {
  readonly place: string;
  readonly #schedules: Schedules;
  readonly #science: DataScience;
  readonly #compartmentId: string;

  constructor(schedules: Schedules, science: DataScience, compartmentId: string) {
    this.#schedules = schedules;
    this.#science = science;
    this.#compartmentId = compartmentId;
    this.place = "the compartment";
  }

  async list(): Promise<readonly ScheduleRow[]> {
    const rows: ScheduleRow[] = [];
    for (const { id } of await this.#schedules.list(this.#compartmentId)) {
      const each = await this.#schedules.get(id);
      if (!isMarked(each.description)) continue;
      rows.push({
        name: each.displayName,
        enabled: each.lifecycleState === "ACTIVE",
        when: "cronExpression" in each.trigger ? `cron ${each.trigger.cronExpression}` : each.trigger.triggerType,
        timezone: "UTC",
        next: dateOf(each.timeNextScheduledRun),
        last: dateOf(each.timeLastScheduleRun),
      });
    }
    return rows;
  }

  async runs(name: string): Promise<readonly RunRow[]> {
    const { jobId, displayName } = runOf(await this.#named(name));
    const rows: RunRow[] = [];
    for await (const run of this.#science.listJobRuns({ compartmentId: this.#compartmentId, jobId })) {
      if (run.displayName !== displayName) continue;
      rows.push({
        id: run.id,
        state: run.lifecycleState,
        started: dateOf(run.timeStarted) ?? dateOf(run.timeAccepted),
        ended: dateOf(run.timeFinished),
        message: run.lifecycleDetails ?? "",
      });
      if (rows.length === shownRuns) break;
    }
    return rows;
  }

  async runNow(name: string, overrides: RunOverrides | undefined): Promise<string> {
    const details = runOf(await this.#named(name));
    const run = overrides === undefined ? details : withOverrides(details, overrides);
    return (await this.#science.createJobRun(run)).id;
  }

  async enable(name: string, enabled: boolean): Promise<boolean> {
    const { id, lifecycleState } = await this.#named(name);
    if ((lifecycleState === "ACTIVE") === enabled) return false;
    await (enabled ? this.#schedules.activate(id) : this.#schedules.deactivate(id));
    return true;
  }

  async #named(name: string): Promise<Schedule> {
    const found = await scheduleNamed(this.#schedules, { compartmentId: this.#compartmentId, name });
    if (found !== undefined) return found;
    throw new NbjobError("not-found", `There is no Data Science schedule ${name} in ${this.place}.`, {
      remedy: "nbjob schedule list --with data-science shows those that are there.",
    });
  }
}

/** The run that a schedule starts. */
function runOf({ displayName, action: { actionDetails } }: Schedule): CreateJobRunDetails {
  if ("createJobRunDetails" in actionDetails) return actionDetails.createJobRunDetails;
  throw new NbjobError("refused", `The schedule ${displayName} starts no job run.`);
}

function withOverrides(details: CreateJobRunDetails, { parameters, settings }: RunOverrides): CreateJobRunDetails {
  const given = details.jobConfigurationOverrideDetails;
  const variables = given !== undefined && "environmentVariables" in given ? given.environmentVariables : {};
  return {
    ...details,
    jobConfigurationOverrideDetails: {
      ...given,
      jobType: "DEFAULT",
      environmentVariables: { ...variables, NBJOB_PARAMETERS: parameters, NBJOB_SET: settings },
    },
  };
}

function dateOf(time: string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
