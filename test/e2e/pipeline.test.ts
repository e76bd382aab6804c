/** `nbjob pipeline`: job files in an order, as a pipeline of Data Integration that is published, scheduled and run. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { folder, run, type Ended } from "../support/program.ts";

interface Setting {
  readonly cloud: Cloud;
  readonly pipeline: (...words: readonly string[]) => Promise<Ended>;
  /** Names of the job runs, in the order in which they began. */
  readonly told: string[];
  /** Writes the pipeline file anew. */
  readonly change: (edit: (text: string) => string) => Promise<void>;
  /** Names of tasks that fail. */
  readonly failing: Set<string>;
}

const start = Date.UTC(2026, 0, 5, 12);

function file(cloud: Cloud, jobId: string): string {
  const at = (name: string): string => `oci://bucket@${cloud.namespace}/${name}.yaml`;
  return [
    "name: report",
    `compartmentId: ${cloud.compartment}`,
    `projectId: ${cloud.project}`,
    `jobId: ${jobId}`,
    "maximumRuntime: 1h",
    "schedule: {every: day, at: '02:30'}",
    "tasks:",
    `  fetch: {jobFile: "${at("fetch")}", parameters: {day: "a \\"b\\" \${JOB_ID}"}}`,
    `  train-a: {jobFile: "${at("train")}", parameters: {depth: 3}, after: fetch}`,
    `  train-b: {jobFile: "${at("train")}", parameters: {depth: 5}, after: [fetch]}`,
    `  report: {jobFile: "${at("report")}", after: [train-a, train-b]}`,
    "  tidy up: {arguments: [tidy, up all], after: report, when: done}",
  ].join("\n");
}

async function setting(t: TestContext): Promise<Setting> {
  const cloud = await startCloud({ clock: { start } });
  t.after(() => cloud.close());
  const told: string[] = [];
  const failing = new Set<string>();
  cloud.runs.script = ({ run: { displayName } }) => {
    told.push(displayName);
    return { milliseconds: 20, exitCode: failing.has(displayName) ? 1 : 0 };
  };
  const { id } = cloud.dataScience.createJob(
    {
      projectId: cloud.project,
      compartmentId: cloud.compartment,
      jobConfigurationDetails: { jobType: "DEFAULT" },
      jobInfrastructureConfigurationDetails: {
        jobInfrastructureType: "ME_STANDALONE",
        shapeName: "VM.Standard.E4.Flex",
        blockStorageSizeInGBs: 50,
        jobShapeConfigDetails: { ocpus: 1, memoryInGBs: 16 },
      },
      jobEnvironmentConfigurationDetails: { jobEnvironmentType: "OCIR_CONTAINER", image: "iad.ocir.io/ns/nbjob:1" },
    },
    cloud.user,
  );
  const cwd = await folder(t, { "report.yaml": file(cloud, id) });
  const change: Setting["change"] = async (edit) => {
    await writeFile(join(cwd, "report.yaml"), edit(file(cloud, id)));
  };
  return { cloud, told, failing, change, pipeline: (...words) => run(["pipeline", ...words], { cwd, env: cloud.env }) };
}

function writes(cloud: Cloud): readonly string[] {
  return cloud.requests
    .list({ path: "/20200430/" })
    .filter(({ method }) => method !== "GET")
    .map(({ operation }) => operation);
}

/** Lets time pass, while job runs end, until the pipeline has. */
async function pass(cloud: Cloud, moment: string): Promise<string> {
  cloud.clock.freeze();
  await cloud.clock.set(moment);
  for (;;) {
    const pipelineRun = cloud.dataIntegration.objects.all().find(({ kind }) => kind === "taskRuns");
    const status = String(pipelineRun?.body["status"]);
    if (["SUCCESS", "ERROR", "TERMINATED"].includes(status)) return status;
    await Promise.all([...cloud.dataScience.runs.values()].map(({ id }) => cloud.runs.ended(id)));
    await cloud.clock.advance(60_000);
  }
}

test("tasks run in their order: in parallel, then a join, then others", async (t) => {
  const { cloud, told, pipeline } = await setting(t);
  const made = await pipeline("report.yaml", "--yes");
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /\+ REST task +report fetch\n.*\+ pipeline +report\n.*\+ pipeline task +report\n/s);
  const before = writes(cloud).length;
  assert.match((await pipeline("report.yaml")).stdout, /Nothing to do\./);
  assert.equal(writes(cloud).length, before);
  assert.equal(await pass(cloud, "2026-01-06T02:30:00Z"), "SUCCESS");
  const [first, second, third, ...rest] = told;
  assert.equal(first, "report fetch");
  assert.deepEqual(new Set([second, third]), new Set(["report train-a", "report train-b"]));
  assert.deepEqual(rest, ["report report", "report tidy up"]);
  const runs = [...cloud.dataScience.runs.values()];
  const variables = (name: string) =>
    runs.find(({ displayName }) => displayName === name)?.effective.configuration.environmentVariables;
  assert.equal(variables("report fetch")?.["NBJOB_PARAMETERS"], String.raw`{"day": "a \"b\" ${"${JOB_ID}"}"}`);
  assert.equal(variables("report train-b")?.["NBJOB_PARAMETERS"], '{"depth": 5}');
  const tidy = runs.find(({ displayName }) => displayName === "report tidy up");
  assert.equal(tidy?.effective.configuration.commandLineArguments, "tidy 'up all'");
  const listed = await pipeline("runs", "report.yaml", "--json");
  assert.partialDeepStrictEqual(JSON.parse(listed.stdout), [{ state: "SUCCESS" }]);
});

test("a task that fails makes the pipeline fail; what waits for it to be done runs all the same", async (t) => {
  const { cloud, told, failing, pipeline } = await setting(t);
  assert.equal((await pipeline("report.yaml", "--yes")).code, 0);
  failing.add("report report");
  const started = await pipeline("run-now", "report.yaml");
  assert.equal(started.code, 0, started.stderr);
  assert.equal(await pass(cloud, "2026-01-05T12:01:00Z"), "ERROR");
  assert.equal(told.at(-1), "report tidy up");
});

test("a changed task is changed and published again, and delete takes everything away", async (t) => {
  const { cloud, pipeline, change } = await setting(t);
  assert.equal((await pipeline("report.yaml", "--yes")).code, 0);
  const before = writes(cloud).length;
  await change((text) => text.replace("depth: 5", "depth: 6"));
  const changed = await pipeline("report.yaml", "--yes");
  assert.equal(changed.code, 0, changed.stderr);
  assert.match(changed.stdout, /~ REST task +report train-b\n/);
  assert.deepEqual(writes(cloud).slice(before), ["UpdateTask", "UpdateTask", "CreatePatch"]);
  assert.equal((await pipeline("delete", "report.yaml", "--yes")).code, 0);
  const left = cloud.dataIntegration.objects.all().filter(({ kind }) => !["taskRuns", "patches"].includes(kind));
  assert.deepEqual(
    left.map(({ body }) => body["identifier"]).filter((identifier) => identifier !== undefined),
    ["MY_FIRST_PROJECT", "DEFAULT_APPLICATION"],
  );
});

test("everything that is wrong in a pipeline file is told at once", async (t) => {
  const text = [
    "name: report",
    "compartmentId: ocid1.compartment.oc1..aaaa",
    "projectId: ocid1.datascienceproject.oc1.iad.aaaa",
    "schedule: {cron: '*/10 * * * *'}",
    "tasks:",
    "  one: {jobFile: one.yaml, after: [two, nowhere]}",
    "  two: {arguments: [x], jobFile: oci://b@n/x.yaml, after: one}",
  ].join("\n");
  const cwd = await folder(t, { "bad.yaml": text, "worse.yaml": "name: x\ntaks: {}\n" });
  await using cloud = await startCloud();
  const { code, stderr } = await run(["pipeline", "bad.yaml"], { cwd, env: cloud.env });
  assert.equal(code, 78);
  assert.match(stderr, /bad\.yaml has \d+ problems/);
  for (const each of [
    /none below 30/,
    /tasks\.one has no job to run/,
    /lies on this machine/,
    /there is no task nowhere/,
  ]) {
    assert.match(stderr, each);
  }
  assert.match(stderr, /both jobFile and arguments/);
  assert.match(stderr, /wait for each other: (one after two after one|two after one after two)/);
  const worse = await run(["pipeline", "worse.yaml"], { cwd, env: cloud.env });
  assert.equal(worse.code, 78);
  assert.match(worse.stderr, /taks is not a key of a pipeline file/);
  assert.match(worse.stderr, /Did you mean "tasks"\?/);
});
