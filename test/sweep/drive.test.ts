import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { drive } from "../../src/sweep/drive.ts";
import { expandSweep, type SweepRun } from "../../src/sweep/expand.ts";
import { pending, type SweepResult } from "../../src/sweep/result.ts";

const runsOf = (count: number): readonly SweepRun[] =>
  expandSweep({ kind: "list", list: Array.from({ length: count }, (_, index) => ({ index })) }, 0);

const ended = (run: SweepRun, attempts: number, exitCode: number): SweepResult => ({
  ...pending(run),
  attempts,
  exitCode,
  status: exitCode === 0 ? "succeeded" : "failed",
});

test("every run ends once for good, never more at a time than allowed, retried as often as it may be", async () => {
  const plan = fc.record({
    // How often each run fails before it succeeds.
    failures: fc.array(fc.nat(4), { maxLength: 30 }),
    maxParallel: fc.integer({ min: 1, max: 8 }),
    attempts: fc.nat(3),
    pauses: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ failures, maxParallel, attempts, pauses }) => {
      let running = 0;
      const started = new Map<string, number>();
      const told: string[] = [];
      const results = await drive(runsOf(failures.length), {
        maxParallel,
        retries: { attempts, exitCodes: undefined, causes: undefined, backoff: 0 },
        stop: new AbortController().signal,
        execute: async (run, attempt) => {
          running += 1;
          assert.ok(running <= maxParallel);
          assert.equal(attempt, (started.get(run.name) ?? 0) + 1);
          started.set(run.name, attempt);
          for (let turns = pauses[run.index % pauses.length] ?? 0; turns > 0; turns--) await Promise.resolve();
          running -= 1;
          return ended(run, attempt, attempt > (failures[run.index] ?? 0) ? 0 : 1);
        },
        onEnd: ({ run }, again) => {
          if (again === undefined) told.push(run.name);
        },
      });
      assert.deepEqual(
        told.toSorted(),
        runsOf(failures.length).map(({ name }) => name),
      );
      assert.equal(results.length, failures.length);
      for (const { run, exitCode, attempts: took } of results) {
        const needed = (failures[run.index] ?? 0) + 1;
        assert.deepEqual([exitCode, took], needed <= attempts + 1 ? [0, needed] : [1, attempts + 1]);
      }
    }),
  );
});

test("a stop starts nothing more, and what cannot be started ends the sweep once the others have ended", async () => {
  const stop = new AbortController();
  const retries = { attempts: 5, exitCodes: undefined, causes: undefined, backoff: 3_600_000 };
  const stopped = await drive(runsOf(9), {
    maxParallel: 3,
    retries,
    stop: stop.signal,
    execute: async (run) => {
      if (run.index === 2) stop.abort(new Error("stop"));
      return ended(run, 1, 1);
    },
    onEnd: () => undefined,
  });
  assert.equal(stopped.length, 3);

  const ends: string[] = [];
  const broken = drive(runsOf(9), {
    maxParallel: 2,
    retries,
    stop: new AbortController().signal,
    execute: async (run) => {
      if (run.index === 0) throw new Error("no such program");
      await new Promise((resolve) => setTimeout(resolve, 20));
      return ended(run, 1, 0);
    },
    onEnd: ({ run }) => ends.push(run.name),
  });
  await assert.rejects(broken, /no such program/);
  assert.deepEqual(ends, ["0001"]);
});
