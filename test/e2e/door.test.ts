/** The one door for output: nothing printed is lost, however slow the reader, and a reader that goes away ends nothing. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { RunRecord } from "../../src/run/record.ts";
import { folder, json, nbjob, notebook, plainEnvironment, run } from "../support/program.ts";

test("a reader that starts late gets all 200,000 lines", async (t) => {
  const dir = await folder(t, { "many.sh": "seq 1 200000; exit 7\n" });
  const child = spawn(nbjob, ["many.sh", "--output-folder", "out"], {
    cwd: dir,
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await new Promise((resolve) => setTimeout(resolve, 2500));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  assert.equal(await ended, 7);
  const expected = Array.from({ length: 200_000 }, (_, line) => `${line + 1}\n`).join("");
  assert.equal(createHash("md5").update(text).digest("hex"), createHash("md5").update(expected).digest("hex"));
});

test("stdout and stderr in one pipe keep their order", async (t) => {
  const dir = await folder(t, {
    "both.py":
      "import sys\nfor i in range(2000):\n    print('out', i, flush=True); print('err', i, file=sys.stderr, flush=True)\n",
  });
  const child = spawn("sh", ["-c", `${nbjob} both.py --output-folder out 2>&1 | (sleep 1; cat)`], {
    cwd: dir,
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await new Promise((resolve) => child.once("close", resolve));
  const of = (name: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith(name))
      .map((line) => Number(line.slice(4)));
  const numbers = Array.from({ length: 2000 }, (_, i) => i);
  assert.deepEqual(of("out"), numbers);
  assert.deepEqual(of("err"), numbers);
});

test("a reader that goes away does not end the run", async (t) => {
  const dir = await folder(t, {
    "long.sh": "for i in 1 2 3 4 5 6; do echo $i; sleep 0.3; done; echo done > done.txt\n",
  });
  const child = spawn("sh", ["-c", `(${nbjob} long.sh --output-folder out; echo "code $?" >&2) | head -n 1`], {
    cwd: dir,
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  await new Promise((resolve) => child.once("close", resolve));
  assert.match(stderr, /^code 0$/m);
  assert.equal((await json<RunRecord>(join(dir, "out/run.json"))).complete, true);
});

for (const [name, content] of Object.entries({
  "flood.sh": "touch $FLAG\nwhile :; do echo some output; done\n",
  "flood.ipynb": notebook(["import os\nopen(os.environ['FLAG'], 'w').close()\nwhile True: print('x' * 1_000)"]),
}))
  test(`a reader that is stuck does not keep a run from ending: ${name}`, async (t) => {
    const dir = await folder(t, { [name]: content });
    const child = spawn(nbjob, [name, "--output-folder", "out", "--set", "gracePeriod=1s"], {
      cwd: dir,
      env: plainEnvironment({ FLAG: join(dir, "flag") }),
      stdio: ["ignore", "pipe", "ignore"],
    });
    t.after(() => child.kill("SIGKILL"));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    while (!existsSync(join(dir, "flag"))) await wait(20);
    await wait(500); // in which the pipe fills
    child.kill("SIGTERM");
    while (!(await json<RunRecord>(join(dir, "out/run.json"))).complete) await wait(20);
    child.stdout.resume();
    assert.equal(await ended, 143);
  });

test("JSON lines carry everything on stdout, in order, each one an object", async (t) => {
  const dir = await folder(t, { "say.sh": "echo one; echo two >&2; printf three\n" });
  const { code, stdout, stderr } = await run(["say.sh", "--output-folder", "out", "--log-format", "json"], {
    cwd: dir,
  });
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const records = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const lines = records.filter((record) => "line" in record).map(({ stream, line }) => ({ stream, line }));
  assert.deepEqual(
    lines.toSorted((a, b) => (String(a.line) < String(b.line) ? -1 : 1)),
    [
      { stream: "stdout", line: "one" },
      { stream: "stdout", line: "three" },
      { stream: "stderr", line: "two" },
    ],
  );
  assert.deepEqual(records.at(-1)?.["exitCode"], 0);
});

test("on a terminal there are colours and a line that says how long the cell has run; a plain log has neither", async (t) => {
  const dir = await folder(t, {
    "n.ipynb": notebook([
      "import time\ntime.sleep(1.5)\nprint('half', end='', flush=True)\ntime.sleep(2.2)\nprint(' slept')",
      "1/0",
    ]),
  });
  const terminal = spawn("script", ["-qec", `${nbjob} n.ipynb --output-folder out`, "/dev/null"], {
    cwd: dir,
    env: plainEnvironment({ TERM: "xterm" }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let shown = "";
  terminal.stdout.setEncoding("utf8").on("data", (part: string) => (shown += part));
  await new Promise((resolve) => terminal.once("close", resolve));
  assert.match(shown, /\u001b\[2mCell 1\/2 has run for \d/);
  assert.match(
    shown,
    /\r\u001b\[2Khalf slept\r?\n/,
    "the line steps aside, and waits for the end of one that is begun",
  );
  assert.match(shown, /\u001b\[31mZeroDivisionError/);
  const { stdout, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.doesNotMatch(stdout + stderr, /\u001b/);
  assert.match(stderr, /^ZeroDivisionError: division by zero$/m);
});

test("Node's own warnings go through the log too", async (t) => {
  const dir = await folder(t, {
    "say.sh": "sleep 0.5; echo said\n",
    // Once the program listens for failures, it listens for warnings.
    "warn.cjs":
      "process.on('newListener', (event) => event === 'uncaughtException' && setTimeout(() => process.emitWarning('odd'), 50));\n",
  });
  const { code, stdout, stderr } = await run(["say.sh", "--output-folder", "out", "--log-format", "json", "--debug"], {
    cwd: dir,
    env: { NODE_OPTIONS: `--require ${join(dir, "warn.cjs")}` },
  });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /"level":"debug","message":"Node warns: odd"/);
});
