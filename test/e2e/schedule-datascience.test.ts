/** `nbjob schedule --with data-science`: the same plan and commands on Data Science's own schedules. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { folder, run, type Ended } from "../support/program.ts";

interface Setting {
  readonly cloud: Cloud;
  readonly schedule: (...words: readonly string[]) => Promise<Ended>;
}

const start = Date.UTC(2026, 0, 5, 12);

async function setting(t: TestContext, more = ""): Promise<Setting> {
  const cloud = await startCloud({ clock: { start } });
  t.after(() => cloud.close());
  const job = [
    `noteBook: oci://bucket@${cloud.namespace}/n.ipynb`,
    `outputFolder: oci://bucket@${cloud.namespace}/out/`,
    `projectId: ${cloud.project}`,
    `compartmentId: ${cloud.compartment}`,
    "infrastructure: {image: iad.ocir.io/ns/nbjob:1, maximumRuntime: 2h}",
    `schedule: {cron: "30 2 * * SUN,TUE", with: data-science${more}}`,
  ];
  const cwd = await folder(t, { "nightly.yaml": job.join("\n") });
  return { cloud, schedule: (...words) => run(["schedule", ...words], { cwd, env: cloud.env }) };
}

function writes(cloud: Cloud): readonly string[] {
  return cloud.requests
    .list({ path: "/20190101/" })
    .filter(({ method }) => method !== "GET")
    .map(({ operation }) => operation);
}

function variables(cloud: Cloud): readonly (Readonly<Record<string, string>> | null | undefined)[] {
  return [...cloud.dataScience.runs.values()].map(({ effective }) => effective.configuration.environmentVariables);
}

test("it is planned, made, changed and left alone like the other", async (t) => {
  const { cloud, schedule } = await setting(t);
  const made = await schedule("nightly.yaml", "--yes", "-p", "name", 'a "quoted" name');
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /\+ Data Science job +n\n.*\+ Data Science schedule +nightly\n/s);
  assert.deepEqual(writes(cloud), ["CreateJob", "CreateSchedule"]);
  const again = await schedule("nightly.yaml", "-p", "name", 'a "quoted" name');
  assert.match(again.stdout, /Nothing to do\./);
  assert.deepEqual(writes(cloud), ["CreateJob", "CreateSchedule"]);
  const changed = await schedule("nightly.yaml", "--yes", "--set", "schedule.cron=0 3 * * *");
  assert.equal(changed.code, 0, changed.stderr);
  assert.match(
    changed.stdout,
    /~ Data Science schedule +nightly\n +trigger\.cronExpression: "30 2 \* \* 2,7" → "0 3 \* \* \*"\n/,
  );
  assert.deepEqual(writes(cloud), ["CreateJob", "CreateSchedule", "UpdateSchedule"]);
});

test("it fires, is listed, paused, resumed, run at once and deleted", async (t) => {
  const { cloud, schedule } = await setting(t);
  cloud.runs.script = () => ({});
  assert.equal((await schedule("nightly.yaml", "--yes", "-p", "name", 'a "quoted" name')).code, 0);
  const listed = await schedule("list", "--with", "data-science", "--compartment-id", cloud.compartment);
  assert.match(listed.stdout, /^nightly +enabled +cron 30 2 \* \* 2,7 +UTC +2026-01-06T02:30:00Z/m);
  assert.match((await schedule("pause", "nightly.yaml")).stdout, /nightly is paused\./);
  await cloud.clock.advance(24 * 3_600_000);
  assert.equal(variables(cloud).length, 0);
  assert.match((await schedule("nightly.yaml", "-p", "name", 'a "quoted" name')).stdout, /Nothing to do/);
  assert.match((await schedule("resume", "nightly.yaml")).stdout, /runs by its schedule\./);
  cloud.clock.freeze();
  await cloud.clock.set("2026-01-11T02:30:00Z");
  assert.deepEqual(
    variables(cloud).map((all) => all?.["NBJOB_PARAMETERS"]),
    ['{"name": "a \\"quoted\\" name"}'],
  );
  cloud.clock.thaw();
  const now = await schedule("run-now", "nightly.yaml", "-p", "name", "now");
  assert.match(now.stdout, /^ocid1\.datasciencejobrun\./);
  assert.equal(variables(cloud)[1]?.["NBJOB_PARAMETERS"], '{"name": "now"}');
  await cloud.runs.ended(now.stdout.trim());
  const runs: unknown = JSON.parse((await schedule("runs", "nightly.yaml", "--json")).stdout);
  assert.partialDeepStrictEqual(runs, [{ state: "SUCCEEDED", id: now.stdout.trim() }, { state: "SUCCEEDED" }]);
  const deleted = await schedule("delete", "nightly.yaml", "--yes");
  assert.match(deleted.stdout, /- Data Science schedule +nightly\n/);
  assert.match((await schedule("list", "nightly.yaml")).stdout, /There are no schedules/);
});

test("one that is not enabled is made so", async (t) => {
  const { cloud, schedule } = await setting(t, ", enabled: false");
  const { code, stderr } = await schedule("nightly.yaml", "--yes");
  assert.equal(code, 0, stderr);
  assert.equal(writes(cloud).at(-1), "DeactivateSchedule");
  assert.match((await schedule("nightly.yaml")).stdout, /It is not enabled.*Nothing to do/s);
});

test("what Data Science has no words for is refused before anything is made", async (t) => {
  const { cloud, schedule } = await setting(t, ", timezone: Europe/London, retries: 2, catchUp: true");
  const { code, stderr } = await schedule("nightly.yaml", "--yes");
  assert.equal(code, 78);
  for (const each of [/time zones \(schedule\.timezone: Europe\/London\)/, /retries/, /catching up/]) {
    assert.match(stderr, each);
  }
  assert.deepEqual(writes(cloud), []);
});
