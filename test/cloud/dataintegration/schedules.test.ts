/** Schedules that fire on the cloud's clock, through time zones and daylight saving. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import fc from "fast-check";
import type { models } from "oci-dataintegration";
import { frequencyOf, nextRuns, parseCron as parseUsersCron } from "../../../src/schedule/cron/index.ts";
import { makeBench, publish, restTask, type Bench } from "../clients/integration.ts";
import { startCloud, type Cloud } from "../cloud.ts";
import { Refusal } from "../http/refusal.ts";
import { dayLength, dayOf, nextOf } from "../time/recurrence.ts";
import { wallAt, zoneOf } from "../time/zone.ts";
import { recurrenceOf } from "./frequency.ts";
import type { Body } from "./objects.ts";

const minute = 60_000;
const hour = 60 * minute;
const zones = [
  "UTC",
  "Europe/London",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Pacific/Auckland",
  "America/St_Johns",
];

/** The first times after a moment, as UTC shows them. */
function firings(details: Body, zone: string, from: string, count: number, daylight = true): readonly string[] {
  const recurrence = recurrenceOf(details);
  const place = zoneOf(zone, daylight);
  const found: string[] = [];
  for (let time = Date.parse(from); found.length < count;) {
    const next = nextOf(recurrence, place, time);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    time = next;
  }
  return found;
}

const at = (hours: number, minutes = 0): Body => ({ hour: hours, minute: minutes, second: 0 });
const custom = (customExpression: string): Body => ({ modelType: "CUSTOM", customExpression });

suite("when schedules fire", () => {
  test("a daily schedule keeps its time of day; a time that is skipped is later, one that comes twice is once", () => {
    const daily = { modelType: "DAILY", interval: 1, time: at(2, 30) };
    assert.deepEqual(firings(daily, "America/New_York", "2026-03-07T00:00Z", 3), [
      "2026-03-07T07:30",
      "2026-03-08T07:30",
      "2026-03-09T06:30",
    ]);
    const twice = { modelType: "DAILY", interval: 1, time: at(1, 30) };
    assert.deepEqual(firings(twice, "America/New_York", "2026-11-01T00:00Z", 2), [
      "2026-11-01T05:30",
      "2026-11-02T06:30",
    ]);
    assert.deepEqual(firings(daily, "America/New_York", "2026-07-01T00:00Z", 1, false), ["2026-07-01T07:30"]);
  });

  test("an hourly schedule follows the clock", () => {
    const hourly = { modelType: "HOURLY", interval: 1, time: { minute: 15 } };
    assert.deepEqual(firings(hourly, "America/New_York", "2026-11-01T05:00Z", 3), [
      "2026-11-01T05:15",
      "2026-11-01T06:15",
      "2026-11-01T07:15",
    ]);
    const third = { modelType: "HOURLY", interval: 8, time: { minute: 0 } };
    assert.deepEqual(firings(third, "UTC", "2026-01-01T00:00Z", 3), [
      "2026-01-01T08:00",
      "2026-01-01T16:00",
      "2026-01-02T00:00",
    ]);
  });

  test("weekly and monthly frequencies", () => {
    const weekly = { modelType: "WEEKLY", days: ["SUNDAY", "WEDNESDAY"], time: at(6) };
    assert.deepEqual(firings(weekly, "UTC", "2026-01-01T00:00Z", 2), ["2026-01-04T06:00", "2026-01-07T06:00"]);
    const monthly = { modelType: "MONTHLY", interval: 1, days: [31], time: at(0) };
    assert.deepEqual(firings(monthly, "UTC", "2026-01-01T00:00Z", 3), [
      "2026-01-31T00:00",
      "2026-03-31T00:00",
      "2026-05-31T00:00",
    ]);
    const rule = (weekOfMonth: string): Body => ({
      modelType: "MONTHLY_RULE",
      interval: 1,
      weekOfMonth,
      dayOfWeek: "FRIDAY",
      time: at(12),
    });
    assert.deepEqual(firings(rule("SECOND"), "UTC", "2026-01-01T00:00Z", 2), ["2026-01-09T12:00", "2026-02-13T12:00"]);
    assert.deepEqual(firings(rule("LAST"), "UTC", "2026-01-01T00:00Z", 2), ["2026-01-30T12:00", "2026-02-27T12:00"]);
  });

  test("in five fields Monday is 1 and Sunday 7; in six Sunday is 1", () => {
    assert.deepEqual(firings(custom("0 9 * * 1"), "UTC", "2026-01-01T00:00Z", 1), ["2026-01-05T09:00"]);
    assert.deepEqual(firings(custom("0 9 * * 7"), "UTC", "2026-01-01T00:00Z", 1), ["2026-01-04T09:00"]);
    assert.deepEqual(firings(custom("0 0 9 ? * 1"), "UTC", "2026-01-01T00:00Z", 1), ["2026-01-04T09:00"]);
    assert.deepEqual(firings(custom("0 23 15 * *"), "UTC", "2026-01-01T00:00Z", 1), ["2026-01-15T23:00"]);
    assert.deepEqual(firings(custom("0 0 30 2 *"), "UTC", "2026-01-01T00:00Z", 1), []);
  });

  test("what is due more often than every 30 minutes, and what is no cron, is refused", () => {
    const wrong = [
      "*/15 * 15 * *",
      "0,20 * * * *",
      "10 0/5 * * * ?",
      "* * * * *",
      "59 23 * * 0",
      "0 9 * * MON",
      "0 24 * * *",
    ];
    for (const text of [
      ...wrong,
      "0 9 * *",
      "0 9 * * 1-8",
      "",
      "5/30 * * * *",
      "*/0 * * * *",
      "0 9 31-1 * *",
      "0 0 9 1 * 1",
    ]) {
      assert.throws(() => recurrenceOf(custom(text)), Refusal, text);
    }
    recurrenceOf(custom("*/30 * 15 * *"));
    // 23:50 and 00:10 are 20 minutes apart, unless the days are.
    assert.throws(() => recurrenceOf(custom("50,10 0,23 * * *")), Refusal);
    assert.throws(() => recurrenceOf({ modelType: "WEEKLY", days: [], time: at(1) }), Refusal);
    assert.throws(() => recurrenceOf({ modelType: "DAILY", time: at(25) }), Refusal);
  });

  const anyMoment = fc.date({ min: new Date("2000-01-01"), max: new Date("2040-01-01"), noInvalidDate: true });
  const field = (most: number, least = 0): fc.Arbitrary<string> =>
    fc.oneof(
      fc.constant("*"),
      fc.integer({ min: least, max: most }).map(String),
      fc
        .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 3 })
        .map((list) => list.join(",")),
    );
  const anyCron = fc
    .tuple(fc.constantFrom("0", "30", "0,30", "7", "59", "*/30"), field(23), field(28, 1), field(12, 1), field(6))
    .map((fields) => fields.join(" "));

  test("property: nothing fires but when the zone's clock shows it, and nothing is left out", () => {
    const anyHours = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        anyHours,
        fc.integer({ min: 0, max: 59 }),
        fc.constantFrom(...zones),
        anyMoment,
        (interval, minutes, zone, from) => {
          const recurrence = recurrenceOf({ modelType: "HOURLY", interval, time: { minute: minutes } });
          const place = zoneOf(zone);
          const next = nextOf(recurrence, place, from.getTime()) ?? 0;
          const wall = wallAt(place, next);
          // Where the clock skips the time, it is later; no clock of these is set by more than an hour.
          const shown = recurrence.times.some((time) => {
            const late = ((wall % dayLength) - time * 1000 + dayLength) % dayLength;
            return late === 0 || (!recurrence.everyHour && late <= hour);
          });
          assert.ok(shown);
          assert.ok(
            next > from.getTime() &&
              next - from.getTime() <= (interval + 1) * hour + 24 * hour * Number(24 % interval > 0),
          );
          const due = (instant: number): boolean => {
            const seen = wallAt(place, instant);
            return (
              recurrence.onDay(dayOf(Math.floor(seen / dayLength))) &&
              recurrence.times.includes((seen % dayLength) / 1000)
            );
          };
          const first = Math.ceil((from.getTime() + 1) / minute) * minute;
          for (let instant = first; instant < next; instant += minute) {
            // What comes twice may have fired the first time.
            assert.ok(
              !due(instant) || (!recurrence.everyHour && due(instant - hour)) || due(instant - hour / 2),
              new Date(instant).toISOString(),
            );
          }
        },
      ),
    );
  });

  test("property: what nbjob makes of a user's cron fires when nbjob says that it will", () => {
    fc.assert(
      fc.property(anyCron, fc.constantFrom(...zones), anyMoment, (cron, timezone, from) => {
        fc.pre("cron" in parseUsersCron(cron));
        const expected = nextRuns({ cron, timezone }, from, 3).map((time) => time.toISOString().slice(0, 16));
        assert.deepEqual(firings(frequencyOf({ cron, timezone }), timezone, from.toISOString(), 3), expected, cron);
      }),
    );
  });
});

suite("task schedules", () => {
  let cloud: Cloud;
  let bench: Bench;
  let published: string;
  let counter = 0;

  before(async () => {
    cloud = await startCloud({ clock: { frozen: true, start: Date.UTC(2026, 0, 5) } });
    bench = await makeBench(cloud);
    const { client, workspaceId, projectKey } = bench;
    const url = `https://objectstorage.${cloud.region}.oraclecloud.com/n/${cloud.namespace}/b/bucket/o/\${OBJECT}`;
    await cloud.storage.putBytes("bucket", "there", Buffer.from("{}"));
    const createTaskDetails = restTask(projectKey, { url, parameters: { OBJECT: "there" } });
    const { task } = await client.createTask({ workspaceId, createTaskDetails });
    published = await publish(bench, task.key ?? "");
  });

  after(() => cloud.close());

  interface Sketch extends Partial<Omit<models.CreateTaskScheduleDetails, "retryDelayUnit">> {
    readonly object?: string;
    readonly frequency?: object;
    readonly aggregatorKey?: string;
  }

  /** Makes a schedule of every day at noon, and a task schedule of it. */
  async function scheduled({
    object,
    frequency,
    aggregatorKey = published,
    ...more
  }: Sketch = {}): Promise<models.TaskSchedule> {
    const { client, workspaceId, applicationKey } = bench;
    const place = { workspaceId, applicationKey };
    const identifier = `S_${++counter}`;
    const frequencyDetails = frequency ?? { modelType: "DAILY", frequency: "DAILY", interval: 1, time: at(12) };
    const createScheduleDetails = {
      name: identifier,
      identifier,
      timezone: "UTC",
      frequencyDetails,
    } as models.CreateScheduleDetails;
    const { schedule } = await client.createSchedule({ ...place, createScheduleDetails });
    const createTaskScheduleDetails = {
      name: identifier,
      identifier,
      isEnabled: true,
      scheduleRef: { modelType: "SCHEDULE", key: schedule.key ?? "", name: identifier, identifier, objectStatus: 1 },
      registryMetadata: { aggregatorKey },
      ...(object !== undefined && { configProviderDelegate: { bindings: { OBJECT: { simpleValue: object } } } }),
      ...more,
    };
    return (await client.createTaskSchedule({ ...place, createTaskScheduleDetails })).taskSchedule;
  }

  async function runsOf({ key }: models.TaskSchedule): Promise<readonly models.TaskRun[]> {
    const { client, workspaceId, applicationKey } = bench;
    const place = { workspaceId, applicationKey };
    const { taskRunSummaryCollection } = await client.listTaskRuns({ ...place });
    const all = await Promise.all(
      taskRunSummaryCollection.items.map(
        async ({ key: taskRunKey = "" }) => (await client.getTaskRun({ ...place, taskRunKey })).taskRun,
      ),
    );
    return all.filter(({ taskSchedule }) => taskSchedule?.key === key);
  }

  const statuses = async (schedule: models.TaskSchedule): Promise<readonly string[]> =>
    (await runsOf(schedule)).map(
      ({ status, startTimeMillis }) => `${new Date(startTimeMillis ?? 0).toISOString().slice(5, 16)} ${status}`,
    );

  async function edit(
    { key: taskScheduleKey = "" }: models.TaskSchedule,
    changes: Partial<models.UpdateTaskScheduleDetails>,
  ): Promise<void> {
    const { client, workspaceId, applicationKey } = bench;
    const place = { workspaceId, applicationKey, taskScheduleKey };
    const { taskSchedule } = await client.getTaskSchedule(place);
    const { objectVersion = 0 } = taskSchedule;
    const updateTaskScheduleDetails = { key: taskScheduleKey, objectVersion, ...changes };
    await client.updateTaskSchedule({ ...place, updateTaskScheduleDetails });
  }

  test("a task schedule runs its task with its values, when the clock shows its time", async () => {
    await cloud.clock.set("2026-01-10T00:00:00Z");
    const schedule = await scheduled({
      object: "there",
      authMode: "RESOURCE_PRINCIPAL" as models.CreateTaskScheduleDetails.AuthMode,
    });
    const failing = await scheduled({ object: "absent" });
    await cloud.clock.set("2026-01-10T11:59:59Z");
    assert.deepEqual(await statuses(schedule), []);
    await cloud.clock.set("2026-01-12T12:01:00Z");
    assert.deepEqual(await statuses(schedule), ["01-10T12:00 SUCCESS", "01-11T12:00 SUCCESS", "01-12T12:00 SUCCESS"]);
    assert.deepEqual(await statuses(failing), ["01-10T12:00 ERROR", "01-11T12:00 ERROR", "01-12T12:00 ERROR"]);
    const [run] = await runsOf(schedule);
    assert.equal(run?.authMode, "RESOURCE_PRINCIPAL");
    const { client, workspaceId, applicationKey } = bench;
    const place = { workspaceId, applicationKey, taskScheduleKey: schedule.key ?? "" };
    const { taskSchedule } = await client.getTaskSchedule(place);
    assert.equal(taskSchedule.lastRunDetails?.lastRunTimeMillis, Date.UTC(2026, 0, 12, 12));
    assert.equal(taskSchedule.scheduleRef?.timezone, "UTC");
    for (const { key = "" } of [schedule, failing]) await client.deleteTaskSchedule({ ...place, taskScheduleKey: key });
  });

  test("it fires between its start and end only, and not while it is disabled", async () => {
    await cloud.clock.set("2026-02-01T00:00:00Z");
    const [start, end] = [Date.UTC(2026, 1, 2, 12), Date.UTC(2026, 1, 6)];
    const schedule = await scheduled({ startTimeMillis: start, endTimeMillis: end });
    await cloud.clock.set("2026-02-03T00:00:00Z");
    await edit(schedule, { isEnabled: false });
    await cloud.clock.set("2026-02-04T00:00:00Z");
    await edit(schedule, { isEnabled: true });
    await cloud.clock.set("2026-02-10T00:00:00Z");
    assert.deepEqual(await statuses(schedule), ["02-02T12:00 SUCCESS", "02-04T12:00 SUCCESS", "02-05T12:00 SUCCESS"]);
  });

  test("what was slept through is made up for where it is backfilled", async () => {
    await cloud.clock.set("2026-03-01T00:00:00Z");
    const [plain, backfilled] = [await scheduled(), await scheduled({ isBackfillEnabled: true })];
    const { client, workspaceId } = bench;
    await client.stopWorkspace({ workspaceId });
    await cloud.clock.set("2026-03-03T13:00:00Z");
    await client.startWorkspace({ workspaceId });
    await cloud.clock.advance(minute);
    assert.deepEqual(await statuses(plain), []);
    assert.deepEqual((await runsOf(backfilled)).length, 3);
    for (const schedule of [plain, backfilled]) await edit(schedule, { isEnabled: false });
  });

  test("a run that fails is tried again, as often and as late as the task schedule says", async () => {
    await cloud.clock.set("2026-04-01T00:00:00Z");
    const unit = { retryDelayUnit: "MINUTES" as models.CreateTaskScheduleDetails.RetryDelayUnit };
    const schedule = await scheduled({ object: "absent", numberOfRetries: 2, retryDelay: 10, ...unit });
    assert.deepEqual([schedule.retryAttempts, "numberOfRetries" in schedule], [2, false]);
    await cloud.clock.set("2026-04-02T00:00:00Z");
    assert.deepEqual(await statuses(schedule), ["04-01T12:00 ERROR", "04-01T12:10 ERROR", "04-01T12:20 ERROR"]);
    assert.deepEqual(
      (await runsOf(schedule)).map(({ retryAttempt }) => retryAttempt),
      [0, 1, 2],
    );
    await edit(schedule, { isEnabled: false });
  });

  test("a run that would be concurrent is an error, unless that is allowed", async () => {
    await cloud.clock.set("2026-05-01T00:00:00Z");
    const { client, workspaceId, projectKey } = bench;
    const url = `https://objectstorage.${cloud.region}.oraclecloud.com/n/${cloud.namespace}/b/bucket/o/there`;
    const poll = { url, condition: "SYS.RESPONSE_STATUS == 200", interval: 600, maximum: 90 * 60 };
    const createTaskDetails = restTask(projectKey, { identifier: "LONG", url, poll });
    const { task } = await client.createTask({ workspaceId, createTaskDetails });
    const aggregatorKey = await publish(bench, task.key ?? "");
    const frequency = { modelType: "HOURLY", frequency: "HOURLY", interval: 1, time: { minute: 0 } };
    const alone = await scheduled({ aggregatorKey, frequency });
    const together = await scheduled({ aggregatorKey, frequency, isConcurrentAllowed: true });
    await cloud.clock.set("2026-05-01T02:10:00Z");
    assert.deepEqual(await statuses(alone), ["05-01T01:00 RUNNING", "05-01T02:00 ERROR"]);
    assert.deepEqual(await statuses(together), ["05-01T01:00 RUNNING", "05-01T02:00 RUNNING"]);
    for (const schedule of [alone, together]) await edit(schedule, { isEnabled: false });
  });

  test("the clock is moved from another process too", async () => {
    await cloud.clock.set("2026-06-01T00:00:00Z");
    const schedule = await scheduled();
    const headers = { "content-type": "application/json" };
    const move = { method: "POST", headers, body: JSON.stringify({ time: "2026-06-01T12:30:00Z" }) };
    const answer: unknown = await (await fetch(`${cloud.url}/_clock`, move)).json();
    assert.deepEqual(answer, { time: "2026-06-01T12:30:00.000Z", frozen: true });
    assert.deepEqual(await statuses(schedule), ["06-01T12:00 SUCCESS"]);
  });

  test("a schedule that is used cannot be deleted, and one with a zone or frequency that is none cannot be made", async () => {
    const { client, workspaceId, applicationKey } = bench;
    const place = { workspaceId, applicationKey };
    const { scheduleRef } = await scheduled({ isEnabled: false });
    const scheduleKey = scheduleRef?.key ?? "";
    await assert.rejects(client.deleteSchedule({ ...place, scheduleKey }), { statusCode: 409 });
    const details = { name: "n", identifier: "N", timezone: "Europe/Atlantis" };
    await assert.rejects(client.createSchedule({ ...place, createScheduleDetails: details }), { statusCode: 400 });
    await assert.rejects(scheduled({ frequency: { modelType: "CUSTOM", customExpression: "*/15 * * * *" } }), {
      statusCode: 400,
    });
  });
});
