/**
 * Has task schedules fire. One is awake while it is enabled and its workspace active; what came due while it was not is
 * made up for where it is backfilled, and else forgotten. Without daylight adjustment a zone keeps its standard time.
 */
import { isRecord } from "../http/exchange.ts";
import type { Table } from "../state/journal.ts";
import type { Recurring } from "../time/clock.ts";
import { nextOf, type Recurrence } from "../time/recurrence.ts";
import { zoneOf, type Zone } from "../time/zone.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { recurrenceOf } from "./frequency.ts";
import { textOf, type Body, type StoredObject } from "./objects.ts";
import { isActive } from "./rules.ts";
import { units } from "./runs/rest-task.ts";

export class Firing implements Recurring {
  readonly #cloud: DataIntegration;
  /** The moment up to which each task schedule has fired. */
  readonly #firedUpTo: Table<number>;
  readonly #awake = new Set<string>();
  readonly #reckoned = new Map<string, { readonly from: string; readonly next: number | undefined }>();

  constructor(cloud: DataIntegration) {
    this.#cloud = cloud;
    this.#firedUpTo = cloud.options.journal.table<number>("difirings");
    cloud.clock.recur(this);
  }

  next(): number | undefined {
    const times = this.#due().map(({ next }) => next);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  run(time: number): void {
    for (let due = this.#due(); due.some(({ next }) => next <= time); due = this.#due()) {
      for (const { taskSchedule, next } of due) {
        if (next > time) continue;
        this.#firedUpTo.put(taskSchedule.key, next);
        void this.#cloud.clock.track(this.#fire(taskSchedule));
      }
    }
  }

  setBack(time: number): void {
    for (const [key, fired] of this.#firedUpTo.entries()) if (fired > time) this.#firedUpTo.put(key, time);
  }

  /** A schedule or task schedule was made or edited: it counts from now on. */
  changed(object: StoredObject): void {
    const { key, kind } = object;
    for (const taskSchedule of this.#all()) {
      if (taskSchedule.key !== key && !(kind === "schedules" && scheduleKey(taskSchedule) === key)) continue;
      const { isBackfillEnabled, startTimeMillis } = taskSchedule.body;
      const backfilled = isBackfillEnabled === true;
      const known = this.#firedUpTo.get(taskSchedule.key);
      const since = backfilled && typeof startTimeMillis === "number" ? startTimeMillis - 1 : this.#cloud.clock.now();
      this.#firedUpTo.put(taskSchedule.key, backfilled ? (known ?? since) : since);
    }
  }

  #all(): readonly StoredObject[] {
    return this.#cloud.objects.all().filter(({ kind }) => kind === "taskSchedules");
  }

  #due(): readonly { readonly taskSchedule: StoredObject; readonly next: number }[] {
    return this.#all().flatMap((taskSchedule) => {
      if (!this.#wake(taskSchedule)) return [];
      const next = this.#nextOf(taskSchedule);
      return next === undefined ? [] : [{ taskSchedule, next }];
    });
  }

  /** Whether it is awake; when it wakes, it forgets what it slept through, or not. */
  #wake({ key, workspace, body }: StoredObject): boolean {
    const active = this.#cloud.workspaces.get(workspace).lifecycleState === "ACTIVE";
    const awake = active && body.isEnabled !== false;
    if (!awake) this.#awake.delete(key);
    else if (!this.#awake.has(key)) {
      this.#awake.add(key);
      const { clock } = this.#cloud;
      if (body.isBackfillEnabled !== true)
        this.#firedUpTo.put(key, Math.max(clock.now(), this.#firedUpTo.get(key) ?? 0));
    }
    return awake;
  }

  #nextOf(taskSchedule: StoredObject): number | undefined {
    const schedule = this.#cloud.objects.byKey(scheduleKey(taskSchedule));
    if (schedule === undefined) return undefined;
    const { startTimeMillis: start, endTimeMillis: end } = taskSchedule.body;
    const fired = this.#firedUpTo.get(taskSchedule.key) ?? this.#cloud.clock.now();
    const after = Math.max(fired, typeof start === "number" ? start - 1 : fired);
    const from = `${after} ${taskSchedule.version} ${schedule.key} ${schedule.version}`;
    const known = this.#reckoned.get(taskSchedule.key);
    if (known?.from === from) return known.next;
    const found = nextAfter(schedule.body, after);
    const next = found !== undefined && typeof end === "number" && found > end ? undefined : found;
    this.#reckoned.set(taskSchedule.key, { from, next });
    return next;
  }

  /** Runs the task, and again where it fails and may be tried again. */
  async #fire(taskSchedule: StoredObject): Promise<void> {
    const { clock, objects, runs } = this.#cloud;
    const published = objects.byKey(taskSchedule.aggregator ?? "");
    if (published === undefined) return;
    const { body, createdBy: by } = taskSchedule;
    const { key, workspace, application } = taskSchedule;
    const running = objects
      .list({ kind: "taskRuns", workspace, application })
      .some((run) => isRecord(run.body.taskSchedule) && run.body.taskSchedule.key === key && isActive(run));
    const retries = Number(body.retryAttempts ?? 0);
    const delay = Number(body.retryDelay ?? 0) * (units[textOf(body, "retryDelayUnit") ?? "SECONDS"] ?? 1000);
    for (let retryAttempt = 0; ; retryAttempt++) {
      const wanted = { published, by, body: { ...runBody(taskSchedule), retryAttempt } };
      if (running && body.isConcurrentAllowed !== true) {
        runs.refuse(wanted, "The task schedule does not allow concurrent runs, and its last one is not over.");
        return;
      }
      const { ended } = runs.start(wanted);
      const run = await clock.rest(ended);
      if (run.body.status !== "ERROR" || retryAttempt >= retries || clock.signal.aborted) return;
      await clock.sleep(delay);
    }
  }
}

/** The first moment after `after` in which a schedule fires. */
function nextAfter(
  { frequencyDetails, timezone, isDaylightAdjustmentEnabled }: Body,
  after: number,
): number | undefined {
  if (!isRecord(frequencyDetails)) return undefined;
  const recurrence: Recurrence = recurrenceOf(frequencyDetails);
  const zone: Zone = zoneOf(typeof timezone === "string" ? timezone : "UTC", isDaylightAdjustmentEnabled === true);
  return nextOf(recurrence, zone, after);
}

function scheduleKey({ body }: StoredObject): string {
  return isRecord(body.scheduleRef) ? (textOf(body.scheduleRef, "key") ?? "") : "";
}

/** What a run takes from its task schedule. */
function runBody({ key, body }: StoredObject): Body {
  const { name, identifier, configProviderDelegate, authMode, expectedDuration, expectedDurationUnit } = body;
  return {
    taskSchedule: { modelType: "TASK_SCHEDULE", key, name, identifier },
    ...(configProviderDelegate === undefined ? {} : { configProvider: configProviderDelegate }),
    ...(authMode === undefined ? {} : { authMode }),
    ...(expectedDuration === undefined ? {} : { expectedDuration, expectedDurationUnit }),
  };
}
