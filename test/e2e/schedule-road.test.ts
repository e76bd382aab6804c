/** The whole road: a schedule's time comes, Data Integration starts a job run, nbjob runs in it, and the outputs are in the bucket. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { ociSession } from "../cloud/clients/oci-session.ts";
import { folder, notebook, run, type Ended } from "../support/program.ts";
import { venvOrSkip } from "../support/venv.ts";

interface Setting {
  readonly cloud: Cloud;
  readonly nbjob: (...words: readonly string[]) => Promise<Ended>;
}

interface RunRow {
  readonly id: string;
  readonly state: string;
  readonly message: string;
}

/** A Monday. */
const start = Date.UTC(2026, 0, 5, 12);
const hour = 3_600_000;

const good = notebook([
  { source: "name = 'none'", tags: ["parameters"] },
  "print(name)\nopen('said.txt', 'w').write(name)",
]);
const bad = notebook(["raise ValueError('no data today')"]);

/** A cloud whose job runs are nbjob itself. */
async function setting(t: TestContext, files: Readonly<Record<string, string>>): Promise<Setting> {
  const cloud = await startCloud({ clock: { start } });
  t.after(() => cloud.close());
  const cwd = await folder(t, { "nightly.yaml": jobFile(cloud), ...files });
  return { cloud, nbjob: (...words) => run(words, { cwd, env: cloud.env }) };
}

function jobFile(cloud: Cloud): string {
  return [
    "noteBook: n.ipynb",
    `outputFolder: oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/`,
    `projectId: ${cloud.project}`,
    `compartmentId: ${cloud.compartment}`,
    "infrastructure: {image: iad.ocir.io/ns/nbjob:1, maximumRuntime: 2h}",
    'schedule: {cron: "30 2 * * MON-FRI", timezone: Europe/London}',
  ].join("\n");
}

function runsOf(cloud: Cloud) {
  return [...cloud.dataScience.runs.values()];
}

/** Lets time pass until so many job runs have ended and whoever polls them has seen it. */
async function passUntilRun(cloud: Cloud, moment: string, count = 1): Promise<readonly string[]> {
  cloud.clock.freeze();
  await cloud.clock.set(moment);
  for (;;) {
    const ids = runsOf(cloud).map(({ id }) => id);
    await Promise.all(ids.map((id) => cloud.runs.ended(id)));
    await cloud.clock.advance(2 * 60_000);
    if (ids.length >= count) return ids;
  }
}

async function rows(nbjob: Setting["nbjob"], command = "schedule", file = "nightly.yaml"): Promise<readonly RunRow[]> {
  const { stdout, stderr, code } = await nbjob(command, "runs", file, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as readonly RunRow[];
}

test("a schedule's time comes: task run, job run, nbjob, outputs in the bucket, SUCCESS", async (t) => {
  const { cloud, nbjob } = await setting(t, { "n.ipynb": good });
  const name = `a "quoted" \\ name\nin two lines with \${JOB_ID} and #{JOB_RUN_ID}, ünïcode`;
  const made = await nbjob("schedule", "nightly.yaml", "--yes", "-p", "name", name);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /\+ Data Science job +n\n/);
  const [id] = await passUntilRun(cloud, "2026-01-06T02:30:00Z");
  assert.deepEqual(await rows(nbjob).then((all) => all.map(({ state }) => state)), ["SUCCESS"]);
  assert.equal((await cloud.storage.bytes("bucket", `out/${id}/said.txt`)).toString(), name);
  assert.ok(cloud.storage.names("bucket").includes(`out/${id}/n.ipynb`));
  // Not at the weekend, and once a day.
  cloud.runs.script = () => ({});
  await cloud.clock.set("2026-01-12T02:29:00Z");
  assert.equal(runsOf(cloud).length, 4, "Tuesday to Friday");
});

test("a notebook that fails makes the task run ERROR, and what it left is in the bucket", async (t) => {
  const { cloud, nbjob } = await setting(t, { "n.ipynb": bad });
  assert.equal((await nbjob("schedule", "nightly.yaml", "--yes")).code, 0);
  const [id] = await passUntilRun(cloud, "2026-01-06T02:30:00Z");
  const [row] = await rows(nbjob);
  assert.equal(row?.state, "ERROR");
  assert.match(row.message, /^FAILED: .*exit code 1\. \(job run ocid1\.datasciencejobrun\./);
  assert.match((await cloud.storage.bytes("bucket", `out/${id}/n.ipynb`)).toString(), /no data today/);
  const table = await nbjob("schedule", "runs", "nightly.yaml");
  assert.match(table.stdout, /^ERROR +2026-01-06T02:30:/m);
});

test("a run at once takes other parameters; a terminated one cancels its job run", async (t) => {
  const { cloud, nbjob } = await setting(t, { "n.ipynb": good });
  assert.equal((await nbjob("schedule", "nightly.yaml", "--yes")).code, 0);
  const started = await nbjob("schedule", "run-now", "nightly.yaml", "-p", "name", 'it\'s "now"');
  assert.equal(started.code, 0, started.stderr);
  const [id] = await passUntilRun(cloud, "2026-01-05T12:10:00Z");
  assert.equal((await cloud.storage.bytes("bucket", `out/${id}/said.txt`)).toString(), `it's "now"`);
  assert.deepEqual(
    (await rows(nbjob)).map(({ id: key, state }) => [key, state]),
    [[started.stdout.trim(), "SUCCESS"]],
  );
  cloud.runs.script = () => ({ milliseconds: hour });
  const second = await nbjob("schedule", "run-now", "nightly", "--compartment-id", cloud.compartment);
  assert.equal(second.code, 0, second.stderr);
  await cloud.clock.advance(60_000);
  const [task] = cloud.dataIntegration.objects.all().filter(({ key }) => key === second.stdout.trim());
  assert.ok(task);
  cloud.dataIntegration.runs.terminate(task, cloud.user);
  await cloud.clock.advance(60_000);
  const states = runsOf(cloud).map(({ lifecycleState }) => lifecycleState);
  assert.deepEqual(states, ["SUCCEEDED", "CANCELED"]);
});

test("a job run that is canceled elsewhere, or waits for a person, ends the task run with ERROR", async (t) => {
  const { cloud, nbjob } = await setting(t, { "n.ipynb": good });
  assert.equal((await nbjob("schedule", "nightly.yaml", "--yes")).code, 0);
  cloud.runs.script = () => ({ milliseconds: hour });
  cloud.clock.freeze();
  await cloud.clock.set("2026-01-06T02:30:00Z");
  await cloud.clock.advance(5_000);
  const [first] = runsOf(cloud);
  assert.ok(first);
  cloud.runs.cancel(first.id);
  await cloud.runs.ended(first.id);
  await cloud.clock.advance(2 * 60_000);
  cloud.runs.script = () => ({ needsAttention: "Look at me." });
  await cloud.clock.set("2026-01-07T02:30:00Z");
  await cloud.clock.advance(5_000);
  const second = runsOf(cloud).find(({ id }) => id !== first.id);
  assert.ok(second);
  while (cloud.dataScience.run(second.id).lifecycleState !== "NEEDS_ATTENTION") await new Promise(setImmediate);
  await cloud.clock.advance(2 * 60_000);
  const all = await rows(nbjob);
  assert.deepEqual(
    all.map(({ state }) => state),
    ["ERROR", "ERROR"],
  );
  assert.match(all[1]?.message ?? "", /CANCELED/);
  assert.match(all[0]?.message ?? "", /NEEDS_ATTENTION/);
});

test("the oci command line reads back every object", async (t) => {
  const python = await venvOrSkip(t, "oci");
  if (python === undefined) return;
  const { cloud, nbjob } = await setting(t, { "n.ipynb": good });
  cloud.runs.script = () => ({});
  assert.equal((await nbjob("schedule", "nightly.yaml", "--yes")).code, 0);
  await passUntilRun(cloud, "2026-01-06T02:30:00Z");
  const quiet = { OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING: "True", SUPPRESS_LABEL_WARNING: "True" };
  const env = { ...cloud.env, ...quiet, HOME: cloud.folder, NO_PROXY: "127.0.0.1" };
  await using session = ociSession(python, env, ["data-integration", "data-science"]);
  const di = (command: string, options: Readonly<Record<string, string>>) => {
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    return session.oci("data-integration", ...command.split(" "), ...words);
  };
  const workspaces = await di("workspace list", { "compartment-id": cloud.compartment });
  assert.equal(workspaces.at(0, "display-name"), "nbjob");
  const workspace = { "workspace-id": workspaces.textAt(0, "id") };
  const project = (await di("project list", { ...workspace, identifier: "NBJOB" })).textAt("items", 0, "key");
  assert.equal((await di("project get", { ...workspace, "project-key": project })).at("name"), "nbjob");
  const task = (await di("task list", { ...workspace, identifier: "NIGHTLY" })).textAt("items", 0, "key");
  const read = await di("task get", { ...workspace, "task-key": task });
  assert.equal(read.at("model-type"), "REST_TASK");
  assert.equal(read.at("api-call-mode"), "ASYNC_GENERIC");
  assert.equal(read.at("auth-config", "resource-principal-source"), "WORKSPACE");
  const key = (await di("application list", { ...workspace, identifier: "NBJOB" })).textAt("items", 0, "key");
  const application = { ...workspace, "application-key": key };
  assert.equal((await di("application get", application)).at("name"), "nbjob");
  const published = await di("application list-published-objects", { ...application, identifier: "NIGHTLY" });
  assert.notEqual(published.textAt("items", 0, "key"), task);
  const patch = (await di("application list-patches", application)).textAt("items", 0, "key");
  const patched = await di("application get-patch", { ...application, "patch-key": patch });
  assert.equal(patched.at("patch-status"), "SUCCESSFUL");
  const schedule = (await di("schedule list", application)).textAt("items", 0, "key");
  const timing = await di("schedule get", { ...application, "schedule-key": schedule });
  assert.equal(timing.at("timezone"), "Europe/London");
  assert.equal(timing.at("frequency-details", "model-type"), "WEEKLY");
  const taskSchedule = (await di("task-schedule list", application)).textAt("items", 0, "key");
  const enabled = await di("task-schedule get", { ...application, "task-schedule-key": taskSchedule });
  assert.equal(enabled.at("is-enabled"), true);
  assert.equal(enabled.at("schedule-ref", "key"), schedule);
  const taskRun = (await di("task-run list", application)).textAt("items", 0, "key");
  assert.equal((await di("task-run get", { ...application, "task-run-key": taskRun })).at("status"), "SUCCESS");
  const jobs = await session.oci("data-science", "job", "list", "--compartment-id", cloud.compartment);
  assert.equal(jobs.at(0, "display-name"), "n");
});

test("a paused schedule does not run", async (t) => {
  const { cloud, nbjob } = await setting(t, { "n.ipynb": good });
  cloud.runs.script = () => ({});
  assert.equal((await nbjob("schedule", "nightly.yaml", "--yes")).code, 0);
  assert.equal((await nbjob("schedule", "pause", "nightly.yaml")).code, 0);
  cloud.clock.freeze();
  await cloud.clock.set("2026-01-07T03:00:00Z");
  assert.equal(runsOf(cloud).length, 0);
  assert.equal((await nbjob("schedule", "resume", "nightly.yaml")).code, 0);
  await passUntilRun(cloud, "2026-01-08T02:30:00Z");
  assert.equal(runsOf(cloud).length, 1);
});
