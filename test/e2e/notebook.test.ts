import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { folder, json, notebook, run, start } from "../support/program.ts";

interface SavedNotebook {
  readonly cells: readonly {
    readonly metadata: { readonly tags?: readonly string[] };
    readonly source: readonly string[];
    readonly outputs: readonly {
      readonly output_type: string;
      readonly text?: readonly string[];
      readonly ename?: string;
    }[];
    readonly execution_count: number | null;
  }[];
}

test("a flat job file of the original six keys runs its notebook here", async (t) => {
  const dir = await folder(t, {
    "job.yaml": [
      "noteBook: work.ipynb",
      "jobName: basics",
      "logGroupId: ocid1.loggroup.oc1.iad.aaaa",
      "projectId: ocid1.datascienceproject.oc1.iad.aaaa",
      "compartmentId: ocid1.compartment.oc1..aaaa",
      "outputFolder: out",
      "",
    ].join("\n"),
    "work.ipynb": notebook(["print('hello')", "open('made.txt', 'w').write('made')", "1 + 1"]),
  });
  const { code, stdout, stderr } = await run(["run", join(dir, "job.yaml")]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^hello$/m);
  assert.deepEqual((await readdir(join(dir, "out"))).toSorted(), ["made.txt", "run.json", "work.ipynb"]);
  const saved = await json<SavedNotebook>(join(dir, "out/work.ipynb"));
  assert.deepEqual(saved.cells[0]?.outputs[0]?.text, ["hello\n"]);
  assert.deepEqual(
    saved.cells.map((cell) => cell.execution_count),
    [1, 2, 3],
  );
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.equal(record.complete, true);
  assert.equal(record.status, "succeeded");
  assert.equal(record.exitCode, 0);
  assert.equal(record.work?.sha256?.length, 64);
  assert.equal(record.jobFile?.sha256.length, 64);
  assert.deepEqual(
    record.cells.map(({ index, status }) => ({ index, status })),
    [0, 1, 2].map((index) => ({ index, status: "succeeded" })),
  );
  assert.deepEqual(
    record.outputs.map(({ path, status }) => ({ path, status })).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    [
      { path: "made.txt", status: "published" },
      { path: "work.ipynb", status: "published" },
    ],
  );
});

test("NOTEBOOK_YAML_URL names the job file, NOTEPAD_YAML_URL where it does not, and run is the default command", async (t) => {
  const job = (name: string) => `noteBook: work.ipynb\noutputFolder: ${name}\n`;
  const dir = await folder(t, { "a.yaml": job("a"), "b.yaml": job("b"), "work.ipynb": notebook(["print('ran')"]) });
  const both = { NOTEBOOK_YAML_URL: `file://${dir}/a.yaml`, NOTEPAD_YAML_URL: join(dir, "b.yaml") };
  assert.equal((await run([], { env: both })).code, 0);
  assert.deepEqual((await readdir(dir)).includes("b"), false);
  assert.equal((await run([], { env: { NOTEPAD_YAML_URL: both.NOTEPAD_YAML_URL } })).code, 0);
  assert.equal((await json<RunRecord>(join(dir, "b/run.json"))).complete, true);
});

test("a notebook may stand in the job file's place, with papermill's -p, -r, -f and -y, and --set", async (t) => {
  const dir = await folder(t, {
    "analysis.ipynb": notebook([
      { source: "alpha = 0\nname = ''\nfrom_file = 0\nfrom_yaml = []\nset_value = 0", tags: ["parameters"] },
      "print(repr((alpha, name, from_file, from_yaml, set_value)))",
    ]),
    "values.yaml": "from_file: 42\n",
  });
  const { code, stdout, stderr } = await run(
    [
      "analysis.ipynb",
      "-p",
      "alpha",
      "-0.1",
      "-r",
      "name",
      "0.1",
      "-f",
      "values.yaml",
      "-y",
      "from_yaml: [1, two]",
      "--set",
      "parameters.set_value=7",
      "--output-folder",
      "out/",
    ],
    { cwd: dir },
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\(-0\.1, '0\.1', 42, \[1, 'two'\], 7\)/);
  const saved = await json<SavedNotebook>(join(dir, "out/analysis.ipynb"));
  assert.deepEqual(saved.cells[1]?.metadata.tags, ["injected-parameters"]);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual(record.parameters, { alpha: -0.1, name: "0.1", from_file: 42, from_yaml: [1, "two"], set_value: 7 });
  assert.deepEqual(
    record.cells.map((cell) => cell.index),
    [0, 1],
  );
});

test("a cell that raises fails the run with 1, and the notebook and the files made before are published", async (t) => {
  const dir = await folder(t, {
    "job.yaml": "noteBook: bad.ipynb\noutputFolder: out\n",
    "bad.ipynb": notebook(["open('early.txt', 'w').write('x')", "raise ValueError('no such luck')", "print('never')"]),
  });
  const { code, stdout, stderr } = await run([join(dir, "job.yaml")]);
  assert.equal(code, 1);
  assert.match(stderr, /ValueError: no such luck/);
  assert.doesNotMatch(stdout, /never/);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual(
    [record.status, record.reason, record.exitCode, record.complete],
    ["failed", "cell-failed", 1, true],
  );
  assert.deepEqual(
    [record.failure?.ename, record.failure?.evalue, record.failure?.cell?.index],
    ["ValueError", "no such luck", 1],
  );
  assert.deepEqual(
    record.cells.map((cell) => cell.status),
    ["succeeded", "failed", "skipped"],
  );
  assert.equal(await readFile(join(dir, "out/early.txt"), "utf8"), "x");
  const saved = await json<SavedNotebook>(join(dir, "out/bad.ipynb"));
  assert.equal(saved.cells[1]?.outputs[0]?.ename, "ValueError");
});

for (const [source, expected] of [
  ["raise SystemExit(7)", 7],
  ["raise SystemExit(256)", 1],
  ["import sys; sys.exit(0)", 0],
  ["exit()", 0],
] as const) {
  test(`${source} ends the notebook with ${expected}`, async (t) => {
    const dir = await folder(t, { "n.ipynb": notebook([source, "open('later.txt', 'w')"]) });
    const { code, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
    assert.equal(code, expected, stderr);
    assert.deepEqual((await readdir(join(dir, "out"))).toSorted(), ["n.ipynb", "run.json"]);
  });
}

test("what a cell prints is in the log while the cell runs", async (t) => {
  const dir = await folder(t, { "n.ipynb": notebook(["import time\nprint('first', flush=True)\ntime.sleep(600)"]) });
  const { printed, child, ended } = start(["n.ipynb", "--output-folder", "out", "--set", "gracePeriod=5s"], {
    cwd: dir,
  });
  await printed("first");
  assert.equal((await json<RunRecord>(join(dir, "out/run.json"))).status, "running");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 143);
});

test("a kernel killed by the system is told as that", async (t) => {
  const dir = await folder(t, {
    "n.ipynb": notebook(["print('alive')", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "1"]),
  });
  const { code } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 137);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.status, record.reason, record.failure?.signal], ["failed", "kernel-died", "SIGKILL"]);
  assert.deepEqual(
    record.cells.map((cell) => cell.status),
    ["succeeded", "interrupted", "skipped"],
  );
});

test("the run's timeout ends the work with 124 and keeps what it printed", async (t) => {
  const dir = await folder(t, { "n.ipynb": notebook(["print('begun', flush=True)\nimport time\ntime.sleep(600)"]) });
  const { code } = await run(["n.ipynb", "--output-folder", "out", "--set", "timeout=6s"], { cwd: dir });
  assert.equal(code, 124);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.status, record.reason, record.complete], ["failed", "timeout", true]);
  const saved = await json<SavedNotebook>(join(dir, "out/n.ipynb"));
  assert.deepEqual(saved.cells[0]?.outputs[0]?.text, ["begun\n"]);
});

test("--cwd runs in a folder of the user's and publishes only what outputs: names", async (t) => {
  const dir = await folder(t, {
    "job.yaml": "noteBook: n.ipynb\noutputFolder: out\noutputs: ['*.csv', model/]\n",
    "n.ipynb": notebook([
      "import os\nprint(open('data.txt').read())\nopen('a.csv','w').write('1')\nopen('b.txt','w')\nos.makedirs('model/x')\nopen('model/x/w.bin','w').write('w')",
    ]),
    "place/data.txt": "the data",
  });
  const { code, stdout, stderr } = await run([join(dir, "job.yaml"), "--cwd", join(dir, "place")]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /the data/);
  assert.deepEqual((await readdir(join(dir, "out"), { recursive: true })).toSorted(), [
    "a.csv",
    "model",
    "model/x",
    "model/x/w.bin",
    "n.ipynb",
    "run.json",
  ]);
});

test("a notebook named as the record is published beside it", async (t) => {
  const dir = await folder(t, {
    "job.yaml": "noteBook: run.json\noutputFolder: out\n",
    "run.json": notebook(["print('ran')"]),
  });
  const { code, stderr } = await run(["job.yaml"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.equal((await json<RunRecord>(join(dir, "out/run.json"))).complete, true);
  const saved = await json<SavedNotebook>(join(dir, "out/work-run.json"));
  assert.deepEqual(saved.cells[0]?.outputs[0]?.text, ["ran\n"]);
});

test("an output folder inside --cwd is never published into itself", async (t) => {
  const dir = await folder(t, {
    "n.ipynb": notebook(["open('made.txt','w').write('made')"]),
    "place/data.txt": "the data",
  });
  const args = ["n.ipynb", "--cwd", "place", "--output-folder", "place/out", "--set", "outputs=['**']"];
  for (const time of ["first", "second"]) {
    const { code, stderr } = await run(args, { cwd: dir });
    assert.equal(code, 0, `${time}: ${stderr}`);
    assert.deepEqual((await readdir(join(dir, "place/out"))).toSorted(), [
      "data.txt",
      "made.txt",
      "n.ipynb",
      "run.json",
    ]);
  }
});

test("a record never says complete where the executed notebook could not be written as it ended", async (t) => {
  const dir = await folder(t, {
    "n.ipynb": notebook(["import shutil, os; shutil.rmtree(os.environ['OUT']); print('still running')"]),
  });
  const { code, stderr } = await run(["n.ipynb", "--output-folder", "out"], {
    cwd: dir,
    env: { OUT: join(dir, "out") },
  });
  assert.equal(code, 74, stderr);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.status, record.reason, record.complete], ["failed", "publish-incomplete", false]);
});

test("inputs lie beside the work, and only what changed of them is published", async (t) => {
  const dir = await folder(t, {
    "job.yaml": "noteBook: n.ipynb\noutputFolder: out\ninputs:\n  table.csv: data/table.csv\n  images: data/images/\n",
    "n.ipynb": notebook([
      "import os\nprint(open('table.csv').read(), sorted(os.listdir('images')), sorted(os.listdir('.')))\nopen('images/a.txt','a').write('more')",
    ]),
    "data/table.csv": "1,2",
    "data/images/a.txt": "a",
    "data/images/b.txt": "b",
  });
  const { code, stdout, stderr } = await run([join(dir, "job.yaml")]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /1,2 \['a\.txt', 'b\.txt'\] \['images', 'n\.ipynb', 'table\.csv'\]/);
  assert.equal(await readFile(join(dir, "out/images/a.txt"), "utf8"), "amore");
  assert.deepEqual((await readdir(join(dir, "out"), { recursive: true })).toSorted(), [
    "images",
    "images/a.txt",
    "n.ipynb",
    "run.json",
  ]);
});

test("the executed notebook never replaces its own source", async (t) => {
  const source = notebook(["1"]);
  const dir = await folder(t, { "n.ipynb": source });
  const { code, stderr } = await run(["n.ipynb", "--output-folder", "."], { cwd: dir });
  assert.equal(code, 73);
  assert.match(stderr, /n\.ipynb/);
  assert.equal(await readFile(join(dir, "n.ipynb"), "utf8"), source);
});

test("what a thread prints after the last cell is kept", async (t) => {
  const source =
    "import threading, time\ndef speak():\n    time.sleep(1)\n    print('late words')\nthreading.Thread(target=speak).start()";
  const dir = await folder(t, { "n.ipynb": notebook([source]) });
  const { code, stdout, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^late words$/m);
  const saved = await json<SavedNotebook>(join(dir, "out/n.ipynb"));
  assert.deepEqual(saved.cells[0]?.outputs[0]?.text, ["late words\n"]);
});

test("what an exit handler prints is in the log to the last line, though whoever reads it is slow", async (t) => {
  const lines = 3000;
  const source = `import atexit\ndef speak():\n    for i in range(${lines}): print('line', i, 'x' * 200, flush=True)\natexit.register(speak)`;
  const dir = await folder(t, { "n.ipynb": notebook([source]) });
  const { child, ended } = start(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  child.stdout?.pause();
  setTimeout(() => child.stdout?.resume(), 2_500);
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const numbers = [...stdout.matchAll(/^line (\d+) x{200}$/gm)].map(([, number]) => Number(number));
  assert.deepEqual(
    numbers,
    Array.from({ length: lines }, (_, index) => index),
    stderr,
  );
});

test("what exit handlers and their programs print is kept to the last line", async (t) => {
  // ipykernel closes the pipes of ended threads every ten seconds, and would take the main thread for one of them.
  const source = [
    "import atexit, asyncio, os",
    "def speak():",
    "    io = get_ipython().kernel.iopub_thread",
    "    asyncio.run_coroutine_threadsafe(io._event_pipe_gc(), io.io_loop.asyncio_loop).result()",
    "    print('last words')",
    "    os.system('seq 100000')",
    "atexit.register(speak)",
  ].join("\n");
  const dir = await folder(t, { "n.ipynb": notebook([`_ = 0\n${source};`]) });
  const { code, stdout, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 0, stderr);
  const lines = ["last words", ...Array.from({ length: 100_000 }, (_, index) => `${index + 1}`), ""].join("\n");
  const saved = await json<SavedNotebook>(join(dir, "out/n.ipynb"));
  // Not assert.equal: it would print both.
  assert.ok(stdout === lines, stdout.slice(-100));
  assert.ok(saved.cells[0]?.outputs[0]?.text?.join("") === lines);
});

test("a command that a notebook leaves running is heard to its end, and no exit handler waits for it in vain", async (t) => {
  const source =
    "import atexit, subprocess\natexit.register(print, 'bye');\np = subprocess.Popen('sleep 1; echo late', shell=True)";
  const dir = await folder(t, { "n.ipynb": notebook([source]) });
  const { code, stdout, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /late\nbye\n$/);
  assert.doesNotMatch(stderr, /warning/);
});

test("a command that a notebook leaves running for good is ended, and that is told", async (t) => {
  const source = "import atexit, subprocess\natexit.register(print, 'bye');\np = subprocess.Popen(['sleep', '60'])";
  const dir = await folder(t, { "n.ipynb": notebook([source]) });
  const { code, stdout, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /bye\n$/);
  assert.match(stderr, /left 1 process running; ended/);
  assert.doesNotMatch(stderr, /did not end/);
});

for (const [what, how] of Object.entries({ "exited with code 0": "os._exit(0)", "died of SIGABRT": "os.abort()" }))
  test(`a kernel that ${what} among its exit handlers is told of, in the log and in the record`, async (t) => {
    const source = `import atexit, os\ndef end():\n    print('lost')\n    ${how}\natexit.register(end);`;
    const dir = await folder(t, { "n.ipynb": notebook([source]) });
    const { code, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`warning: The kernel ${what} before .* outputs may be incomplete`));
    const record = await json<RunRecord>(join(dir, "out/run.json"));
    assert.deepEqual([record.status, record.outputsMayBeIncomplete], ["succeeded", true]);
  });
