import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

/**
 * An environment of the test's own. When the test ends no process may be left that was started with it, zombies apart:
 * looked for in /proc, by other means than the code under test uses.
 */
export function watchedEnvironment(t: TestContext): Readonly<Record<string, string>> {
  const mark = randomUUID();
  t.after(async () => {
    if (!existsSync("/proc/self/environ")) return;
    let left = processesWith(mark);
    // The kernel takes a moment to end what was killed.
    for (let round = 0; round < 50 && left.length > 0; round++) {
      await wait(20);
      left = processesWith(mark);
    }
    for (const pid of left) process.kill(pid, "SIGKILL");
    assert.deepEqual(left, [], "processes left behind");
  });
  return { PATH: process.env["PATH"] ?? "", NBJOB_TEST_MARK: mark };
}

/** Processes, zombies apart, whose environment holds a text as they were started. */
export function processesWith(mark: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}
