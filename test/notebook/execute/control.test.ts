/** Time-outs, cancelling, and which cells run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { executeNotebook } from "../../../src/notebook/index.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { notebookOf, run, runScripted, streamed, temporaryFolder, type RunOptions } from "./notebook-run.ts";

const forever = "import time\nprint('begun', flush=True)\ntime.sleep(60)";
/** Aborts a moment after the cell has printed something: an interrupt within `print` would show its insides. */
function abortOnOutput(kind: "timeout" | "canceled"): RunOptions & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    observer: { output: () => void setTimeout(() => controller.abort({ kind }), 300) },
  };
}

test("a cell's timeout interrupts it, keeps what it printed, and names it", async (t) => {
  const ran = await run(t, ["1", forever, "3"], { cellTimeout: 2_000 });
  if (!ran) return;
  assert.equal(ran.result.failure?.reason, "timeout");
  assert.match(ran.result.failure.message, /^Cell 2 of 3/);
  assert.equal(ran.statuses, "succeeded interrupted skipped");
  const [, cell, last] = ran.saved.cells;
  assert.equal(streamed(cell), "begun\n");
  assert.equal(cell?.outputs.at(-1)?.ename, "KeyboardInterrupt");
  assert.equal(cell.metadata.nbjob?.status, "interrupted");
  assert.deepEqual(last?.outputs, []);
});

test("a cell that ignores the interrupt is killed after the grace", async (t) => {
  const stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + forever;
  const ran = await run(t, [stubborn, "2"], { cellTimeout: 500, stopGrace: 500 });
  if (!ran) return;
  assert.equal(ran.result.failure?.reason, "timeout");
  assert.equal(ran.statuses, "interrupted skipped");
});

test("cells that are quick enough have no timeout", async (t) => {
  const ran = await run(t, ["import time; time.sleep(.3)", "time.sleep(.3)"], { cellTimeout: 20_000 });
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
});

for (const kind of ["timeout", "canceled"] as const)
  test(`a run that is ended by a ${kind} interrupts its cell and skips the others`, async (t) => {
    const ran = await run(t, [forever, "2"], abortOnOutput(kind));
    if (!ran) return;
    assert.equal(ran.result.status, kind === "canceled" ? "canceled" : "failed");
    assert.equal(ran.result.failure?.reason, kind);
    assert.equal(ran.statuses, "interrupted skipped");
    assert.equal(streamed(ran.saved.cells[0]), "begun\n");
  });

test("a cancelled cell may clean up", async (t) => {
  const source = "import time\ntry:\n  print('begun', flush=True)\n  time.sleep(60)\nfinally:\n  print('cleaned')";
  const ran = await run(t, [source], abortOnOutput("canceled"));
  if (!ran) return;
  assert.equal(streamed(ran.saved.cells[0]), "begun\ncleaned\n");
});

test("the kill signal does not wait for the grace", async (t) => {
  const stop = new AbortController();
  const kill = new AbortController();
  const ran = await runScripted(t, ["ignore-interrupts\nsleep 60"], {
    signal: stop.signal,
    killSignal: kill.signal,
    stopGrace: 60_000,
    observer: {
      cellStarted: () => {
        setTimeout(() => stop.abort({ kind: "canceled" }), 300);
        setTimeout(() => kill.abort(), 600);
      },
    },
  });
  if (!ran) return;
  assert.equal(ran.result.status, "canceled");
  assert.equal(ran.statuses, "interrupted");
});

test("a run that is cancelled before its kernel is ready runs nothing", async (t) => {
  const ran = await run(t, ["1", "2"], { signal: AbortSignal.abort({ kind: "canceled" }) });
  if (!ran) return;
  assert.equal(ran.result.status, "canceled");
  assert.equal(ran.statuses, "skipped skipped");
  assert.deepEqual(ran.saved.cells[0]?.outputs, []);
});

test("a run that is cancelled between two cells", async (t) => {
  const controller = new AbortController();
  const ran = await run(t, ["1", "2"], {
    signal: controller.signal,
    observer: { cellEnded: () => controller.abort({ kind: "canceled" }) },
  });
  if (!ran) return;
  assert.equal(ran.result.status, "canceled");
  assert.equal(ran.statuses, "succeeded skipped");
});

test("an atexit handler finishes within the shutdown's grace", async (t) => {
  const folder = await temporaryFolder(t);
  const path = JSON.stringify(`${folder}/done`);
  const source = `import atexit, time\n@atexit.register\ndef end():\n  time.sleep(2)\n  open(${path}, "w").close()`;
  const ran = await run(t, [source], { shutdownGrace: 20_000 });
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  await import("node:fs/promises").then(({ stat }) => stat(`${folder}/done`));
});

test("an exit handler that takes longer than the grace is cut off, which is told", async (t) => {
  const source = "import atexit, time\n@atexit.register\ndef end(): time.sleep(60)";
  const ran = await run(t, [source], { shutdownGrace: 700 });
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  assert.match(ran.warnings.join("\n"), /^The kernel did not end within 0\.7 s and was stopped/);
});

const marked = (): Parameters<typeof run>[1] => [
  { source: "a = 1", tags: ["parameters"] },
  { source: "a = 2", tags: ["injected-parameters"] },
  "print(a)",
  { source: "text", type: "markdown" },
  { source: "print('x')", tags: ["remove"] },
  "  \n",
  { source: "1/0", tags: ["skip-execution"] },
  { source: "print('end')", tags: ["finish"] },
];

test("cells that are blank or tagged do not run and keep nothing; indices are the input's", async (t) => {
  const ran = await run(t, marked(), { excludeTags: ["remove"] });
  if (!ran) return;
  const statuses = ran.result.cells.map(({ index, status }) => `${index ?? "-"} ${status}`);
  assert.deepEqual(statuses, [
    "0 succeeded",
    "- succeeded",
    "1 succeeded",
    "3 excluded",
    "4 skipped",
    "5 skipped",
    "6 succeeded",
  ]);
  assert.deepEqual(
    ran.started.map(({ index, of, firstLine }) => [index, of, firstLine]),
    [
      [0, 7, "a = 1"],
      [undefined, 7, "a = 2"],
      [1, 7, "print(a)"],
      [6, 7, "print('end')"],
    ],
  );
  assert.equal(ran.saved.cells[4]?.metadata.nbjob?.status, "excluded");
  for (const at of [4, 5, 6]) assert.deepEqual(ran.saved.cells[at]?.outputs, []);
});

const ranges: readonly [options: RunOptions, printed: string][] = [
  [{ startCell: 1, endCell: 1 }, "2\n"],
  [{ startCell: 6 }, "end\n"],
  [{ startCell: "finish" }, "end\n"],
  [{ endCell: "remove" }, "2\nx\n"],
  [{ startCell: 2, endCell: "finish" }, "x\nend\n"],
];
for (const [options, printed] of ranges)
  test(`cells from ${options.startCell ?? "the first"} to ${options.endCell ?? "the last"}, and the injected one`, async (t) => {
    const ran = await run(t, marked(), options);
    if (!ran) return;
    assert.equal(ran.printed, printed);
    assert.equal(
      ran.started.some(({ index }) => index === undefined),
      true,
    );
  });

for (const options of [{ startCell: 7 }, { startCell: -1 }, { endCell: "nowhere" }, { endCell: 1.5 }])
  test(`a bound that names no cell is refused: ${JSON.stringify(options)}`, async () => {
    const running = executeNotebook({
      notebook: notebookOf(marked()),
      path: "/nowhere",
      cwd: "/",
      env: {},
      ...options,
    });
    await assert.rejects(running, (error) => error instanceof NbjobError && error.reason === "invalid-job-file");
  });

test("a slow log slows the reading, and loses nothing", async (t) => {
  let printed = "";
  const ran = await run(t, ["for i in range(50): print(i, flush=True)"], {
    observer: {
      output: async (_, bytes) => {
        await sleep(5);
        printed += Buffer.from(bytes).toString();
      },
    },
  });
  if (!ran) return;
  assert.equal(printed, streamed(ran.saved.cells[0]));
  assert.equal(printed.split("\n").length, 51);
});

test("a cell that has ended in time is not timed out for a log that is slow to take what it said", async (t) => {
  let slow = true;
  const ran = await run(t, ["for i in range(3): print(i, flush=True)", "2"], {
    cellTimeout: 3_000,
    stopGrace: 300,
    observer: {
      output: async () => {
        if (slow) await sleep(4_000);
        slow = false;
      },
    },
  });
  if (!ran) return;
  assert.equal(ran.statuses, "succeeded succeeded", ran.result.failure?.message);
});
