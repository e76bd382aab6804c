/** Data Science's own schedules: each makes its call, as a principal of its own, whenever its trigger fires. */
import { randomUUID } from "node:crypto";
import type { Principal } from "../../auth/principal.ts";
import { isRecord } from "../../http/exchange.ts";
import { notAuthorizedOrNotFound } from "../../http/refusal.ts";
import { CallFailed, type Caller } from "../../identity/caller.ts";
import type { Journal, Table } from "../../state/journal.ts";
import { newOcid } from "../../state/ocid.ts";
import type { Clock, Recurring } from "../../time/clock.ts";
import { base } from "../wire.ts";
import { nextFiring, settleTrigger, type Trigger } from "./trigger.ts";

export interface ScheduleDetails {
  readonly displayName: string;
  readonly description?: string | null;
  readonly projectId: string;
  readonly compartmentId: string;
  readonly trigger: Trigger;
  readonly action: { readonly actionType: "HTTP"; readonly actionDetails: Readonly<Record<string, unknown>> };
  readonly logDetails?: object | null;
  readonly freeformTags?: object | null;
  readonly definedTags?: object | null;
}

export type ScheduleState = "CREATING" | "ACTIVE" | "INACTIVE" | "UPDATING" | "DELETING" | "DELETED" | "FAILED";

export interface StoredSchedule {
  readonly id: string;
  readonly details: ScheduleDetails;
  readonly lifecycleState: ScheduleState;
  readonly etag: string;
  readonly createdBy: string;
  readonly timeCreated: number;
  readonly timeUpdated: number;
  /** Where its trigger counts from. */
  readonly start: number;
  readonly firedUpTo: number;
  readonly lastRun?: { readonly time: number; readonly details: string };
}

export interface SchedulesOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly caller: Caller;
  readonly account: { readonly tenancy: string; readonly region: string };
  readonly regionKey: string;
  /** Milliseconds of the clock that a change takes. */
  readonly delay: number;
}

export class Schedules implements Recurring {
  readonly options: SchedulesOptions;
  readonly #table: Table<StoredSchedule>;
  /** Some expressions take years to search for their next moment. */
  readonly #reckoned = new Map<string, { readonly etag: string; readonly next: number | undefined }>();

  constructor(options: SchedulesOptions) {
    this.options = options;
    this.#table = options.journal.table<StoredSchedule>("schedule");
    // What was under way when the cloud was closed is taken as done.
    for (const { id, lifecycleState } of this.list()) {
      if (lifecycleState === "DELETING") this.#put(id, { lifecycleState: "DELETED" });
      if (lifecycleState === "CREATING" || lifecycleState === "UPDATING") this.#put(id, { lifecycleState: "ACTIVE" });
    }
    options.clock.recur(this);
  }

  list(): readonly StoredSchedule[] {
    return [...this.#table.values()];
  }

  /** @throws {Refusal} 404 */
  get(id: string): StoredSchedule {
    const schedule = this.#table.get(id);
    if (schedule === undefined) throw notAuthorizedOrNotFound();
    return schedule;
  }

  /** @throws {Refusal} 400 for a trigger that cannot be */
  create(details: ScheduleDetails, createdBy: string): StoredSchedule {
    const now = this.options.clock.now();
    const { start } = settleTrigger(details.trigger, now);
    const schedule: StoredSchedule = {
      id: newOcid("datascienceschedule", this.options.regionKey),
      details,
      lifecycleState: "CREATING",
      etag: randomUUID(),
      createdBy,
      timeCreated: now,
      timeUpdated: now,
      start,
      // What counts from its start has its first run then.
      firedUpTo: details.trigger.triggerType === "CRON" ? now : now - 1,
    };
    this.#table.put(schedule.id, schedule);
    this.#become(schedule.id, "ACTIVE");
    return schedule;
  }

  /** @throws {Refusal} 400 for a trigger that cannot be */
  update({ id, details, lifecycleState, start }: StoredSchedule, changes: Partial<ScheduleDetails>): void {
    const now = this.options.clock.now();
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
    const settled = changes.trigger ? settleTrigger(changes.trigger, now).start : start;
    this.#put(id, { details: { ...details, ...given }, lifecycleState: "UPDATING", start: settled, timeUpdated: now });
    this.#become(id, lifecycleState);
  }

  activate({ id }: StoredSchedule): void {
    this.#become(id, "ACTIVE");
  }

  deactivate({ id }: StoredSchedule): void {
    this.#become(id, "INACTIVE");
  }

  delete({ id }: StoredSchedule): void {
    this.#put(id, { lifecycleState: "DELETING" });
    this.#become(id, "DELETED");
  }

  /** When it fires next; undefined where it does not. */
  nextOf({ id, etag, lifecycleState, details, start, firedUpTo }: StoredSchedule): number | undefined {
    if (lifecycleState !== "ACTIVE") return undefined;
    const known = this.#reckoned.get(id);
    if (known?.etag === etag) return known.next;
    const next = nextFiring(details.trigger, start, firedUpTo);
    this.#reckoned.set(id, { etag, next });
    return next;
  }

  next(): number | undefined {
    const times = this.list().map((schedule) => this.nextOf(schedule) ?? Infinity);
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : undefined;
  }

  run(time: number): void {
    for (const schedule of this.list()) {
      const next = this.nextOf(schedule);
      if (next === undefined || next > time) continue;
      // What was missed is not made up for.
      this.#put(schedule.id, { firedUpTo: time });
      void this.options.clock.track(this.#fire(schedule, time));
    }
  }

  setBack(time: number): void {
    for (const { id, firedUpTo } of this.list()) if (firedUpTo > time) this.#put(id, { firedUpTo: time });
  }

  /** Has a schedule be in another state a little later, counting from then on. */
  #become(id: string, lifecycleState: ScheduleState): void {
    const { clock, delay } = this.options;
    const change = async (): Promise<void> => {
      await clock.sleep(delay);
      if (clock.signal.aborted) return;
      const now = clock.now();
      const { firedUpTo, lifecycleState: before } = this.get(id);
      // What is due while it is made is not lost.
      const from = before === "CREATING" ? firedUpTo : Math.max(firedUpTo, now);
      this.#put(id, { lifecycleState, timeUpdated: now, firedUpTo: from });
      clock.changed();
    };
    void clock.track(change());
  }

  #put(id: string, changes: Partial<StoredSchedule>): void {
    this.#table.put(id, { ...this.get(id), ...changes, etag: randomUUID() });
  }

  async #fire({ id, details }: StoredSchedule, time: number): Promise<void> {
    const said = await this.#call(id, details);
    if (!this.options.clock.signal.aborted) this.#put(id, { lastRun: { time, details: said } });
  }

  /** @returns what came of it */
  async #call(id: string, { action, compartmentId }: ScheduleDetails): Promise<string> {
    const { caller, account } = this.options;
    const { httpActionType, createJobRunDetails, createPipelineRunDetails } = action.actionDetails;
    const runs: Readonly<Record<string, readonly [path: string, body: unknown]>> = {
      CREATE_JOB_RUN: ["jobRuns", createJobRunDetails],
      CREATE_PIPELINE_RUN: ["pipelineRuns", createPipelineRunDetails],
    };
    const [path, body] = runs[String(httpActionType)] ?? [];
    if (path === undefined) return `This cloud makes no calls of the type ${String(httpActionType)}.`;
    const principal: Principal = {
      kind: "resource",
      id,
      tenancy: account.tenancy,
      compartment: compartmentId,
      type: "datascienceschedule",
    };
    const url = `https://datascience.${account.region}.oci.oraclecloud.com${base}/${path}`;
    try {
      const answer = await caller.send({ method: "POST", url, headers: {}, payload: JSON.stringify(body) }, principal);
      const made: unknown = answer.status < 300 ? JSON.parse(answer.payload) : undefined;
      return isRecord(made) ? String(made.id) : `${answer.status}: ${answer.payload}`;
    } catch (error) {
      if (error instanceof CallFailed) return error.message;
      throw error;
    }
  }
}
