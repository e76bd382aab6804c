import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { exitCodeOf, spawnGroup, type ProcessGroup, type SpawnOptions } from "../../src/process/group.ts";
import { isProcessAlive } from "../../src/process/members.ts";
import { NbjobError } from "../../src/text/errors.ts";
import { watchedEnvironment } from "./left-behind.ts";

const programs = join(import.meta.dirname, "../fixtures/programs");
/** Short, so that the tests are. */
const patience = { quiet: 300, longest: 3_000, sweep: 300 };

interface Started {
  readonly group: ProcessGroup;
  readonly output: () => string;
  /** Resolves when the work has said so. */
  readonly said: (text: string) => Promise<void>;
}

function start(t: TestContext, command: readonly [string, ...string[]], options: Partial<SpawnOptions> = {}): Started {
  let output = "";
  const group = spawnGroup(command, {
    cwd: programs,
    env: watchedEnvironment(t),
    onOutput: (stream, chunk) => {
      output += `${stream === "stderr" ? "!" : ""}${chunk.toString("latin1")}`;
    },
    patience,
    ...options,
  });
  return {
    group,
    output: () => output,
    said: async (text) => {
      while (!output.includes(text)) await wait(10);
    },
  };
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "nbjob-test-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("passes code, signal and both outputs on, partial last lines and odd bytes too", async (t) => {
  const { group, output } = start(t, ["sh", "-c", "printf 'out\\nno end \\377\\376'; echo err >&2; exit 42"]);
  const exit = await group.exited;
  assert.deepEqual(exit, { code: 42, signal: null });
  assert.deepEqual(await group.settled, { code: 42, signal: null, stragglers: 0, remaining: 0, cutOff: false });
  assert.equal(output().replace("!err\n", ""), "out\nno end \u00ff\u00fe");
  assert.match(output(), /!err\n/);
  assert.equal(exitCodeOf(exit), 42);
  assert.equal(group.signal("SIGTERM"), false);
});

test("a signal's end is 128 and its number", async (t) => {
  const { group } = start(t, ["sh", "-c", "kill -USR1 $$"]);
  assert.equal(exitCodeOf(await group.settled), 138);
});

test("stdin is empty", async (t) => {
  const { group } = start(t, ["sh", "-c", "cat; exit 4"]);
  assert.equal((await group.settled).code, 4);
});

test("waits for the last words of a background child", async (t) => {
  const { group, output } = start(t, ["sh", "-c", "(sleep 0.5; echo late) & exit 3"], {
    patience: { ...patience, quiet: 60_000, longest: 60_000 },
  });
  await group.exited;
  assert.equal(output(), "");
  assert.deepEqual(await group.settled, { code: 3, signal: null, stragglers: 0, remaining: 0, cutOff: false });
  assert.equal(output(), "late\n");
});

test("every chunk starts the silence anew", async (t) => {
  const loop = "(for i in 1 2 3 4 5 6; do sleep 0.4; echo $i; done) & exit 0";
  const { group, output } = start(t, ["sh", "-c", loop], {
    patience: { ...patience, quiet: 2_000, longest: 60_000 },
  });
  assert.equal((await group.settled).stragglers, 0);
  assert.equal(output(), "1\n2\n3\n4\n5\n6\n");
});

test("a child that never stops writing is ended all the same", async (t) => {
  const { group } = start(t, ["sh", "-c", "(while :; do echo x; sleep 0.05; done) & exit 0"], {
    patience: { ...patience, longest: 500 },
  });
  assert.ok((await group.settled).stragglers >= 1);
});

test("ends grandchildren that ignore SIGTERM, holding the pipe or not", async (t) => {
  for (const voice of ["loud", "silent"]) {
    const ready = join(await folder(t), "ready");
    const { group } = start(t, ["sh", join(programs, "leaves-family.sh"), voice, ready]);
    assert.deepEqual(await group.settled, { code: 3, signal: null, stragglers: 1, remaining: 0, cutOff: false });
  }
});

test("ends daemons that left the group, holding the pipe or not", async (t) => {
  if (!existsSync("/proc/self/environ")) {
    t.skip("there is no /proc here");
    return;
  }
  for (const outputs of ["kept", "closed"]) {
    const file = join(await folder(t), "pid");
    const { group, output } = start(t, ["python3", join(programs, "becomes-daemon.py"), outputs, file]);
    assert.deepEqual(await group.settled, { code: 0, signal: null, stragglers: 1, remaining: 0, cutOff: false });
    assert.equal(output(), "started\n");
    assert.ok(!isProcessAlive(Number(await readFile(file, "utf8"))));
  }
});

test("gives up an output that somebody unknown holds open", async (t) => {
  const env = watchedEnvironment(t);
  // Without the variable the daemon is not known as the work's; it ends by itself.
  const { group, output } = start(t, ["sh", "-c", "env -u NBJOB_GROUP setsid sleep 1.5 & echo on"], { env });
  assert.deepEqual(await group.settled, { code: 0, signal: null, stragglers: 0, remaining: 0, cutOff: true });
  assert.equal(output(), "on\n");
  await wait(1_500);
});

test("a stop lets the work save, though its shell dies at once", async (t) => {
  const save = `python3 ${join(programs, "saves-on-term.py")} 1`;
  const { group, output, said } = start(t, ["sh", "-c", `trap 'exit 9' TERM; ${save} & wait`]);
  await said("ready\n");
  const settled = await group.stop({ grace: 20_000 });
  assert.deepEqual(settled, { code: 9, signal: null, stragglers: 0, remaining: 0, cutOff: false });
  assert.equal(output(), "ready\nsaved\n");
});

test("a stop reaches what left the group", async (t) => {
  const save = `setsid python3 ${join(programs, "saves-on-term.py")} 1`;
  const { group, output, said } = start(t, ["sh", "-c", `trap 'exit 9' TERM; ${save} & wait`]);
  await said("ready\n");
  await group.stop({ grace: 20_000 });
  assert.equal(output(), "ready\nsaved\n");
});

test("a stop ends by force after its grace, and a second one shortens it", async (t) => {
  const ready = join(await folder(t), "ready");
  const { group } = start(t, ["python3", join(programs, "ignores-term.py"), "loud", ready]);
  while (!existsSync(ready)) await wait(10);
  const first = group.stop({ grace: 600_000, signal: "SIGINT" });
  const second = group.stop({ grace: 50 });
  assert.deepEqual(await first, await second);
  assert.deepEqual(await group.settled, { code: null, signal: "SIGKILL", stragglers: 0, remaining: 0, cutOff: false });
  assert.equal((await group.stop()).signal, "SIGKILL");
});

test("abort signals stop and kill; a stopped process hears them too", async (t) => {
  const stop = new AbortController();
  const kill = new AbortController();
  const { group, said } = start(t, ["sh", "-c", "echo up; kill -STOP $$; sleep 60"], { signal: stop.signal });
  await said("up\n");
  stop.abort();
  assert.equal((await group.settled).signal, "SIGTERM");

  const ready = join(await folder(t), "ready");
  const stubborn = start(t, ["python3", join(programs, "ignores-term.py"), "loud", ready], {
    signal: stop.signal.aborted ? new AbortController().signal : stop.signal,
    killSignal: kill.signal,
  });
  while (!existsSync(ready)) await wait(10);
  kill.abort();
  assert.equal((await stubborn.group.settled).signal, "SIGKILL");
  assert.throws(() => start(t, ["true"], { signal: stop.signal }), { name: "AbortError" });
});

test("the abort's reason chooses the signal", async (t) => {
  const stop = new AbortController();
  const { group, said } = start(t, ["sh", "-c", "echo up; sleep 60"], {
    signal: stop.signal,
    stopSignal: (reason) => (reason === "interrupt" ? "SIGINT" : "SIGTERM"),
  });
  await said("up\n");
  stop.abort("interrupt");
  assert.equal((await group.settled).signal, "SIGINT");
});

test("closed outputs are no end", async (t) => {
  const { group } = start(t, ["sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 6"]);
  assert.equal((await group.settled).code, 6);
});

test("a slow reader slows the work and loses nothing, after its exit too", async (t) => {
  let bytes = 0;
  let reading = 0;
  const { group } = start(t, ["python3", join(programs, "many-bytes.py"), "2"], {
    patience: { quiet: 20, longest: 100, sweep: 100 },
    onOutput: async (_, chunk) => {
      assert.equal(++reading, 1);
      bytes += chunk.length;
      await wait(25);
      reading--;
    },
  });
  assert.deepEqual(await group.settled, { code: 0, signal: null, stragglers: 0, remaining: 0, cutOff: false });
  assert.equal(bytes, 2 << 20);
});

test("a failing reader does not block the work and is heard of", async (t) => {
  for (const onOutput of [
    () => {
      throw new Error("reader");
    },
    () => Promise.reject(new Error("reader")),
  ]) {
    const { group } = start(t, ["python3", join(programs, "many-bytes.py"), "2"], { onOutput });
    assert.equal((await group.exited).code, 0);
    await assert.rejects(group.settled, { message: "reader" });
  }
});

test("says why a command cannot be started, as a shell numbers it", async (t) => {
  const place = await folder(t);
  await writeFile(join(place, "plain"), "echo hello\n");
  await writeFile(join(place, "orphan"), "#!/no/such/interpreter -x\n");
  await chmod(join(place, "orphan"), 0o755);
  const attempts: readonly (readonly [string, string, number | undefined])[] = [
    ["no-such-command", place, 127],
    ["./no-such-file", place, 127],
    ["./plain", place, 126],
    [place, place, 126],
    ["./orphan", place, 127],
    ["sh", join(place, "nowhere"), undefined],
    ["sh", join(place, "plain"), undefined],
  ];
  for (const [program, cwd, code] of attempts)
    assert.throws(
      () => start(t, [program], { cwd }),
      (error) =>
        error instanceof NbjobError &&
        error.reason === "environment" &&
        (code === undefined || error.exitCode === code),
      program,
    );
});

test("finds a program on the work's own PATH", async (t) => {
  const place = await folder(t);
  await writeFile(join(place, "mine"), "#!/bin/sh\necho mine\n");
  await chmod(join(place, "mine"), 0o755);
  const { group, output } = start(t, ["mine"], { env: { ...watchedEnvironment(t), PATH: place } });
  assert.equal((await group.settled).code, 0);
  assert.equal(output(), "mine\n");
});
