/** Data Science's own schedules: their triggers, their states, and the job runs that they create. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { execa } from "execa";
import fc from "fast-check";
import { ConfigFileAuthenticationDetailsProvider, NoRetryConfigurationDetails } from "oci-common";
import { DataScienceClient, type models } from "oci-datascience";
import { venvOrSkip } from "../../../support/venv.ts";
import { startCloud, type Cloud } from "../../cloud.ts";
import { Refusal } from "../../http/refusal.ts";
import { nextFiring, settleTrigger, type Trigger } from "./trigger.ts";

/** The first times in which a trigger fires that was made at a moment. */
function firings(trigger: Trigger, made: string, count: number): readonly string[] {
  const { start } = settleTrigger(trigger, Date.parse(made));
  const found: string[] = [];
  for (let after = Date.parse(made) - 1; found.length < count;) {
    const next = nextFiring(trigger, start, after);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    after = next;
  }
  return found;
}

const cron = (cronExpression: string): Trigger => ({ triggerType: "CRON", cronExpression });
const ical = (recurrence: string): Trigger => ({ triggerType: "ICAL", recurrence });

suite("triggers of Data Science's schedules", () => {
  test("cron is UNIX's: Sunday is 0 and 7, Monday 1, and names are known", () => {
    for (const sunday of ["0 9 * * 0", "0 9 * * 7", "0 9 * * sun"]) {
      assert.deepEqual(firings(cron(sunday), "2026-01-01T00:00Z", 1), ["2026-01-04T09:00"], sunday);
    }
    assert.deepEqual(firings(cron("*/20 0 1 JAN-MAR *"), "2026-01-15T00:00Z", 2), [
      "2026-02-01T00:00",
      "2026-02-01T00:20",
    ]);
    assert.deepEqual(firings(cron("0 0 13 * 5"), "2026-02-01T00:00Z", 3), [
      "2026-02-06T00:00",
      "2026-02-13T00:00",
      "2026-02-20T00:00",
    ]);
    for (const wrong of ["0 9 * *", "0 9 * * 8", "60 * * * *", "0 0 9 ? * 1", "@daily"]) {
      assert.throws(() => settleTrigger(cron(wrong), 0), Refusal, wrong);
    }
  });

  test("recurrence rules", () => {
    const made = "2026-01-01T10:20Z";
    assert.deepEqual(firings(ical("FREQ=DAILY;INTERVAL=2;BYHOUR=6;BYMINUTE=0"), made, 2), [
      "2026-01-03T06:00",
      "2026-01-05T06:00",
    ]);
    assert.deepEqual(firings(ical("RRULE:FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=7;BYMINUTE=30"), made, 2), [
      "2026-01-02T07:30",
      "2026-01-05T07:30",
    ]);
    assert.deepEqual(firings(ical("FREQ=MONTHLY;BYDAY=-1FR"), made, 2), ["2026-01-30T10:20", "2026-02-27T10:20"]);
    assert.deepEqual(firings(ical("FREQ=MONTHLY;BYMONTHDAY=-1"), made, 2), ["2026-01-31T10:20", "2026-02-28T10:20"]);
    assert.deepEqual(firings(ical("FREQ=YEARLY;COUNT=2"), made, 9), ["2026-01-01T10:20", "2027-01-01T10:20"]);
    assert.deepEqual(firings(ical("FREQ=HOURLY;INTERVAL=7"), made, 3), [
      "2026-01-01T10:20",
      "2026-01-01T17:20",
      "2026-01-02T00:20",
    ]);
    assert.deepEqual(firings(ical("FREQ=DAILY;UNTIL=20260102T235959Z"), made, 9), [
      "2026-01-01T10:20",
      "2026-01-02T10:20",
    ]);
    const london = "DTSTART;TZID=Europe/London:20260328T090000\nRRULE:FREQ=DAILY";
    assert.deepEqual(firings(ical(london), made, 2), ["2026-03-28T09:00", "2026-03-29T08:00"]);
    for (const wrong of [
      "",
      "DAILY",
      "FREQ=SECONDLY",
      "FREQ=DAILY;BYSETPOS=1",
      "FREQ=DAILY;INTERVAL=0",
      "FREQ=WEEKLY;BYDAY=XX",
      "FREQ=WEEKLY;BYMONTHDAY=1",
    ]) {
      assert.throws(() => settleTrigger(ical(wrong), 0), Refusal, wrong);
    }
  });

  test("property: recurrence rules mean what they mean to dateutil", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    const list = (name: string, values: fc.Arbitrary<string | number>): fc.Arbitrary<string> =>
      fc.uniqueArray(values, { maxLength: 3 }).map((some) => (some.length === 0 ? "" : `;${name}=${some.join(",")}`));
    const number = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).filter((n) => n !== 0);
    const anyRule = fc
      .tuple(
        fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"),
        fc.integer({ min: 1, max: 5 }),
        list("BYMONTH", number(1, 12)),
        list("BYMONTHDAY", number(-31, 31)),
        list("BYDAY", fc.constantFrom("MO", "TU", "WE", "TH", "FR", "SA", "SU")),
        list("BYHOUR", fc.integer({ min: 0, max: 23 })),
        list("BYMINUTE", fc.integer({ min: 0, max: 59 })),
        fc.constantFrom("", ";COUNT=3", ";UNTIL=20270101T000000Z"),
      )
      .map(([frequency, interval, ...parts]) => `FREQ=${frequency};INTERVAL=${interval}${parts.join("")}`)
      .filter((rule) => !/WEEKLY.*BYMONTHDAY/.test(rule));
    const rules = fc.sample(anyRule, 60);
    const script = join(import.meta.dirname, "..", "..", "clients", "rrule.py");
    const start = "2026-01-07T10:20:00Z";
    const { stdout } = await execa(python, [script], { input: JSON.stringify([start, rules]) });
    const expected: readonly (readonly string[])[] = JSON.parse(stdout);
    for (const [index, rule] of rules.entries()) {
      const found = firings(ical(rule), start, 5).filter((time) => time < "2036");
      assert.deepEqual(found, expected[index], rule);
    }
  });

  test("intervals count from the start, which may be put off at random", () => {
    const every: Trigger = {
      triggerType: "INTERVAL",
      frequency: "HOURLY",
      interval: 6,
      timeStart: "2026-01-02T01:00:00Z",
    };
    assert.deepEqual(firings(every, "2026-01-01T00:00Z", 2), ["2026-01-02T01:00", "2026-01-02T07:00"]);
    assert.deepEqual(firings({ ...every, timeEnd: "2026-01-02T06:59:59Z" }, "2026-01-01T00:00Z", 9), [
      "2026-01-02T01:00",
    ]);
    const late = settleTrigger({ ...every, isRandomStartTime: true, initialJitterInMinutes: 30 }, 0);
    assert.ok(late.jitter <= 30 * 60_000 && late.start === Date.parse("2026-01-02T01:00:00Z") + late.jitter);
    assert.throws(() => settleTrigger({ ...every, isRandomStartTime: true, initialJitterInMinutes: 361 }, 0), Refusal);
    assert.throws(() => settleTrigger({ ...every, timeEnd: "2026-01-01T00:00:00Z" }, 0), Refusal);
  });

  test("property: what fires next is later, and nothing is between", () => {
    const moment = fc.date({ min: new Date("2020-01-01"), max: new Date("2035-01-01"), noInvalidDate: true });
    const hourly = fc.integer({ min: 1, max: 50 }).map((n) => ical(`FREQ=HOURLY;INTERVAL=${n}`));
    const interval = fc
      .integer({ min: 1, max: 50 })
      .map((n): Trigger => ({ triggerType: "INTERVAL", frequency: "HOURLY", interval: n }));
    fc.assert(
      fc.property(
        fc.oneof(hourly, interval, fc.constant(cron("5 * * * *"))),
        moment,
        fc.nat(1e9),
        (trigger, made, later) => {
          const { start } = settleTrigger(trigger, made.getTime());
          const at = made.getTime() + later;
          const next = nextFiring(trigger, start, at) ?? 0;
          assert.ok(next > at);
          assert.equal(nextFiring(trigger, start, next - 1), next);
          assert.equal(nextFiring(trigger, start, at + Math.floor((next - 1 - at) / 2)), next);
        },
      ),
    );
  });
});

suite("Data Science's schedules", () => {
  let cloud: Cloud;
  let client: DataScienceClient;
  let jobId: string;

  before(async () => {
    cloud = await startCloud({ clock: { frozen: true, start: Date.UTC(2026, 0, 5) } });
    const authenticationDetailsProvider = new ConfigFileAuthenticationDetailsProvider(cloud.configFile);
    client = new DataScienceClient(
      { authenticationDetailsProvider },
      { retryConfiguration: NoRetryConfigurationDetails },
    );
    client.endpoint = cloud.url;
    const createJobDetails = {
      projectId: cloud.project,
      compartmentId: cloud.compartment,
      jobConfigurationDetails: { jobType: "DEFAULT" },
      jobInfrastructureConfigurationDetails: {
        jobInfrastructureType: "ME_STANDALONE",
        shapeName: "VM.Standard2.1",
        blockStorageSizeInGBs: 50,
      },
      jobEnvironmentConfigurationDetails: { jobEnvironmentType: "OCIR_CONTAINER", image: "iad.ocir.io/n/i:1" },
    };
    jobId = (await client.createJob({ createJobDetails })).job.id;
    cloud.runs.script = () => ({ exitCode: 0 });
  });

  after(() => cloud.close());

  async function scheduled(trigger: object, more: object = {}): Promise<models.Schedule> {
    const { project: projectId, compartment: compartmentId } = cloud;
    const createJobRunDetails = { projectId, compartmentId, jobId, displayName: "scheduled", ...more };
    const action = { actionType: "HTTP", actionDetails: { httpActionType: "CREATE_JOB_RUN", createJobRunDetails } };
    // The SDK's types know the trigger by its kind only.
    const details = { displayName: "s", projectId, compartmentId, trigger, action } as models.CreateScheduleDetails;
    const { schedule } = await client.createSchedule({ createScheduleDetails: details });
    await cloud.clock.advance(1000);
    return schedule;
  }

  const look = async ({ id: scheduleId }: models.Schedule): Promise<models.Schedule> =>
    (await client.getSchedule({ scheduleId })).schedule;

  const runs = async (): Promise<readonly models.JobRunSummary[]> =>
    (await client.listJobRuns({ compartmentId: cloud.compartment, displayName: "scheduled" })).items;

  test("create job runs when they are due, as principals of their own", async () => {
    const schedule = await scheduled(cron("0 12 * * *"));
    assert.equal(schedule.lifecycleState, "CREATING");
    assert.equal(String((await look(schedule)).timeNextScheduledRun), "2026-01-05T12:00:00.000Z");
    await cloud.clock.set("2026-01-06T13:00:00Z");
    assert.equal((await runs()).length, 2);
    const { lifecycleState, timeLastScheduleRun, lastScheduleRunDetails, timeNextScheduledRun } = await look(schedule);
    assert.equal(lifecycleState, "ACTIVE");
    assert.equal(String(timeLastScheduleRun), "2026-01-06T12:00:00.000Z");
    assert.equal(String(timeNextScheduledRun), "2026-01-07T12:00:00.000Z");
    assert.ok((await runs()).some(({ id }) => id === lastScheduleRunDetails));
    const [request] = cloud.requests.list({ operation: "CreateJobRun" });
    assert.equal(request?.principal, `resource ${schedule.id}`);
    assert.equal(request?.headers.host, `datascience.${cloud.region}.oci.oraclecloud.com`);
    await client.deleteSchedule({ scheduleId: schedule.id });
    await cloud.clock.set("2026-01-08T13:00:00Z");
    assert.equal((await look(schedule)).lifecycleState, "DELETED");
    assert.equal((await runs()).length, 2);
  });

  test("do nothing while they are inactive, and follow their new trigger once they are edited", async () => {
    await cloud.clock.set("2026-02-01T00:00:00Z");
    const before = (await runs()).length;
    const schedule = await scheduled(cron("0 * * * *"));
    const { id: scheduleId } = schedule;
    await client.deactivateSchedule({ scheduleId });
    await cloud.clock.set("2026-02-02T00:30:00Z");
    assert.equal((await look(schedule)).lifecycleState, "INACTIVE");
    await assert.rejects(client.deactivateSchedule({ scheduleId }), { statusCode: 409 });
    const updateScheduleDetails = {
      trigger: { triggerType: "CRON", cronExpression: "15 3 * * *" },
    } as models.UpdateScheduleDetails;
    await client.updateSchedule({ scheduleId, updateScheduleDetails });
    await cloud.clock.advance(1000);
    await client.activateSchedule({ scheduleId });
    await cloud.clock.set("2026-02-03T00:00:00Z");
    assert.equal((await runs()).length, before + 1);
    assert.equal(String((await look(schedule)).timeLastScheduleRun), "2026-02-02T03:15:00.000Z");
    await client.deleteSchedule({ scheduleId });
    await cloud.clock.advance(1000);
  });

  test("keep what their call was refused with", async () => {
    await cloud.clock.set("2026-03-01T00:00:00Z");
    const schedule = await scheduled(cron("0 1 * * *"), { jobId: "ocid1.datasciencejob.oc1.iad.absent" });
    await cloud.clock.set("2026-03-01T01:00:00Z");
    assert.match((await look(schedule)).lastScheduleRunDetails ?? "", /^404: .*NotAuthorizedOrNotFound/);
    cloud.policy.deny({ principal: "datascienceschedule" });
    await cloud.clock.set("2026-03-02T01:00:00Z");
    assert.match((await look(schedule)).lastScheduleRunDetails ?? "", /^404/);
    cloud.policy.clear();
    await assert.rejects(scheduled(cron("every day")), { statusCode: 400 });
  });
});
