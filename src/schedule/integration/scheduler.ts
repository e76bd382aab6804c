import type { models } from "oci-dataintegration";
import type { DataIntegration } from "../../oci/dataintegration/client.ts";
import {
  applications,
  findObject,
  listObjects,
  schedules,
  taskSchedules,
  updateObject,
} from "../../oci/dataintegration/objects.ts";
import { type ApplicationPlace, publishedObject } from "../../oci/dataintegration/publications.ts";
import { startTaskRun, taskRun, taskRuns } from "../../oci/dataintegration/task-runs.ts";
import type { DataScience } from "../../oci/datascience/client.ts";
import type { Wire } from "../../oci/wire.ts";
import { NbjobError } from "../../text/errors.ts";
import { identifierOf } from "../identifier.ts";
import { Refs } from "../plan/resource.ts";
import type { Services } from "../services.ts";
import type { RunRow, Scheduler, ScheduleRow } from "../scheduler.ts";
import { embed } from "../task/embed.ts";
import type { RunOverrides } from "../task/payload.ts";
import type { IntegrationPlace } from "./desired.ts";
import { whenOf } from "./when.ts";
import { workspaceResource } from "./workspace.ts";

type TaskSchedule = Wire<models.TaskSchedule> & { readonly key: string };
type Timing = Wire<models.Schedule> & { readonly key: string };
type TaskScheduleSummary = Wire<models.TaskScheduleSummary> & { readonly key: string };

/** As many as a screen holds. */
const shownRuns = 20;

/** Schedules of an application of Data Integration. */
export class IntegrationScheduler implements Scheduler {
  readonly place: string;
  readonly #di: DataIntegration;
  readonly #science: DataScience;
  readonly #place: IntegrationPlace;
  #found: Promise<ApplicationPlace> | undefined;

  constructor({ integration, science }: Pick<Services, "integration" | "science">, place: IntegrationPlace) {
    this.#di = integration;
    this.#science = science;
    this.#place = place;
    this.place = `the application ${place.application} of the workspace ${place.workspace}`;
  }

  async list(): Promise<readonly ScheduleRow[]> {
    const { workspaceId, application } = await this.#application();
    // A task schedule names its schedule by key alone.
    const timings = new Map<string, Timing>();
    for await (const each of listObjects<Timing>(this.#di, schedules(workspaceId, application)))
      timings.set(each.key, each);
    const rows: ScheduleRow[] = [];
    for await (const each of listObjects<TaskScheduleSummary>(this.#di, taskSchedules(workspaceId, application))) {
      const timing = timings.get(each.scheduleRef?.key ?? "") ?? each.scheduleRef;
      rows.push({
        name: each.name ?? each.identifier ?? each.key,
        enabled: each.isEnabled ?? false,
        when: whenOf(timing?.frequencyDetails),
        timezone: timing?.timezone ?? "UTC",
        next: dateOf(each.nextRunTimeMillis),
        last: dateOf(each.lastRunDetails?.lastRunTimeMillis),
      });
    }
    return rows;
  }

  async runs(name: string): Promise<readonly RunRow[]> {
    const place = await this.#application();
    const rows: RunRow[] = [];
    for await (const { key = "" } of taskRuns(this.#di, place, await this.#published(name))) {
      const run = await taskRun(this.#di, place, key);
      rows.push({
        id: key,
        state: run.status ?? "UNKNOWN",
        started: dateOf(run.startTimeMillis),
        ended: dateOf(run.endTimeMillis),
        message: await this.#told([run.errorMessage ?? "", ...(run.executionErrors ?? [])]),
      });
      if (rows.length === shownRuns) break;
    }
    return rows;
  }

  /** What a task says of its failure is the job run's last answer: the run itself tells more, in fewer words. */
  async #told(messages: readonly string[]): Promise<string> {
    const message = [...new Set(messages)].filter((text) => text !== "").join("; ");
    const [id] = /ocid1\.datasciencejobrun\.[\w.-]+/.exec(message) ?? [];
    if (id === undefined) return message;
    try {
      const { lifecycleState, lifecycleDetails = "" } = await this.#science.getJobRun(id);
      return `${lifecycleState}: ${lifecycleDetails} (job run ${id})`;
    } catch (error) {
      // It may be deleted, or not ours to see.
      if (error instanceof NbjobError) return message;
      throw error;
    }
  }

  async runNow(name: string, overrides: RunOverrides | undefined): Promise<string> {
    const values =
      overrides === undefined ? {} : { PARAMETERS: embed(overrides.parameters), SETTINGS: embed(overrides.settings) };
    return (await startTaskRun(this.#di, await this.#application(), await this.#published(name), values)).key ?? "";
  }

  async enable(name: string, isEnabled: boolean): Promise<boolean> {
    const { workspaceId, application } = await this.#application();
    const collection = taskSchedules(workspaceId, application);
    const found = await findObject<TaskSchedule>(this.#di, collection, identifierOf(name));
    if (found === undefined) throw this.#missing(name);
    if (found.isEnabled === isEnabled) return false;
    await updateObject(this.#di, collection, found, { ...writable(found), isEnabled });
    return true;
  }

  #application(): Promise<ApplicationPlace> {
    this.#found ??= this.#find();
    return this.#found;
  }

  async #find(): Promise<ApplicationPlace> {
    const workspace = await workspaceResource(this.#di, this.#place).find(new Refs());
    const identifier = identifierOf(this.#place.application);
    const application =
      workspace === undefined ? undefined : await findObject(this.#di, applications(workspace.key), identifier);
    if (workspace === undefined || application === undefined) {
      const missing = workspace === undefined ? `workspace ${this.#place.workspace}` : this.place.replace(/^the /, "");
      throw new NbjobError("not-found", `There is no ${missing}.`, {
        remedy: "nbjob schedule JOBFILE makes it; --workspace and --application name another one.",
      });
    }
    return { workspaceId: workspace.key, application: application.key };
  }

  async #published(name: string): Promise<string> {
    const found = await publishedObject(this.#di, await this.#application(), identifierOf(name));
    if (found === undefined) throw this.#missing(name);
    return found.key;
  }

  #missing(name: string): NbjobError {
    return new NbjobError("not-found", `There is no schedule ${name} in ${this.place}.`, {
      remedy: "nbjob schedule list shows those that are there.",
    });
  }
}

/** What is read, as it is written: a change sends all of it, and leaves all but one thing as it is. */
function writable(found: TaskSchedule): Readonly<Record<string, unknown>> {
  const { retryAttempts, lastRunDetails: _, metadata, ...rest } = found;
  return { ...rest, numberOfRetries: retryAttempts, registryMetadata: { aggregatorKey: metadata?.aggregatorKey } };
}

function dateOf(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined || milliseconds === 0 ? undefined : new Date(milliseconds);
}
