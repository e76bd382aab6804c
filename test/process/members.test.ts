import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { isProcessAlive, liveMembers, parseStat, processesMarked } from "../../src/process/members.ts";

test("reads /proc/<pid>/stat, whatever the program is called", () => {
  const rest = "S 1 40 40 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 3 0 100 200 300";
  for (const name of ["python3", "a b", "(x)", ") S 9 9 (", "", "new\nline"])
    assert.deepEqual(parseStat(`41 (${name}) ${rest}`), { pid: 41, state: "S", parent: 1, group: 40, threads: 3 });
  for (const line of ["", "41", "x (y) z", ")("]) assert.equal(parseStat(line), undefined);
});

test("knows a group's members and an environment's", async (t) => {
  if (!existsSync("/proc/self/stat")) {
    t.skip("there is no /proc here");
    return;
  }
  const mark = `nbjob-test-${process.pid}-members`;
  const child = spawn("sh", ["-c", "sleep 60 & echo; wait"], { detached: true, env: { ...process.env, MARK: mark } });
  const pid = child.pid ?? 0;
  await new Promise((resolve) => child.stdout.once("data", resolve));
  assert.equal(liveMembers(pid).length, 2);
  assert.deepEqual(processesMarked(mark), liveMembers(pid));
  assert.equal(isProcessAlive(pid), true);
  process.kill(-pid, "SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  assert.equal(isProcessAlive(pid), false);
  while (liveMembers(pid).length > 0) await new Promise(setImmediate);
  assert.deepEqual(processesMarked(mark), []);
});
