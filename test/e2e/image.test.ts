import assert from "node:assert/strict";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { containerPrinted, docker, runContainer, runDocker, startContainer, stockImage } from "../support/docker.ts";
import { folder, json, notebook, root } from "../support/program.ts";
import { inContainer, sameRuns } from "./same-runs.ts";

test("the image runs the demo's job file from a read-only folder and leaves its outputs in another", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const out = await folder(t);
  const { code, stdout, stderr } = await runContainer([
    "-v",
    `${join(root, "jobs")}:/jobs:ro`,
    "-v",
    `${out}:/out`,
    "-e",
    "NOTEBOOK_YAML_URL=file:///jobs/hello.yaml",
    image,
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /points: pi is about/);
  assert.deepEqual((await readdir(join(out, "hello"))).toSorted(), ["hello.ipynb", "pi.png", "run.json"]);
});

test("the stock image passes the suite of runs that every way in passes", async (t) => {
  if (!(await docker(t))) return;
  await sameRuns(t, inContainer(await stockImage()));
});

test("docker stop ends a run within Docker's own ten seconds, though its work does not listen: outputs published, 143", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const dir = await folder(t, {
    "n.ipynb": notebook([
      `import signal, time
for name in signal.SIGINT, signal.SIGTERM: signal.signal(name, signal.SIG_IGN)
open('kept.txt', 'w').write('kept')
print('ready', flush=True)
time.sleep(600)`,
    ]),
  });
  const name = await startContainer(t, [
    "-v",
    `${dir}:/jobs`,
    image,
    "run",
    "/jobs/n.ipynb",
    "--output-folder",
    "/jobs/out",
  ]);
  await containerPrinted(name, "ready");
  await runDocker(["stop", name]);
  assert.equal((await runDocker(["wait", name])).stdout.trim(), "143");
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.status, record.complete], ["canceled", true]);
  assert.ok(record.outputs.some(({ path }) => path === "kept.txt"));
});

test("the image runs as a user whom nobody knows, and gives a shell when asked for one", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const dir = await folder(t, { "n.ipynb": notebook(["import os; print('uid', os.getuid())"]) });
  await chmod(dir, 0o777);
  const ran = await runContainer([
    "--user",
    "54321:54321",
    "-v",
    `${dir}:/jobs`,
    image,
    "/jobs/n.ipynb",
    "--output-folder",
    "/jobs/out",
  ]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /uid 54321/);
  const shell = await runContainer([image, "bash", "-c", "echo from bash"]);
  assert.deepEqual([shell.code, shell.stdout], [0, "from bash\n"]);
});
