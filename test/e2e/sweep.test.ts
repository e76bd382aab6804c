/** Sweeps on this machine: `run --sweep`. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { folder, json, notebook, root, run, start } from "../support/program.ts";

interface State {
  readonly id: string;
  readonly status: string;
  readonly exitCode: number;
  readonly seed: number | null;
  readonly runs: readonly {
    readonly run: string;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly status: string;
    readonly exitCode: number | null;
    readonly attempts: number;
    readonly metrics: Readonly<Record<string, unknown>>;
    readonly message: string | null;
  }[];
}

const grid = { parameters: { lr: [0.1, 1], depth: [4, 8] }, maxParallel: 2 };

async function sweepFolder(t: TestContext, script: string, sweep: object, more: object = {}): Promise<string> {
  const job = { artifact: "work.sh", outputFolder: "out", sweep, ...more };
  return folder(t, { "work.sh": script, "job.json": JSON.stringify(job) });
}

const state = (dir: string): Promise<State> => json<State>(join(dir, "out/sweep.json"));

test("each run has its own parameters, folder and log, and all stand in one table", async (t) => {
  const dir = await sweepFolder(
    t,
    'echo "lr $lr"; echo "nbjob:metric loss=$lr.$depth"; echo "$depth" > depth.txt',
    grid,
  );
  const { code, stdout, stderr } = await run(["run", "job.json", "--sweep"], { cwd: dir });
  assert.equal(code, 0, stderr);
  for (const line of ["[0000] lr 0.1", "[0003] lr 1"]) assert.ok(stdout.split("\n").includes(line), stdout);
  const table = stdout.slice(stdout.indexOf("run   lr"));
  assert.match(
    table,
    /^run +lr +depth +state +exit code +duration +loss\n0000 +0\.1 +4 +succeeded +0 +\S+ s +0\.1\.4\n/,
  );
  for (const [name, depth] of [
    ["0000", "4"],
    ["0001", "8"],
    ["0002", "4"],
    ["0003", "8"],
  ] as const) {
    assert.equal(await readFile(join(dir, "out/runs", name, "depth.txt"), "utf8"), `${depth}\n`);
    const { sweep } = await json<{ sweep: { run: string; attempt: number } }>(join(dir, "out/runs", name, "run.json"));
    assert.deepEqual([sweep.run, sweep.attempt], [name, 1]);
  }
  const { status, exitCode, runs } = await state(dir);
  assert.deepEqual([status, exitCode, runs.length], ["succeeded", 0, 4]);
  assert.deepEqual(runs[1]?.parameters, { lr: 0.1, depth: 8 });
  assert.deepEqual(
    runs.map(({ metrics }) => metrics["loss"]),
    ["0.1.4", "0.1.8", 1.4, 1.8],
  );
  const csv = (await readFile(join(dir, "out/sweep.csv"), "utf8")).split("\r\n");
  assert.equal(csv[0], "run,parameter.lr,parameter.depth,state,exit_code,seconds,attempts,metric.loss");
  assert.equal(csv.length, 6);
});

test("a failed run is tried again after the exit codes that are listed; the first failure decides", async (t) => {
  const script = `
    [ "$depth" = 8 ] && exit 9
    if [ "$lr" = 1 ] && [ "$(ls "$HERE" | wc -l)" = 0 ]; then touch "$HERE/tried"; exit 75; fi
    exit 0`;
  const sweep = { ...grid, maxParallel: 1, retries: { attempts: 2, exitCodes: [75], backoff: 0 } };
  const dir = await sweepFolder(t, script, sweep, { environment: { variables: { HERE: "${HERE}" } } });
  await mkdir(join(dir, "here"));
  const env = { HERE: join(dir, "here") };
  const { code, stdout, stderr } = await run(["run", "job.json", "--sweep", "--summary", "--table", "json"], {
    cwd: dir,
    env,
  });
  assert.equal(code, 9, stderr);
  // The answer alone is on stdout.
  assert.deepEqual(JSON.parse(stdout), await state(dir));
  const { runs, status } = await state(dir);
  assert.equal(status, "failed");
  assert.deepEqual(
    runs.map(({ exitCode, attempts }) => [exitCode, attempts]),
    [
      [0, 1],
      [9, 1],
      [0, 2],
      [9, 1],
    ],
  );
  assert.match(stderr, /Run 0002 failed .* trying again/);
  assert.match(stderr, /2 of 4 runs succeeded, exit code 9/);
  // The same with any instead of all.
  const any = await run(["run", "job.json", "--sweep", "--set", "sweep.policy=any", "--table=csv"], { cwd: dir, env });
  assert.equal(any.code, 0, any.stderr);
});

test("Ctrl-C ends every run, publishes what there is, and --resume goes on", async (t) => {
  const script = `
    echo begun > begun.txt
    [ "$depth" = 4 ] || [ -e "$GO" ] || { echo waiting; sleep 60; }
    echo done > done.txt`;
  const dir = await sweepFolder(
    t,
    script,
    { ...grid, maxParallel: 4 },
    { environment: { variables: { GO: "${GO}" } } },
  );
  const env = { GO: join(dir, "go") };
  const begun = start(["run", "job.json", "--sweep"], { cwd: dir, env });
  await Promise.all(
    ["[0001] waiting", "[0003] waiting", "Run 0000 succeeded", "Run 0002 succeeded"].map(begun.printed),
  );
  begun.child.kill("SIGINT");
  const { code, stdout } = await begun.ended;
  assert.equal(code, 130);
  assert.match(stdout, /\n0001 +0\.1 +8 +canceled +130 /);
  const before = await state(dir);
  assert.deepEqual(
    before.runs.map(({ status }) => status),
    ["succeeded", "canceled", "succeeded", "canceled"],
  );
  assert.ok(existsSync(join(dir, "out/runs/0001/begun.txt")));

  await writeFile(env.GO, "");
  // Only what is not done runs again: a run that has succeeded would bring this back.
  await rm(join(dir, "out/runs/0000/done.txt"));
  const resumed = await run(["run", "job.json", "--sweep", "--resume"], { cwd: dir, env });
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /2 of 4 runs are to be done/);
  assert.ok(!existsSync(join(dir, "out/runs/0000/done.txt")));
  const after = await state(dir);
  assert.equal(after.id, before.id);
  assert.deepEqual(
    after.runs.map(({ status }) => status),
    Array(4).fill("succeeded"),
  );

  const other = await run(["run", "job.json", "--sweep", "--resume", "--set", "sweep.parameters.lr=[2]"], {
    cwd: dir,
    env,
  });
  assert.equal(other.code, 78);
  assert.match(other.stderr, /other runs than the job file describes/);
  // Without --resume it is another sweep, and every run is anew.
  const anew = await run(["run", "job.json", "--sweep", "--summary"], { cwd: dir, env });
  assert.equal(anew.code, 0, anew.stderr);
  assert.notEqual((await state(dir)).id, before.id);
  assert.ok(existsSync(join(dir, "out/runs/0000/done.txt")));
});

test("a run that dies at once, or is killed, is a failed run of its own", async (t) => {
  const script = "case $how in kill) kill -9 $PPID; sleep 5;; gone) exit 1;; esac";
  const dir = await sweepFolder(t, script, { list: [{ how: "kill" }, { how: "gone" }, { how: "fine" }] });
  const { code, stderr } = await run(["run", "job.json", "--sweep", "--max-parallel", "1"], { cwd: dir });
  assert.equal(code, 137, stderr);
  assert.deepEqual(
    (await state(dir)).runs.map(({ exitCode }) => exitCode),
    [137, 1, 0],
  );
});

test("a number of retries tries again what may go better, and nothing else", async (t) => {
  const dir = await sweepFolder(t, "exit 5", { list: [{ a: 1 }], retries: 1 });
  // Ten seconds lie between two tries unless the job file says otherwise.
  const sweep = "sweep={list: [{a: 1}], retries: {attempts: 1, exitCodes: [5, 66], backoff: 0}}";
  assert.equal((await run(["run", "job.json", "--sweep", "--set", sweep], { cwd: dir })).code, 5);
  assert.equal((await state(dir)).runs[0]?.attempts, 2);
  const missing = await run(["run", "job.json", "--sweep", "--set", 'inputs={"x.csv": x.csv}'], { cwd: dir });
  assert.equal(missing.code, 66);
  assert.equal((await state(dir)).runs[0]?.attempts, 1);
});

test("a random sweep without a seed tells the one that it made up; equal sets are told", async (t) => {
  const dir = await sweepFolder(t, "exit 0", { random: { count: 3, parameters: { a: [1] } } });
  const { code, stderr } = await run(["run", "job.json", "--sweep", "--summary"], { cwd: dir });
  assert.equal(code, 0, stderr);
  const { seed } = await state(dir);
  assert.match(stderr, new RegExp(`The sweep's seed is ${seed}`));
  assert.match(stderr, /Runs 0000, 0001, 0002 have the same parameters/);
});

test("a notebook's parameters keep their types; the JSON log names the run of each line", async (t) => {
  const cells = [
    { source: "x = None", tags: ["parameters"] },
    'print(type(x).__name__, repr(x), y)\nprint("nbjob:metric y=" + str(y))',
  ];
  const list = '[{x: 1.0}, {x: 2026-01-31}, {x: [1, {a: "$b"}]}, {x: 12345678901234567890}]';
  const dir = await folder(t, {
    "a.ipynb": notebook(cells),
    "job.yaml": `noteBook: a.ipynb\noutputFolder: out\nparameters: {y: 3}\nsweep: {list: ${list}, maxParallel: 2}\n`,
  });
  const { code, stdout, stderr } = await run(["run", "job.yaml", "--sweep", "-p", "y", "5", "--log-format", "json"], {
    cwd: dir,
  });
  assert.equal(code, 0, stderr);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  const printed = lines
    .map((line) => JSON.parse(line) as { run?: string; stream?: string; line?: string })
    .filter(({ stream, line }) => stream === "stdout" && /^\w+ .* 5$/.test(line ?? ""))
    .map((record) => `${record.run} ${record.line}`);
  assert.deepEqual(printed.toSorted(), [
    "0000 float 1.0 5",
    "0001 str '2026-01-31' 5",
    "0002 list [1, {'a': '$b'}] 5",
    "0003 int 12345678901234567890 5",
  ]);
});

test("what cannot be swept is told at once", async (t) => {
  const dir = await folder(t, {
    "work.sh": "exit 0",
    "none.yaml": "artifact: work.sh\noutputFolder: out\n",
    "name.yaml": "artifact: work.sh\noutputFolder: out\nsweep: {parameters: {a-b: [1]}}\n",
  });
  const cases = [
    ["none.yaml", 64, /has no sweep/],
    ["name.yaml", 78, /"a-b" is no environment variable/],
    ["name.yaml --max-parallel 0", 64, /from 1 to 1,000/],
  ] as const;
  for (const [words, expected, said] of cases) {
    const { code, stderr } = await run(["run", "--sweep", ...words.split(" ")], { cwd: dir });
    assert.equal(code, expected, stderr);
    assert.match(stderr, said);
  }
});

test("the commands of docs/sweeps.md, and the table that it shows", async (t) => {
  const page = await readFile(join(root, "docs/sweeps.md"), "utf8");
  const commands = [...page.matchAll(/^\.\/nbjob (.+)$/gm)].map(([, words = ""]) => words.split(" "));
  assert.ok(commands.length > 2);
  const dir = await folder(t);
  await cp(join(root, "jobs"), join(dir, "jobs"), { recursive: true });
  const outputs: string[] = [];
  for (const words of commands) {
    const { code, stdout, stderr } = await run(words, { cwd: dir });
    assert.equal(code, 0, stderr);
    outputs.push(stdout);
  }
  const plain = (text: string): string => text.replaceAll(/\d+\.\d s/g, "0.1 s").replaceAll(/ +/g, " ");
  const [, shown = ""] = /```text\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(plain(outputs[0] ?? "").includes(plain(shown)), outputs[0]);
});
