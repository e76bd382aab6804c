/** Sweeps on Data Science: `launch` with a sweep, against the fake. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { PlannedRequest } from "../../src/launch/requests.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import type { Node } from "../cloud/datascience/execution.ts";
import type { Scripted } from "../cloud/datascience/scripted.ts";
import { type Ended, folder, notebook, run, start, type Started } from "../support/program.ts";

interface State {
  readonly id: string;
  readonly status: string;
  readonly exitCode: number;
  readonly runs: readonly {
    readonly run: string;
    readonly parameters: { readonly n: number };
    readonly status: string;
    readonly exitCode: number | null;
    readonly cause?: string;
    readonly attempts: number;
    readonly metrics: Readonly<Record<string, unknown>>;
    readonly jobRun?: string;
  }[];
}

interface Sweeping {
  readonly cloud: Cloud;
  readonly dir: string;
  readonly launch: (...more: readonly string[]) => Promise<Ended>;
  readonly begin: (...more: readonly string[]) => Started;
  readonly state: () => Promise<State>;
  /** Each job run as `name/attempt STATE`. */
  readonly jobRuns: () => readonly string[];
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** A cloud, and a job file that sweeps `n` from 0 in its output folder `results/sweep/`. */
async function open(t: TestContext, count: number, sweep: object): Promise<Sweeping> {
  const cloud = await startCloud({ buckets: ["results"], step: 20 });
  t.after(() => cloud.close());
  cloud.dataScience.settings.stepMs = 10;
  await cloud.storage.putBytes("results", "a.ipynb", Buffer.from(notebook([])));
  const job = {
    noteBook: `oci://results@${cloud.namespace}/a.ipynb`,
    outputFolder: `oci://results@${cloud.namespace}/sweep/`,
    jobName: "swept",
    projectId: cloud.project,
    compartmentId: cloud.compartment,
    infrastructure: { image: "iad.ocir.io/t/nbjob:1" },
    sweep: { parameters: { n: numbers(count) }, ...sweep },
  };
  const dir = await folder(t, { "job.json": JSON.stringify(job) });
  const args = ["launch", "job.json", "--interval", "100ms"];
  const options = { cwd: dir, env: cloud.env };
  return {
    cloud,
    dir,
    launch: (...more) => run([...args, ...more], options),
    begin: (...more) => start([...args, ...more], options),
    async state() {
      // The program's own record; every part that is used is asserted on.
      return JSON.parse(String(await cloud.storage.bytes("results", "sweep/sweep.json"))) as State;
    },
    jobRuns: () =>
      [...cloud.dataScience.runs.values()].map(({ freeformTags, lifecycleState }) => {
        const tags = freeformTags ?? {};
        return `${tags["nbjob-sweep-run"]}/${tags["nbjob-sweep-attempt"]} ${lifecycleState}`;
      }),
  };
}

/** What a job run was told, and the record that nbjob would leave for it. */
function told({ configuration }: Pick<Node, "configuration">) {
  const {
    NBJOB_SWEEP_RUN: mark = "",
    NBJOB_SET: set = "{}",
    NBJOB_PARAMETERS: parameters = "{}",
  } = configuration.environmentVariables ?? {};
  const [id, name = "", attempt] = mark.split("/");
  const { outputFolder } = JSON.parse(set) as { outputFolder: string };
  const { n } = JSON.parse(parameters) as { n: number };
  const record = (exitCode: number): Readonly<Record<string, string>> => {
    const body = {
      schema: "nbjob.run/1",
      status: exitCode === 0 ? "succeeded" : "failed",
      complete: true,
      exitCode,
      reason: null,
      failure: null,
      startedAt: "2026-01-01T00:00:00Z",
      finishedAt: "2026-01-01T00:00:01.5Z",
      sweep: { id, run: name, attempt: Number(attempt) },
      metrics: { square: n * n },
    };
    return { [`${outputFolder}run.json`]: JSON.stringify(body) };
  };
  const ends = (exitCode: number, milliseconds = 20): Scripted => ({
    exitCode,
    milliseconds,
    outputs: record(exitCode),
  });
  return { n, name, attempt: Number(attempt), outputFolder, ends };
}

test("a sweep of 200 runs with faults loses none and starts none twice", async (t) => {
  const retries = { attempts: 2, exitCodes: [75], causes: ["service", "capacity"], backoff: 0 };
  const { cloud, launch, state, jobRuns } = await open(t, 200, { maxParallel: 40, retries, metrics: ["square"] });
  cloud.runs.script = (node) => {
    const { n, attempt, ends } = told(node);
    if (attempt === 1 && n % 10 === 3) return ends(75);
    if (attempt === 1 && n % 20 === 4) return { failure: "Out of host capacity." };
    if (attempt === 1 && n % 50 === 5) return { needsAttention: "Look at me." };
    if (attempt <= 2 && n === 6) return { failure: "Job run infrastructure failure." };
    return ends(n === 7 ? 9 : 0);
  };
  // Answers that never come, of requests that were heard and of some that were not.
  const creating = { operation: "CreateJobRun" } as const;
  cloud.faults.add({ kind: "error-after-commit", match: creating, skip: 5, times: 10 });
  cloud.faults.add({ kind: "error-after-commit", status: 500, match: creating, skip: 40, times: 10 });
  cloud.faults.add({ kind: "status", status: 429, match: creating, skip: 70, times: 20 });
  cloud.faults.add({ kind: "reset-before", match: creating, skip: 100, times: 10 });
  cloud.faults.add({ kind: "status", status: 503, match: { operation: "ListJobRuns" }, rate: 0.2, times: 10 });
  cloud.faults.add({ kind: "reset-mid-body", match: { operation: "GetObject" }, rate: 0.1, times: 20 });
  const { code, stdout, stderr } = await launch();
  assert.equal(code, 9, stderr.slice(-2000));

  const { runs, status } = await state();
  assert.equal(status, "failed");
  assert.equal(runs.length, 200);
  for (const { run: name, parameters, status: ended, exitCode, attempts, metrics } of runs) {
    const { n } = parameters;
    const expected = n === 6 ? 3 : n % 10 === 3 || n % 20 === 4 || n % 50 === 5 ? 2 : 1;
    assert.deepEqual([ended, exitCode, attempts], n === 7 ? ["failed", 9, 1] : ["succeeded", 0, expected], name);
    assert.deepEqual(metrics, { square: n * n });
  }
  const made = jobRuns();
  assert.equal(new Set(made.map((each) => each.split(" ")[0])).size, made.length, "no run was made twice");
  assert.equal(
    made.length,
    runs.reduce((sum, { attempts }) => sum + attempts, 0),
  );
  assert.ok(
    made.every((each) => /SUCCEEDED|FAILED|CANCELED/.test(each)),
    "nothing was left running",
  );
  assert.match(stdout, /^run +n +state +exit code +duration +square\n0000 +0 +succeeded +0 +1\.5 s +0\n/);
  const csv = String(await cloud.storage.bytes("results", "sweep/sweep.csv")).split("\r\n");
  assert.equal(csv.length, 202);
  // The faults came: requests without an answer, and refused ones, were sent again.
  assert.ok(cloud.requests.count({ operation: "CreateJobRun" }) >= made.length + 40);
  // One job, and one list for many runs: what watching costs does not grow with them.
  assert.equal(cloud.requests.count({ operation: "CreateJob", status: 200 }), 1);
  assert.ok(cloud.requests.count({ operation: "GetJobRun" }) < 20);
});

test("a sweep that is killed goes on with --resume: what runs is taken over, what succeeded is kept", async (t) => {
  const { cloud, begin, launch, state, jobRuns } = await open(t, 12, { maxParallel: 6 });
  const held = new Map<string, () => void>();
  cloud.runs.script = async (node) => {
    const { n, name, ends } = told(node);
    // The odd ones wait until the test lets them go.
    if (n % 2 === 1 && n < 6) await new Promise<void>((resolve) => held.set(name, resolve));
    return ends(n === 4 ? 3 : 0);
  };
  const first = begin();
  await Promise.all(["Run 0000 succeeded", "Run 0002 succeeded", "Run 0004 failed"].map(first.printed));
  while (held.size < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  first.child.kill("SIGKILL");
  await first.ended;
  const before = jobRuns();
  assert.ok(before.filter((each) => !/SUCCEEDED|FAILED/.test(each)).length >= 3);

  cloud.runs.script = (node) => told(node).ends(0);
  const resumed = begin("--resume");
  await resumed.printed("Run 0001 was launched before");
  for (const release of held.values()) release();
  const { code, stderr } = await resumed.ended;
  assert.equal(code, 0, stderr);
  const made = jobRuns();
  assert.equal(new Set(made.map((each) => each.split(" ")[0])).size, made.length, "no run was made twice");
  assert.deepEqual(
    made.filter((each) => /\/2 /.test(each)),
    ["0004/2 SUCCEEDED"],
  );
  assert.equal(made.length, 13);
  assert.deepEqual(
    (await state()).runs.map((each) => each.status),
    Array(12).fill("succeeded"),
  );

  // Nothing is left to be done: no run is made.
  const again = await launch("--resume");
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /0 of 12 runs are to be done/);
  assert.equal(jobRuns().length, 13);
});

test("Ctrl-C cancels every run and starts no other; the table says so", async (t) => {
  const { cloud, begin, state, jobRuns } = await open(t, 30, { maxParallel: 5 });
  cloud.runs.script = (node) => told(node).ends(0, told(node).n === 0 ? 0 : 60_000);
  const launched = begin("--table", "json");
  await launched.printed("Run 0000 succeeded");
  await launched.printed("Run 0005 starts");
  while (jobRuns().filter((each) => each.endsWith("IN_PROGRESS")).length < 5)
    await new Promise((resolve) => setTimeout(resolve, 20));
  launched.child.kill("SIGINT");
  const { code, stdout, stderr } = await launched.ended;
  assert.equal(code, 130, stderr);
  assert.deepEqual(JSON.parse(stdout), await state());
  const { runs, status } = await state();
  assert.equal(status, "canceled");
  assert.deepEqual(
    ["succeeded", "canceled", "pending"].map((wanted) => runs.filter((each) => each.status === wanted).length),
    [1, 5, 24],
  );
  assert.ok(jobRuns().every((each) => /SUCCEEDED|CANCELED/.test(each)));
});

test("a limit of the tenancy slows a sweep down, and fails no run", async (t) => {
  const { cloud, launch, state } = await open(t, 8, { maxParallel: 8 });
  cloud.limits.set("job-run-count", 3);
  cloud.runs.script = (node) => told(node).ends(0, 100);
  const { code, stderr } = await launch("--summary");
  assert.equal(code, 64, "--summary is of run");
  const whole = await launch();
  assert.equal(whole.code, 0, whole.stderr + stderr);
  assert.deepEqual(
    (await state()).runs.map((each) => each.status),
    Array(8).fill("succeeded"),
  );
});

test("real runs know their sweep, tell their metrics and are in its table", async (t) => {
  const { cloud, dir, launch, state } = await open(t, 2, {});
  const job = JSON.parse(await readFile(join(dir, "job.json"), "utf8")) as Readonly<Record<string, unknown>>;
  await writeFile(join(dir, "work.sh"), 'echo "nbjob:metric twice=$((n * 2))"\n[ "$n" = 0 ]\n');
  await writeFile(join(dir, "job.json"), JSON.stringify({ ...job, noteBook: undefined, artifact: "work.sh" }));
  const { code, stderr } = await launch();
  assert.equal(code, 1, stderr);
  const { runs } = await state();
  assert.deepEqual(
    runs.map(({ status, exitCode, metrics }) => [status, exitCode, metrics]),
    [
      ["succeeded", 0, { twice: 0 }],
      ["failed", 1, { twice: 2 }],
    ],
    stderr,
  );
  const again = await launch("--resume", "--set", "sweep.policy=any");
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /1 of 2 runs are to be done/);
  assert.ok(cloud.dataScience.runs.values().some(({ displayName }) => displayName?.endsWith("-0001-attempt-2")));
});

test("--dry-run shows every run's request; what cannot be is told", async (t) => {
  const { cloud, launch } = await open(t, 3, {});
  const { stdout } = await launch("--dry-run");
  const requests = JSON.parse(stdout) as readonly PlannedRequest[];
  const runs = requests.filter(({ method, to }) => method === "POST" && to.endsWith("/jobRuns"));
  assert.equal(runs.length, 3);
  assert.match(JSON.stringify(runs[2]?.body), /\{\\"n\\": 2\}.*runs\/0002\//);
  const single = JSON.parse((await launch("--dry-run", "--no-sweep")).stdout) as readonly PlannedRequest[];
  assert.equal(single.filter(({ method, to }) => method === "POST" && to.endsWith("/jobRuns")).length, 1);
  assert.equal((await launch("--detach")).code, 64);
  const own = await launch("--output-folder", `oci://results@${cloud.namespace}/\${JOB_RUN_OCID}/`);
  assert.equal(own.code, 78);
  assert.match(own.stderr, /another for every run of a sweep/);
});
