/** The notebook on disk while it is executed. */
import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { NbjobError } from "../../../src/text/errors.ts";
import { venvOrSkip } from "../../support/venv.ts";
import { readSaved, run, streamed, temporaryFolder, type Saved } from "./notebook-run.ts";

test("what a long cell has printed so far is on disk, and every file is whole", async (t) => {
  const found: Saved[] = [];
  const folder = await temporaryFolder(t);
  const path = join(folder, "seen.ipynb");
  const source = "import time\nfor i in range(60):\n  print('x' * 20_000, i, flush=True)\n  time.sleep(.05)";
  const ran = await run(t, ["print('first')", source], {
    path,
    saveInterval: 50,
    observer: { output: async () => void found.push(await readSaved(path)) },
  });
  if (!ran) return;
  const sizes = found.map(({ cells }) => streamed(cells[1]).length);
  assert.ok(sizes.length > 10);
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
    "it only grows",
  );
  assert.ok(new Set(sizes).size > 1, "and does so while the cell runs");
  assert.equal(found.at(-1)?.cells[1]?.metadata.papermill?.status, "running");
  assert.deepEqual(await readdir(folder), ["seen.ipynb"], "nothing is left beside it");
});

test("killing nbjob leaves a valid notebook, with what was saved before", async (t) => {
  const python = await venvOrSkip(t, "execution");
  if (python === undefined) return;
  const program = join(import.meta.dirname, "../../fixtures/notebooks-run/execute.ts");
  const judge = join(import.meta.dirname, "../../fixtures/notebooks-run/nbclient_judge.py");
  const source = "for i in range(1_000_000): print('x' * 1_000, i, flush=True)";
  const killed = async (delay: number): Promise<string> => {
    const folder = await temporaryFolder(t);
    const file = join(folder, "executed.ipynb");
    const running = execa(process.execPath, [program, python, folder, "20"], { input: source, reject: false });
    const printing = async (): Promise<boolean> =>
      (await stat(file).then(
        ({ size }) => size,
        () => 0,
      )) > 20_000;
    while (!(await printing())) await sleep(20);
    await sleep(delay);
    running.kill("SIGKILL");
    await running;
    return file;
  };
  const files = await Promise.all([0, 111, 333].map(killed));
  const { stdout } = await execa(python, [judge, "check", ...files]);
  assert.deepEqual(JSON.parse(stdout), [null, null, null]);
  const saved = await Promise.all(files.map((file) => readSaved(file)));
  for (const { cells } of saved) assert.ok(streamed(cells[1]).length > 0);
});

test("where the notebook cannot be written nothing is run, and no kernel is left", async (t) => {
  const folder = await temporaryFolder(t);
  const started: number[] = [];
  const running = run(t, ["1"], { path: folder, observer: { kernelReady: ({ pid }) => void started.push(pid) } });
  await assert.rejects(running, (error) => error instanceof NbjobError && error.reason === "environment");
  for (const pid of started) assert.throws(() => process.kill(pid, 0));
});

test("where it cannot be written at the end, the run says that it is not published", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "executed.ipynb");
  const source = `import os\nos.remove(${JSON.stringify(path)})\nos.mkdir(${JSON.stringify(path)})`;
  const running = run(t, [source], { path });
  await assert.rejects(running, (error) => error instanceof NbjobError && error.reason === "publish-incomplete");
});
