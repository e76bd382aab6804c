/** Every signal at every stage of a run: it ends with the signal's code, its record says so, and no process is left behind. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud } from "../cloud/cloud.ts";
import { processesWith } from "../process/left-behind.ts";
import { folder, json, notebook, start, type Started } from "../support/program.ts";

/** One that ignores signals, one that left its group, one that holds the pipe: whoever the work may leave. */
const family = [
  "(trap '' TERM INT HUP QUIT; sleep 600) &",
  "setsid sleep 600 >/dev/null 2>&1 &",
  "sleep 600 &",
  "echo ready",
  "sleep 600",
].join("\n");

interface Stage {
  readonly files: Readonly<Record<string, string>>;
  readonly job: (stalled: string) => string;
  /** What tells that it is reached: a text that is printed, a file that is there, or the stalled server's being asked. */
  readonly reached: { readonly text: string } | { readonly file: string } | "asked";
}

const slowKernel = {
  argv: ["sh", "-c", `touch "$STARTED"\n${family}`],
  display_name: "Slow",
  language: "python",
};

const stages: Readonly<Record<string, Stage>> = {
  "an input on its way": {
    files: { "w.sh": "echo ran\n" },
    job: (stalled) => `artifact: w.sh\ninputs: {x: "${stalled}/x"}`,
    reached: "asked",
  },
  "requirements being installed": {
    files: { "w.py": "print('ran')\n", "requirements.txt": "nbjob-no-such-package\n" },
    job: () => "artifact: w.py\nenvironment: {requirements: requirements.txt}",
    reached: "asked",
  },
  "a kernel that does not start": {
    files: { "n.ipynb": notebook(["1"], "slow"), "jupyter/kernels/slow/kernel.json": JSON.stringify(slowKernel) },
    job: () => "noteBook: n.ipynb",
    reached: { file: "started" },
  },
  "a cell": {
    files: {
      "n.ipynb": notebook([`import subprocess\nsubprocess.Popen(["sh", "-c", ${JSON.stringify(family)}]).wait()`]),
    },
    job: () => "noteBook: n.ipynb",
    reached: { text: "ready" },
  },
  "a script": { files: { "w.sh": family }, job: () => "artifact: w.sh", reached: { text: "ready" } },
  "the wait before another attempt": {
    files: { "w.sh": "setsid sleep 600 >/dev/null 2>&1 &\nexit 75\n" },
    job: () => "artifact: w.sh\nretries: {attempts: 3, backoff: 1h}",
    reached: { text: "again" },
  },
};

const signals = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1"] as const;

for (const [name, stage] of Object.entries(stages)) {
  test(`signals during ${name}`, async (t) => {
    await Promise.all(
      signals.map(async (signal) => {
        const { run, out, left } = await begun(t, stage);
        run.child.kill(signal);
        const { code, stderr } = await run.ended;
        assert.equal(code, 128 + constants.signals[signal], stderr);
        const { status, complete } = await json<RunRecord>(join(out, "run.json"));
        assert.deepEqual([signal, status, complete], [signal, "canceled", true]);
        assert.deepEqual(await left(), []);
      }),
    );
  });
}

for (const name of ["a cell", "a script"]) {
  test(`nbjob itself being killed during ${name}`, async (t) => {
    const stage = stages[name] ?? assert.fail();
    const { run, left } = await begun(t, stage);
    run.child.kill("SIGKILL");
    assert.equal((await run.ended).signal, "SIGKILL");
    assert.deepEqual(await left(), []);
  });
}

test("signals while outputs are on their way: a second one no longer waits for them", async (t) => {
  await using cloud = await startCloud();
  cloud.faults.add({ kind: "slow", milliseconds: 600_000, match: { path: /made\.txt/ }, times: 100 });
  const dir = await folder(t, { "w.sh": "echo made > made.txt; echo other > other.txt\n" });
  const output = `oci://bucket@${cloud.namespace}/out`;
  const run = start(["w.sh", "--output-folder", output], { cwd: dir, env: { ...cloud.env, TMPDIR: dir } });
  while (!cloud.storage.names("bucket").includes("out/other.txt")) await wait(20);
  run.child.kill("SIGTERM");
  await run.printed("SIGTERM");
  run.child.kill("SIGTERM");
  const { code, stderr } = await run.ended;
  // The work had succeeded, and its code stands for what came later.
  assert.equal(code, 74, stderr);
  assert.match(stderr, /made\.txt/);
  assert.match(stderr, /files are still in/);
});

/** A run that has reached a stage, with what counts the processes that it leaves. */
async function begun(
  t: TestContext,
  stage: Stage,
): Promise<{ run: Started; out: string; left: () => Promise<readonly number[]> }> {
  const stalled = await stalledServer(t);
  const dir = await folder(t, {
    ...stage.files,
    "job.yaml": `${stage.job(stalled.url)}\noutputFolder: out\ngracePeriod: 1s\n`,
  });
  const mark = randomUUID();
  const env = {
    NBJOB_TEST_MARK: mark,
    NBJOB_CACHE: join(dir, "cache"),
    JUPYTER_PATH: join(dir, "jupyter"),
    PIP_INDEX_URL: stalled.url,
    STARTED: join(dir, "started"),
  };
  const run = start(["job.yaml"], { cwd: dir, env });
  const { reached } = stage;
  const there =
    reached === "asked"
      ? stalled.asked
      : "text" in reached
        ? run.printed(reached.text)
        : appears(join(dir, reached.file));
  await Promise.race([there, run.ended.then(({ stderr }) => assert.fail(stderr))]);
  return { run, out: join(dir, "out"), left: () => leftBehind(mark) };
}

async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await wait(20);
}

/** The kernel takes a moment to end what was killed. */
async function leftBehind(mark: string): Promise<readonly number[]> {
  for (let round = 0; round < 100 && processesWith(mark).length > 0; round++) await wait(20);
  const left = processesWith(mark);
  for (const pid of left) process.kill(pid, "SIGKILL");
  return left;
}

/** A server that hears every request and answers none. */
async function stalledServer(t: TestContext): Promise<{ readonly url: string; readonly asked: Promise<void> }> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = createServer(() => resolve());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // The server listens on a port: its address is no pipe.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked };
}
