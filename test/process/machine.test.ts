/** What needs a process of its own to be seen: memory, process 1, an unexpected end. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { watchedEnvironment } from "./left-behind.ts";

const programs = join(import.meta.dirname, "../fixtures/programs");

async function run(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const [program, ...args] = command;
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

test("reads 1 GiB in flat memory", async (t) => {
  const env = watchedEnvironment(t);
  const read = async (...args: string[]): Promise<{ bytes: number; maxRSS: number }> => {
    const { stdout, stderr } = await run([process.execPath, join(programs, "reads-group.ts"), ...args], env);
    assert.equal(stderr, "");
    // reads-group.ts prints this.
    return JSON.parse(stdout) as { bytes: number; maxRSS: number };
  };
  const little = await read("1");
  const much = await read("1024");
  assert.equal(much.bytes, 2 ** 30);
  assert.ok(much.maxRSS - little.maxRSS < 100 * 1024, `${little.maxRSS} and ${much.maxRSS} KiB`);
  const slow = await read("32", "2");
  assert.equal(slow.bytes, 2 ** 25);
  assert.ok(slow.maxRSS - little.maxRSS < 50 * 1024, `${little.maxRSS} and ${slow.maxRSS} KiB`);
});

test("settles as process 1, where nobody reaps orphans", async (t) => {
  const namespace = ["--pid", "--fork", "--mount-proc"] as const;
  if (spawnSync("unshare", [...namespace, "true"]).status !== 0) {
    t.skip("PID namespaces cannot be made here");
    return;
  }
  const harness = join(programs, "is-process-one.ts");
  const { stdout, stderr } = await run(["unshare", ...namespace, process.execPath, harness], watchedEnvironment(t));
  assert.equal(stderr, "");
  const { zombies, ...rest } = JSON.parse(stdout) as { zombies: number };
  assert.ok(zombies > 0, "there were orphans to reap");
  assert.deepEqual(rest, { pid: 1, code: 5, signal: null, stragglers: 0, remaining: 0, cutOff: false });
});

test("takes its groups along when it ends by a bug", async (t) => {
  const { code, stderr } = await run([process.execPath, join(programs, "ends-by-bug.ts")], watchedEnvironment(t));
  assert.equal(code, 1);
  assert.match(stderr, /a bug/);
});
