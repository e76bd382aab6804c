import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stream } from "../../../src/notebook/kernel/messages.ts";
import { venvOrSkip } from "../../support/venv.ts";
import { execute, startNamed, temporary } from "./start.ts";

const megabytes = 200;
const flood = `
for i in range(${megabytes}): display({"text/plain": str(i) + "y" * 1_000_000}, raw=True)`;

/** Resident memory in bytes. */
function memory(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "latin1"))?.[1]) * 1024;
}

await suite("a reader slower than the kernel", () => {
  test("slows the kernel instead of filling memory", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    const before = memory();
    const id = kernel.connection.send("shell", "execute_request", { code: flood, silent: false });
    await sleep(2_000); // in which it could have sent it all
    assert.ok(memory() - before < (megabytes / 2) * 1e6);
    let next = 0;
    for (let message = await kernel.connection.receive(); message; message = await kernel.connection.receive()) {
      if (message.parent_header?.msg_id !== id) continue;
      if (message.header.msg_type === "display_data")
        assert.ok(JSON.stringify(message.content).includes(`"${next++}y`));
      if (message.content.execution_state === "idle") break;
    }
    assert.equal(next, megabytes);
    assert.equal((await execute(kernel, "print('still there')")).stdout, "still there\n");
  });

  test("that stops reading does not keep the kernel from shutting down", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    const proof = join(temporary(t), "proof");
    await execute(kernel, `import atexit, pathlib; atexit.register(pathlib.Path("${proof}").touch)`);
    kernel.connection.send("shell", "execute_request", { code: flood, silent: false });
    await sleep(1_500);
    const exit = await kernel.shutdown({ grace: 60_000 });
    assert.equal(exit.how, "shutdown");
    assert.ok(existsSync(proof));
  });

  test("that stops reading does not keep it from being interrupted", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    const endless = "i = 0\nwhile True:\n    i += 1\n    display({'text/plain': 'z' * 10_000}, raw=True)";
    const id = kernel.connection.send("shell", "execute_request", { code: endless, silent: false });
    await sleep(1_000);
    kernel.interrupt();
    await sleep(500);
    const types: string[] = [];
    for (let message = await kernel.connection.receive(); message; message = await kernel.connection.receive()) {
      if (message.parent_header?.msg_id === id) types.push(message.header.msg_type);
      if (message.parent_header?.msg_id === id && message.content.execution_state === "idle") break;
    }
    assert.ok(types.includes("error"));
  });

  test("still gets what a kernel said before it was killed", async (t) => {
    const python = await venvOrSkip(t, "kernels");
    if (python === undefined) return;
    const kernel = await startNamed(t, python);
    const code =
      "import os, time\nfor i in range(200): print(i, 'x' * 300, flush=True)\ntime.sleep(.5)\nos.kill(os.getpid(), 9)";
    kernel.connection.send("shell", "execute_request", { code, silent: false });
    await kernel.exited;
    let said = "";
    for (let message = await kernel.connection.receive(); message; message = await kernel.connection.receive())
      if (message.header.msg_type === "stream") said += stream(message.content).text;
    assert.deepEqual(
      said.match(/^\d+/gm),
      Array.from({ length: 200 }, (_, index) => `${index}`),
    );
  });
});
