import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../../src/notebook/kernel/connection.ts";
import { startKernel } from "../../../src/notebook/kernel/launch.ts";
import { liveMembers } from "../../../src/process/members.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { venv } from "../../support/venv.ts";
import { environment, execute, faulty, folderOf, start } from "./start.ts";

await suite("a kernel that misbehaves", { concurrency: 3 }, () => {
  let python: string;
  before(async () => {
    python = await venv("kernels");
  });

  async function failure(faults: readonly string[], startTimeout = 20_000): Promise<NbjobError> {
    const options = { cwd: "/tmp", env: environment(python), startTimeout };
    const error = await startKernel({ kernel: faulty(python, faults), ...options }).then(
      () => assert.fail("it started"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof NbjobError);
    assert.equal(error.reason, "environment");
    return error;
  }

  test("dies at start: at once, with its own words", async () => {
    const error = await failure(["dies"], 60_000);
    assert.match(error.message, /code 1.*no licence for this kernel/s);
  });

  test("is killed at start: the signal is named", async () => {
    assert.match((await failure(["killed"])).message, /SIGKILL/);
  });

  test("never binds its sockets: given up when its time is over, with its own words", async () => {
    assert.match((await failure(["silent"], 800)).message, /0\.8 s.*thinking about it/s);
  });

  test("binds but never answers", async () => {
    assert.match((await failure(["deaf"], 800)).message, /0\.8 s/);
  });

  test("does not exist", async () => {
    const kernel = faulty(python, [], { argv: ["/nowhere/kernel", "{connection_file}"] });
    const starting = startKernel({ kernel, cwd: "/tmp", env: environment(python) });
    await assert.rejects(starting, { name: "NbjobError", reason: "environment", exitCode: 78 });
  });

  test("is given up while it starts", async () => {
    const reason = { kind: "canceled" };
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 300);
    const options = { cwd: "/tmp", env: environment(python), signal: controller.signal };
    const error = await startKernel({ kernel: faulty(python, ["silent"]), ...options }).catch((why: unknown) => why);
    assert.equal(error, reason);
  });

  test("binds late, when the first questions are lost", async (t) => {
    const kernel = await start(t, python, faulty(python, ["binds-late"]));
    assert.equal((await execute(kernel, "say hello")).stdout, "hello");
  });

  test("publishes nothing: it is told, and answers all the same", async (t) => {
    const warnings: string[] = [];
    const kernel = await start(t, python, faulty(python, ["mute"]), { warn: (message) => warnings.push(message) });
    assert.equal(kernel.info.implementation, "fault");
    assert.match(warnings.join(), /incomplete/);
  });

  test("sends bad signatures: those are dropped, counted and told once", async (t) => {
    const warnings: string[] = [];
    const faults = faulty(python, ["bad-signatures"]);
    const kernel = await start(t, python, faults, { warn: (message) => warnings.push(message) });
    const before = kernel.connection.dropped;
    const { stdout, types } = await execute(kernel, "say one\nsay two");
    assert.equal(stdout, "onetwo");
    assert.deepEqual(types.toSorted(), ["execute_reply", "status", "status", "stream", "stream"]);
    assert.ok(kernel.connection.dropped >= before + 4);
    assert.equal(warnings.filter((warning) => warning.includes("signature")).length, 1);
  });

  test("sends garbage: nothing of it is taken for a message, and nothing is lost", async (t) => {
    const kernel = await start(t, python, faulty(python, ["garbage"]));
    const { stdout } = await execute(kernel, "say one\nsay two");
    assert.equal(stdout, "onetwo");
    assert.ok(kernel.connection.dropped > 0);
  });

  test("leaves out what the protocol demands: date, session, status", async (t) => {
    const kernel = await start(t, python, faulty(python, ["no-fields"]));
    const { messages } = await execute(kernel, "say hi");
    const said = messages.find(({ header }) => header.msg_type === "stream");
    assert.equal(said?.header.date, undefined);
    assert.equal(said?.header.session, "");
  });

  for (const order of ["idle-first", "reply-first"])
    test(`sends idle and reply in this order: ${order}`, async (t) => {
      const kernel = await start(t, python, faulty(python, [order]));
      const { types } = await execute(kernel, "say x");
      assert.equal(types.at(-1), order === "idle-first" ? "execute_reply" : "status");
    });

  test("writes NaN, long integers and floats: they stay as they are", async (t) => {
    const kernel = await start(t, python, faulty(python, []));
    const { messages } = await execute(kernel, 'json [NaN, 12345678901234567890, 1.0, 7, "1.0"]\njson [1.0, 2]');
    const shown = messages
      .filter(({ header }) => header.msg_type === "display_data")
      .map(({ content }) => content.data);
    assert.deepEqual(JSON.parse(JSON.stringify(shown)), [
      { "application/json": [{ raw: "NaN" }, { raw: "12345678901234567890" }, { raw: "1.0" }, 7, "1.0"] },
      { "application/json": [{ raw: "1.0" }, 2] },
    ]);
  });

  test("floods: all of 50,000 messages come, in order, read by a slow reader", async (t) => {
    const kernel = await start(t, python, faulty(python, []));
    const running = execute(kernel, "flood 50000", async () => {
      if (Math.random() < 0.001) await sleep(10);
    });
    const { stdout } = await running;
    // Not assert.equal: it would print both.
    assert.ok(stdout === Array.from({ length: 50_000 }, (_, index) => `${index}\n`).join(""));
    assert.ok(kernel.connection.mayHaveLost);
  });

  test("says little: nothing can have been lost", async (t) => {
    const kernel = await start(t, python, faulty(python, ["drops"]));
    await execute(kernel, "flood 900");
    assert.ok(!kernel.connection.mayHaveLost);
  });

  test("asks for input: the question comes on stdin", async (t) => {
    const kernel = await start(t, python, faulty(python, []));
    const isQuestion = ({ channel, header }: Message): boolean =>
      channel === "stdin" && header.msg_type === "input_request";
    const { messages } = await execute(kernel, "ask");
    // It has a socket of its own, and may come after reply and idle.
    const last = messages.some(isQuestion) ? undefined : await kernel.connection.receive();
    assert.ok(last === undefined ? messages.some(isQuestion) : isQuestion(last));
  });

  test("dies in the middle: what it had said still comes, then the end, and how it died", async (t) => {
    const kernel = await start(t, python, faulty(python, []));
    const { stdout } = await execute(kernel, "flood 2000\nsleep 0.2\ndie 9");
    assert.equal(stdout.split("\n").length - 1, 2000);
    assert.equal(await kernel.connection.receive(), undefined);
    assert.deepEqual(await kernel.exited, { code: 9, signal: null, how: "died" });
    assert.deepEqual(await kernel.shutdown({ grace: 5_000 }), { code: 9, signal: null, how: "died" });
  });

  test("is killed by a signal: the signal is told, with what the control group says", async (t) => {
    const kernel = await start(t, python, faulty(python, []));
    await execute(kernel, "signal 9");
    const exit = await kernel.exited;
    assert.equal(exit.signal, "SIGKILL");
    assert.equal(exit.how, "died");
    assert.notEqual(exit.oom?.killed, true);
  });

  for (const transport of ["ipc", "tcp"] as const)
    test(`begins anew in the same process, over ${transport}: that is its death`, async (t) => {
      const kernel = await start(t, python, faulty(python, []), { transport });
      const { messages } = await execute(kernel, "restart");
      assert.ok(!messages.some(({ header }) => header.msg_type === "execute_reply"));
      const exit = await kernel.exited;
      assert.deepEqual([exit.how, exit.restarted], ["died", true]);
    });

  test("loses its socket files to somebody's clean-up: it lives on", async (t) => {
    const kernel = await start(t, python, faulty(python, []), { transport: "ipc" });
    await rm(folderOf(kernel), { recursive: true });
    assert.equal((await execute(kernel, "sleep 1.5\nsay after")).stdout, "after");
    assert.equal((await kernel.shutdown({ grace: 5_000 })).how, "shutdown");
  });

  test("is interrupted by a signal", async (t) => {
    const kernel = await start(t, python, faulty(python, []));
    kernel.interrupt();
    assert.equal((await execute(kernel, "interrupts")).stdout, "1");
  });

  test("is interrupted by a message where its kernelspec says so", async (t) => {
    const kernel = await start(t, python, faulty(python, [], { interruptMode: "message" }));
    kernel.interrupt();
    let count = "0"; // the request may overtake it: they have a socket each
    while (count === "0") count = (await execute(kernel, "interrupts")).stdout;
    assert.equal(count, "1");
  });

  test("ignores shutdown and SIGTERM: it is killed, and nothing of it is left", async (t) => {
    const kernel = await start(t, python, faulty(python, ["ignores-shutdown"]));
    assert.deepEqual(await kernel.shutdown({ grace: 200 }), {
      code: null,
      signal: "SIGKILL",
      how: "stopped",
      late: true,
    });
  });

  test("is busy at its exit: it may use its grace", async (t) => {
    const kernel = await start(t, python, faulty(python, ["busy-at-exit"]));
    assert.deepEqual(await kernel.shutdown({ grace: 10_000 }), { code: 0, signal: null, how: "shutdown" });
    assert.match(kernel.log(), /handlers ran/);
  });

  for (const end of ["shutdown", "kill", "death"])
    test(`leaves no file behind after its ${end}, and has kept them to itself`, async (t) => {
      const kernel = await start(t, python, faulty(python, []));
      const folder = folderOf(kernel);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      assert.equal(statSync(join(folder, "kernel.json")).mode & 0o777, 0o600);
      if (end === "death") await execute(kernel, "die 1");
      await (end === "kill" ? kernel.kill() : kernel.shutdown({ grace: 5_000 }));
      assert.ok(!existsSync(folder));
    });

  test("leaves a child behind: it is ended too", async (t) => {
    const kernel = await start(t, python, faulty(python, ["child"]));
    await kernel.shutdown({ grace: 5_000 });
    assert.deepEqual(liveMembers(kernel.pid), []);
  });

  test("prints a lot: the last of it is kept", async (t) => {
    const kernel = await start(t, python, faulty(python, ["prints"]));
    assert.ok(kernel.log().endsWith("the end of it\n"));
    assert.equal(Buffer.byteLength(kernel.log()), 64 * 1024);
  });
});
