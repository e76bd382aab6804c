import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { Clock } from "./clock.ts";

suite("the clock that schedules go by", () => {
  test("frozen, it moves only when it is moved, and everything happens at its own moment, in order", async () => {
    const clock = new Clock({ start: 1000, frozen: true });
    const seen: string[] = [];
    const work = async (name: string, ...pauses: readonly number[]): Promise<void> => {
      for (const pause of pauses) {
        await clock.sleep(pause);
        // What takes its time holds the clock.
        await new Promise((resolve) => {
          setTimeout(resolve, 2);
        });
        seen.push(`${name} ${clock.now()}`);
      }
    };
    void clock.track(work("a", 30, 30));
    void clock.track(work("b", 20, 20));
    assert.equal(clock.now(), 1000);
    await clock.advance(45);
    assert.deepEqual(seen, ["b 1020", "a 1030", "b 1040"]);
    await clock.set(1100);
    assert.deepEqual(seen.slice(3), ["a 1060"]);
    assert.equal(clock.now(), 1100);
    await clock.close();
  });

  test("what waits for other work does not hold it, and a sleep ends early when it is told to", async () => {
    const clock = new Clock({ start: 0, frozen: true });
    const early = new AbortController();
    const inner = clock.track(clock.sleep(500, early.signal).then(() => clock.now()));
    const outer = clock.track(clock.rest(inner));
    await clock.advance(100);
    early.abort();
    assert.equal(await outer, 100);
    await clock.advance(1000);
    await clock.close();
  });

  test("what recurs is run at each of its moments, and reckons from where the clock is set back to", async () => {
    const clock = new Clock({ start: 5, frozen: true });
    const runs: number[] = [];
    let last = 5;
    const stop = clock.recur({
      next: () => (Math.floor(last / 10) + 1) * 10,
      run: (time) => runs.push((last = time)),
      setBack: (time) => (last = time),
    });
    await clock.advance(30);
    assert.deepEqual(runs, [10, 20, 30]);
    await clock.set(15);
    await clock.advanceUntil(() => runs.length === 5, 1000);
    assert.deepEqual(runs.slice(3), [20, 30]);
    assert.equal(clock.now(), 30);
    stop();
    await assert.rejects(
      clock.advanceUntil(() => false, 1000),
      /Nothing that was waited for/,
    );
    assert.throws(() => clock.set("no moment"), RangeError);
    await clock.close();
  });

  test("running, it needs nobody; closed, it lets nothing sleep", async () => {
    const clock = new Clock();
    const told = new EventTarget();
    let next: number | undefined = clock.now() + 5;
    const happened = once(told, "now");
    clock.recur({
      next: () => next,
      run: () => {
        next = undefined;
        told.dispatchEvent(new Event("now"));
      },
      setBack: () => undefined,
    });
    // The clock's own timer keeps no process alive.
    const alive = setInterval(() => undefined, 1000);
    await happened;
    clearInterval(alive);
    clock.freeze();
    assert.ok(clock.frozen);
    const now = clock.now();
    const sleeping = clock.track(clock.sleep(60_000));
    await clock.close();
    await sleeping;
    assert.equal(clock.now(), now);
  });
});
