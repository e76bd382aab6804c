import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, copyFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { commandFor, runArtifact, type ArtifactResult, type RunArtifactOptions } from "../../src/artifact/index.ts";
import { NbjobError } from "../../src/text/errors.ts";
import { watchedEnvironment } from "../process/left-behind.ts";
import { folder } from "./make-archive.ts";

const programs = join(import.meta.dirname, "../fixtures/programs");

interface Ran extends ArtifactResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly warnings: readonly string[];
}

async function run(t: TestContext, path: string, options: Partial<RunArtifactOptions> = {}): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  const warnings: string[] = [];
  const result = await runArtifact({
    path,
    arguments: [],
    cwd: await folder(t),
    env: watchedEnvironment(t),
    onOutput: (stream, chunk) => {
      said[stream] += Buffer.from(chunk).toString();
    },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return { ...result, ...said, warnings };
}

async function script(t: TestContext, name: string, text: string | Uint8Array, mode = 0o644): Promise<string> {
  const path = join(await folder(t), name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test("runs Python with its arguments, unbuffered", async (t) => {
  const path = await script(
    t,
    "work.py",
    "import os, sys\nprint(sys.argv[1:], os.environ['PYTHONUNBUFFERED'], os.getcwd())\nsys.exit(7)\n",
  );
  const cwd = await folder(t);
  const result = await run(t, path, { arguments: ["a b", "--n=1", "", "é"], cwd });
  assert.equal(result.stdout, `['a b', '--n=1', '', 'é'] 1 ${cwd}\n`);
  assert.deepEqual([result.exitCode, result.signal, result.stragglers], [7, undefined, 0]);
  const own = await run(t, path, { env: { ...watchedEnvironment(t), PYTHONUNBUFFERED: "0" } });
  assert.match(own.stdout, /^\[\] 0 /);
});

test("runs a shell script by its own first line, else by the shell, executable or not", async (t) => {
  const own = await script(t, "own.sh", "#!/usr/bin/env -S python3 -I\nimport sys; print('python', sys.argv[1])\n");
  assert.equal((await run(t, own, { arguments: ["x"] })).stdout, "python x\n");
  const plain = await script(t, "plain.sh", 'echo "$1"; exit 3\n');
  const result = await run(t, plain, { arguments: ["$HOME *"] });
  assert.deepEqual([result.stdout, result.exitCode], ["$HOME *\n", 3]);
  const windows = await script(t, "windows.sh", "#!/bin/sh\r\nexit 0\n");
  assert.equal((await run(t, windows)).exitCode, 0);
});

test("runs programs of any name, and makes them executable", async (t) => {
  const named = await script(t, "tool", "#!/bin/sh\necho tool\n");
  assert.equal((await run(t, named)).stdout, "tool\n");
  const binary = join(await folder(t), "binary");
  const sh = spawnSync("sh", ["-c", "command -v true"], { encoding: "utf8" }).stdout.trim();
  await copyFile(sh.startsWith("/") ? sh : "/bin/true", binary);
  await chmod(binary, 0o644);
  const result = await run(t, binary);
  assert.equal(result.exitCode, 0);
  assert.equal((await stat(binary)).mode & 0o100, 0o100);
});

test("refuses what is nothing that runs, with a shell's codes", async (t) => {
  const env = watchedEnvironment(t);
  const attempt = async (path: string, extra = env): Promise<unknown> =>
    commandFor({ path, arguments: [], cwd: "/", env: extra }).then(
      () => undefined,
      (error: unknown) => (error instanceof NbjobError ? [error.reason, error.exitCode] : error),
    );
  assert.deepEqual(await attempt(await script(t, "table.csv", "1,2,3\n", 0o755)), ["environment", 126]);
  assert.deepEqual(await attempt(await script(t, "empty", "", 0o755)), ["invalid-work", 65]);
  assert.deepEqual(await attempt(await script(t, "lost.sh", "#!/no/such/shell\n")), ["environment", 127]);
  assert.deepEqual(await attempt(await script(t, "work.py", ""), { PATH: "/nowhere" }), ["environment", 127]);
  assert.deepEqual(await attempt(await script(t, "work.jar", ""), { PATH: "/nowhere" }), ["environment", 127]);
});

test("says the last useful line and how it ended", async (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a.py", "def f():\n    raise ValueError('bad ü')\nf()\n", "ValueError: bad ü (exit code 1)"],
    ["b.sh", "printf '\\033[31mred\\033[0m\\n\\n  indented\\n' >&2; exit 9\n", "red (exit code 9)"],
    ["c.sh", "printf '10%%\\r90%%\\rstuck\\r\\n' >&2; exit 1\n", "stuck (exit code 1)"],
    ["d.sh", "echo only stdout; exit 5\n", "The work ended: exit code 5"],
    ["e.sh", "kill -SEGV $$\n", "The work ended: killed by SIGSEGV"],
    ["f.sh", "exit 0\n", ""],
  ];
  for (const [name, text, message] of cases) assert.equal((await run(t, await script(t, name, text))).message, message);
});

test("keeps at most 4 KiB of the last lines, masked before they are cut", async (t) => {
  const text =
    "import sys\nfor i in range(5000): print('line', i, 'secret-secret')\nsys.stderr.write('last secret-secret')\nsys.exit(1)\n";
  const result = await run(t, await script(t, "work.py", text), {
    mask: (line) => line.replaceAll("secret-secret", "***"),
  });
  assert.ok(Buffer.byteLength(result.logTail) <= 4_096);
  assert.match(result.logTail, /^line \d+ \*\*\*\n[^]*line 4999 \*\*\*\nlast \*\*\*$/);
  assert.doesNotMatch(result.logTail, /secret/);
  assert.equal(result.message, "last *** (exit code 1)");
  const long = await run(t, await script(t, "long.py", "print('é' * 9000, end='')\n"));
  assert.match(long.logTail, /^é{2000,2048}$/);
});

test("ends what the work left running, and says so", async (t) => {
  const ready = join(await folder(t), "ready");
  const result = await run(t, join(programs, "leaves-family.sh"), { arguments: ["silent", ready] });
  assert.deepEqual([result.exitCode, result.stragglers, result.warnings.length], [3, 1, 1]);
});

test("a cancel lets the work save, the kill signal does not wait", async (t) => {
  const said = (want: string, then: () => void) => {
    let seen = "";
    return (_: unknown, chunk: Uint8Array): void => {
      const before = seen.includes(want);
      seen += Buffer.from(chunk).toString();
      if (!before && seen.includes(want)) then();
    };
  };
  const stop = new AbortController();
  const saver = join(programs, "saves-on-term.py");
  const saved = await run(t, saver, {
    arguments: ["0.5"],
    signal: stop.signal,
    gracePeriod: 30_000,
    onOutput: said("ready\n", () => stop.abort({ kind: "canceled", signal: "SIGTERM" })),
  });
  assert.deepEqual([saved.exitCode, saved.logTail], [0, "ready\nsaved\n"]);

  const interrupt = new AbortController();
  const interrupted = await run(t, saver, {
    arguments: ["0"],
    signal: interrupt.signal,
    onOutput: said("ready\n", () => interrupt.abort({ kind: "canceled", signal: "SIGINT" })),
  });
  assert.match(interrupted.message, /^KeyboardInterrupt/);

  const again = new AbortController();
  const kill = new AbortController();
  const killed = await run(t, saver, {
    arguments: ["600"],
    signal: again.signal,
    killSignal: kill.signal,
    gracePeriod: 600_000,
    onOutput: said("ready\n", () => {
      again.abort({ kind: "timeout" });
      void wait(50).then(() => kill.abort());
    }),
  });
  assert.deepEqual([killed.exitCode, killed.signal], [137, "SIGKILL"]);
});

test("a signal that came before starts nothing", async (t) => {
  const path = await script(t, "work.sh", "exit 0\n");
  await assert.rejects(run(t, path, { signal: AbortSignal.abort(new Error("before")) }), { message: "before" });
});
