/** How cells and notebooks end, with a real IPython kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, streamed, type CellSource, type RunOptions, type SavedCell } from "./notebook-run.ts";

interface Expected {
  readonly cells: readonly (string | CellSource)[];
  readonly options?: RunOptions;
  readonly status: "succeeded" | "failed";
  readonly statuses: string;
  readonly failure?: { readonly [key: string]: unknown };
}

const raises = (source: string): CellSource => ({ source, tags: ["raises-exception"] });

const table: Readonly<Record<string, Expected>> = {
  "everything succeeds": { cells: ["1", "2"], status: "succeeded", statuses: "succeeded succeeded" },
  "an exception ends the notebook": {
    cells: ["1/0", "2"],
    status: "failed",
    statuses: "failed skipped",
    failure: { reason: "cell-failed", ename: "ZeroDivisionError", evalue: "division by zero", exitCode: undefined },
  },
  "a magic that does not exist, which has no error output": {
    cells: ["%nosuchmagic", "2"],
    status: "failed",
    statuses: "failed skipped",
    failure: { reason: "cell-failed", ename: "UsageError" },
  },
  "a syntax error": {
    cells: ["def", "2"],
    status: "failed",
    statuses: "failed skipped",
    failure: { reason: "cell-failed", ename: "SyntaxError" },
  },
  "raises-exception lets it raise, and says it did what it should": {
    cells: [raises("1/0"), "2"],
    status: "succeeded",
    statuses: "succeeded succeeded",
  },
  "allowErrors goes on, and says what failed": {
    cells: ["1/0", "2"],
    options: { allowErrors: true },
    status: "succeeded",
    statuses: "failed succeeded",
  },
  "a traceback shown by the cell itself": {
    cells: ["try:\n  1/0\nexcept Exception:\n  get_ipython().showtraceback()", "2"],
    status: "failed",
    statuses: "failed skipped",
    failure: { ename: "ZeroDivisionError" },
  },
  "sys.exit() ends well": {
    cells: ["import sys; sys.exit()", "2"],
    status: "succeeded",
    statuses: "succeeded skipped",
  },
  "sys.exit(0) ends well, even with allowErrors": {
    cells: ["import sys; sys.exit(0)", "2"],
    options: { allowErrors: true },
    status: "succeeded",
    statuses: "succeeded skipped",
  },
  "sys.exit(3) ends with 3": {
    cells: ["import sys; sys.exit(3)", "2"],
    status: "failed",
    statuses: "failed skipped",
    failure: { reason: "cell-failed", ename: "SystemExit", exitCode: 3 },
  },
  "sys.exit(3) ends with 3 with allowErrors too": {
    cells: ["import sys; sys.exit(3)", "2"],
    options: { allowErrors: true },
    status: "failed",
    statuses: "failed skipped",
    failure: { exitCode: 3 },
  },
  "sys.exit(message) ends with 1": {
    cells: ["import sys; sys.exit('no data')"],
    status: "failed",
    statuses: "failed",
    failure: { evalue: "no data", exitCode: 1 },
  },
  "sys.exit(-1) ends with 255": {
    cells: ["import sys; sys.exit(-1)"],
    status: "failed",
    statuses: "failed",
    failure: { exitCode: 255 },
  },
  "sys.exit(3) in a cell that may raise goes on": {
    cells: [raises("import sys; sys.exit(3)"), "2"],
    status: "succeeded",
    statuses: "succeeded succeeded",
  },
  "exit() ends well": { cells: ["exit()", "2"], status: "succeeded", statuses: "succeeded skipped" },
  "quit() that keeps the kernel ends well": {
    cells: ["quit(keep_kernel=True)", "2"],
    status: "succeeded",
    statuses: "succeeded skipped",
  },
  "input() fails with a reason": {
    cells: ["name = input('Name? ')", "2"],
    status: "failed",
    statuses: "failed skipped",
    failure: { reason: "cell-failed", ename: "StdinNotImplementedError" },
  },
  "a cell that interrupts itself fails": {
    cells: ["raise KeyboardInterrupt", "2"],
    status: "failed",
    statuses: "failed skipped",
    failure: { reason: "cell-failed", ename: "KeyboardInterrupt" },
  },
  "an error that a widget shows is not the cell's": {
    cells: ["import ipywidgets\nwith ipywidgets.Output(): raise ValueError('shown')", "2"],
    status: "succeeded",
    statuses: "succeeded succeeded",
  },
  "a kernel that exits dies with its code": {
    cells: ["print('last', flush=True)\nimport os, time; time.sleep(.5); os._exit(3)", "2"],
    status: "failed",
    statuses: "interrupted skipped",
    failure: { reason: "kernel-died", exitCode: 3, signal: undefined },
  },
  "a kernel that exits with 0 in the middle of a cell has failed all the same": {
    cells: ["import os; os._exit(0)"],
    status: "failed",
    statuses: "interrupted",
    failure: { reason: "kernel-died", exitCode: undefined },
  },
  "a kernel that crashes dies of a signal": {
    cells: ["import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "2"],
    status: "failed",
    statuses: "interrupted skipped",
    failure: { reason: "kernel-died", signal: "SIGSEGV", exitCode: 139 },
  },
  "a kernel that dies between two cells": {
    cells: ["import os, threading; threading.Timer(1, os._exit, (7,)).start()", "import time; time.sleep(20)"],
    status: "failed",
    statuses: "succeeded interrupted",
    failure: { reason: "kernel-died", exitCode: 7 },
  },
};

for (const [name, { cells, options, status, statuses, failure }] of Object.entries(table))
  test(name, async (t) => {
    const ran = await run(t, cells, options);
    if (!ran) return;
    assert.equal(ran.result.status, status);
    assert.equal(ran.statuses, statuses);
    const found: Readonly<Record<string, unknown>> = { ...ran.result.failure };
    for (const [key, value] of Object.entries(failure ?? {})) assert.deepEqual(found[key], value, key);
    assert.equal(ran.result.failure === undefined, status === "succeeded");
    for (const [at, { status: cellStatus }] of ran.result.cells.entries()) {
      const cell: SavedCell | undefined = ran.saved.cells[at];
      // A kernel that dies at once may not have said which count the cell has.
      if (cellStatus !== "interrupted") assert.equal(cell?.execution_count === null, cellStatus === "skipped");
      if (cellStatus === "skipped") assert.deepEqual(cell?.outputs, [], "nothing stale");
    }
  });

test("what a kernel printed before it died is kept, and the failure names the cell", async (t) => {
  const ran = await run(t, ["1", "print('before', flush=True)\nimport os, time; time.sleep(.5); os.abort()"]);
  if (!ran) return;
  assert.equal(streamed(ran.saved.cells[1]), "before\n");
  assert.equal(ran.result.failure?.cell?.index, 1);
  assert.match(ran.result.failure.message, /SIGABRT.*cell 2 of 2/);
  assert.equal(ran.result.outputsMayBeIncomplete, true);
  assert.match(ran.warnings.join("\n"), /^Cell 2 of 2.*outputs may be incomplete$/);
});

test("all that is said of a failure is masked", async (t) => {
  const source = "key = 's3cret'\nprint(key)\nraise ValueError(key)";
  const ran = await run(t, [source], { mask: (text) => text.replaceAll("s3cret", "***") });
  if (!ran) return;
  assert.ok(!JSON.stringify(ran.result.failure).includes("s3cret"));
  const { outputs } = ran.saved.cells[0] ?? { outputs: [] };
  assert.ok(outputs.length > 0 && !JSON.stringify(outputs).includes("s3cret"));
});

test("the log has the traceback once", async (t) => {
  const ran = await run(t, ["1/0"]);
  if (!ran) return;
  assert.equal(ran.printed.match(/division by zero/g)?.length, 1);
});

test("what an Output widget had captured when its kernel died is in the widget's state", async (t) => {
  const source =
    "import ipywidgets, os, time\nout = ipywidgets.Output()\nwith out:\n    print('captured', flush=True)\n    time.sleep(.3)\n    os.kill(os.getpid(), 9)";
  const ran = await run(t, [source]);
  if (!ran) return;
  assert.match(JSON.stringify(ran.saved.metadata["widgets"]), /captured/);
});
