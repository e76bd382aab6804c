import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kernel } from "../../../src/notebook/kernel/connection.ts";
import { display } from "../../../src/notebook/kernel/messages.ts";
import { resolveKernel, type KernelChoice } from "../../../src/notebook/kernel/resolve.ts";
import { liveMembers } from "../../../src/process/members.ts";
import { venvOrSkip } from "../../support/venv.ts";
import { environment, execute, folderOf, start, startNamed, temporary } from "./start.ts";

await suite("IPython's kernel", { concurrency: 2 }, () => {
  for (const [venv, count] of [
    ["kernels", 20_000],
    ["ipykernel6", 4_000],
  ] as const)
    test(`loses none of ${count} flushed lines and ${count} display() calls (${venv})`, async (t) => {
      const python = await venvOrSkip(t, venv);
      if (python === undefined) return;
      const kernel = await startNamed(t, python);
      const { stdout } = await execute(kernel, `for i in range(${count}): print(i, flush=True)`);
      assert.ok(stdout === Array.from({ length: count }, (_, index) => `${index}\n`).join(""));
      const { messages } = await execute(kernel, `for i in range(${count}): display({'text/plain': str(i)}, raw=True)`);
      const shown = messages
        .filter(({ header }) => header.msg_type === "display_data")
        .map(({ content }) => display(content).data["text/plain"]);
      assert.equal(shown.length, count);
      assert.ok(shown.every((text, index) => text === String(index)));
      assert.ok(!kernel.connection.mayHaveLost);
    });

  test("lets a user's exit handler finish within its grace", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    const proof = join(temporary(t), "proof");
    const code = `import atexit, pathlib, time
@atexit.register
def slow(sleep=time.sleep, done=pathlib.Path("${proof}").touch): sleep(2.5); done()`;
    await execute(kernel, code);
    assert.deepEqual(await kernel.shutdown({ grace: 10_000 }), { code: 0, signal: null, how: "shutdown" });
    assert.ok(existsSync(proof));
  });

  test("ends a handler that takes longer than its grace", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    await execute(kernel, "import atexit, time\natexit.register(lambda: time.sleep(60))");
    const exit = await kernel.shutdown({ grace: 300 });
    assert.equal(exit.how, "stopped");
  });

  test("is not waited for when it stalls with its sockets closed", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await start(t, python, await plain(python));
    // What ipykernel does by itself now and then: its close() gets stuck behind the closing of iopub. IPython has emptied the namespace by then.
    const code = `
import time
from ipykernel.kernelapp import IPKernelApp
class Stuck:
    closed = False
    def close(self, sleep=time.sleep): sleep(600)
IPKernelApp.instance().debugpy_socket = Stuck()`;
    assert.ok(!(await execute(kernel, code)).types.includes("error"));
    const exit = await kernel.shutdown({ grace: 300_000 });
    assert.deepEqual(exit, { code: null, signal: "SIGKILL", how: "stopped" });
  });

  test("gives up the wait for its end when it is told to", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    await execute(kernel, "import atexit, time\natexit.register(lambda: time.sleep(600))");
    const exit = await kernel.shutdown({ grace: 300_000, signal: AbortSignal.timeout(300) });
    assert.equal(exit.how, "stopped");
  });

  test("sees no difference between nbjob's start and a plain one", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const code = `
import sys, os, warnings, threading, gc
print(sys.path, os.path.basename(sys.argv[0]), sys.flags, sorted(vars(sys.modules["__main__"])), warnings.filters, sep="\\n")
print(sorted(thread.name for thread in threading.enumerate()), gc.isenabled(), gc.get_threshold())
import debugpy; print(debugpy.__file__)`;
    const said: string[] = [];
    for (const kernel of [await plain(python), await resolveKernel({ env: environment(python) })])
      said.push((await execute(await start(t, python, kernel), code)).stdout);
    assert.match(said[0] ?? "", /debugpy/);
    assert.equal(said[1], said[0]);
  });

  test("starts in a folder with files of Python's own names", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const cwd = temporary(t);
    for (const name of ["zmq", "gc", "runpy", "debugpy", "ipykernel"])
      writeFileSync(join(cwd, `${name}.py`), "raise Exception('the wrong one')");
    const kernel = await startNamed(t, python, "python3", { cwd });
    assert.equal((await execute(kernel, "import os; print(os.getcwd())")).stdout.trim(), cwd);
  });

  test("keeps its history to itself", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    const { stdout } = await execute(kernel, "print(get_ipython().history_manager.hist_file)");
    assert.equal(stdout.trim(), ":memory:");
  });

  test("does not outlive nbjob, even where that is killed", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const holder = join(import.meta.dirname, "..", "..", "fixtures", "kernels", "hold_kernel.ts");
    const child = spawn(process.execPath, [holder, python], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = (await once(child.stdout, "data")) as [Buffer]; // its one line
    const pid = Number(said);
    assert.deepEqual(liveMembers(pid), [pid]);
    const folder = folderOf({ pid });
    t.after(() => rm(folder, { recursive: true })); // which nobody else can do now
    child.kill("SIGKILL");
    for (let waited = 0; waited < 100 && liveMembers(pid).length > 0; waited++) await sleep(100);
    assert.deepEqual(liveMembers(pid), []);
  });

  test("also runs over TCP", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python, "python3", { transport: "tcp" });
    assert.equal((await execute(kernel, "print(1)")).stdout, "1\n");
    assert.equal((await kernel.shutdown({ grace: 10_000 })).how, "shutdown");
  });

  for (const venv of ["kernels", "ipykernel6"])
    test(`takes what many threads print and flush at once: ${venv}`, async (t) => {
      const python = await venvOrSkip(t, venv);
      if (python === undefined) return;
      const kernel = await startNamed(t, python);
      const code = [
        "import threading",
        "def speak(): [print('word', flush=True) for _ in range(200)]",
        "threads = [threading.Thread(target=speak) for _ in range(8)]",
        "for thread in threads: thread.start()",
        "for thread in threads: thread.join()",
      ].join("\n");
      const { stdout } = await execute(kernel, code);
      assert.equal(stdout.match(/word/g)?.length, 1_600);
    });

  test("speaks its last words on the process's own stdout and stderr, too", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel: Kernel = await startNamed(t, python);
    const { stdout } = await execute(kernel, "import os\nos.write(1, b'by hand')\nimport time; time.sleep(0.5)");
    assert.equal(stdout, "by hand");
    assert.match(kernel.log(), /by hand/);
  });
});

/** As other programs start it: the command is not recognised, because it is hidden behind env(1). */
async function plain(python: string): Promise<KernelChoice> {
  const kernel = await resolveKernel({ env: environment(python) });
  return { ...kernel, argv: ["env", python, ...kernel.argv.slice(1)] };
}
