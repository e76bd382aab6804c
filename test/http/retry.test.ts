import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Clock } from "../../src/http/clock.ts";
import { defaultRetryPolicy, type Hope, retryAfter, tellRetry, withRetries } from "../../src/http/retry.ts";

/** Time that only sleeping moves. */
function movedClock(random = () => 1): Clock & { readonly pauses: number[] } {
  let now = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    elapsed: () => now,
    random,
    sleep: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  };
}

const failing = async (): Promise<never> => {
  throw new Error("no");
};

test("waits grow to a limit, are drawn from nothing on, and end within the budget", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 60 }), async (draws) => {
      const clock = movedClock(() => draws.shift() ?? 0.5);
      await assert.rejects(withRetries(failing, { clock, hopeOf: () => ({}) }));
      const { totalMs, baseMs, capMs } = defaultRetryPolicy;
      assert.ok(clock.now() <= totalMs);
      for (const [index, pause] of clock.pauses.entries()) {
        assert.ok(pause >= 0 && pause <= Math.min(capMs, baseMs * 2 ** index));
      }
    }),
    { numRuns: 30 },
  );
});

test("a Retry-After is waited for", async () => {
  const clock = movedClock();
  const hopes: (Hope | undefined)[] = [{ afterMs: 7_000 }, { afterMs: 11_000 }, undefined];
  await assert.rejects(withRetries(failing, { clock, hopeOf: () => hopes.shift() }));
  assert.ok((clock.pauses[0] ?? 0) >= 7_000);
  assert.ok((clock.pauses[1] ?? 0) >= 11_000);
  assert.equal(clock.pauses.length, 2);
});

test("a Retry-After beyond the budget is not waited for", async () => {
  const clock = movedClock();
  await assert.rejects(withRetries(failing, { clock, hopeOf: () => ({ afterMs: 3_600_000 }) }));
  assert.deepEqual(clock.pauses, []);
});

test("what has no hope is tried once; what nobody answers a few times", async () => {
  for (const [hope, tries] of [
    [undefined, 1],
    [{ unreached: true }, defaultRetryPolicy.unreachedTries],
  ] as const) {
    let count = 0;
    const attempt = async (): Promise<never> => {
      count += 1;
      return failing();
    };
    await assert.rejects(withRetries(attempt, { clock: movedClock(), hopeOf: () => hope }));
    assert.equal(count, tries);
  }
});

test("a cancel ends the waiting with its own reason", async () => {
  const controller = new AbortController();
  const waiting = withRetries(failing, {
    hopeOf: () => ({ afterMs: 60_000 }),
    signal: controller.signal,
    onRetry: () => queueMicrotask(() => controller.abort(new Error("enough"))),
  });
  await assert.rejects(waiting, { message: "enough" });
});

test("Retry-After is read as seconds or as a date", () => {
  const now = Date.parse("2026-11-22T00:00:00Z");
  assert.equal(retryAfter("3", now), 3000);
  assert.equal(retryAfter("Sun, 22 Nov 2026 00:00:05 GMT", now), 5000);
  assert.equal(retryAfter("Sun, 22 Nov 2020 00:00:05 GMT", now), 0);
  assert.equal(retryAfter("soon", now), undefined);
  assert.equal(retryAfter(undefined, now), undefined);
});

test("a pause that people would notice is told at info, a short one at debug", () => {
  const lines: string[] = [];
  const log = { debug: () => lines.push("debug"), info: (message: string) => lines.push(message) };
  tellRetry(log, "It failed", 999);
  tellRetry(log, "It failed", 4210);
  assert.deepEqual(lines, ["debug", "It failed; trying again in 4.2 s"]);
});
