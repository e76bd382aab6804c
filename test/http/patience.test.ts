import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, systemClock } from "../../src/http/clock.ts";
import { hopeOfNetwork, networkFailure } from "../../src/http/network-failure.ts";
import { Patience } from "../../src/http/patience.ts";
import { withRetries } from "../../src/http/retry.ts";
import { NbjobError } from "../../src/text/errors.ts";

/** Time that only sleeping moves, and that a wall clock follows with jumps. */
function movedClock(): Clock {
  let elapsed = 0;
  let day = 0;
  return {
    ...systemClock,
    now: () => (day += 86_400_000),
    elapsed: () => elapsed,
    random: () => 1,
    sleep: async (ms) => void (elapsed += ms),
  };
}

const failing = async (): Promise<never> => {
  throw new Error("away");
};

test("a wall clock that jumps does not use a budget up", async () => {
  let tries = 0;
  const thrice = async (): Promise<number> => ((tries += 1) < 4 ? failing() : tries);
  assert.equal(await withRetries(thrice, { clock: movedClock(), hopeOf: () => ({}) }), 4);
});

test("what takes long and then fails is tried again all the same", async () => {
  const clock = movedClock();
  let tries = 0;
  const slow = async (): Promise<number> => {
    await clock.sleep(3_600_000);
    tries += 1;
    return tries < 3 ? failing() : tries;
  };
  const patience = new Patience(4_000_000, clock);
  assert.equal(await withRetries(slow, { clock, patience, hopeOf: () => ({}) }), 3);
});

test("ten thousand requests give a service up once, not one after the other", async () => {
  const clock = movedClock();
  const patience = new Patience(600_000, clock);
  let tries = 0;
  const away = async (): Promise<never> => {
    tries += 1;
    return failing();
  };
  for (let request = 0; request < 10_000; request += 1) {
    await assert.rejects(withRetries(away, { clock, patience, hopeOf: () => ({}) }), /away/);
  }
  assert.ok(clock.elapsed() <= 620_000, String(clock.elapsed()));
  assert.ok(tries < 100, String(tries));
  // Later it may be there again.
  await clock.sleep(60_000);
  assert.equal(await withRetries(async () => "back", { clock, patience, hopeOf: () => ({}) }), "back");
  assert.equal(patience.left, 600_000);
});

test("a proxy that cannot reach a service may reach it later; one that refuses does not", () => {
  const answered = (status: number): Error =>
    new Error("fetch failed", { cause: new Error(`Proxy response (${status}) !== 200 when HTTP Tunneling`) });
  for (const status of [429, 502, 503, 504]) assert.deepEqual(hopeOfNetwork(answered(status)), {});
  for (const status of [403, 407]) assert.equal(hopeOfNetwork(answered(status)), undefined);
  const failure = networkFailure(answered(503), "oci://b@n/o", "far.example");
  assert.ok(failure instanceof NbjobError);
  assert.match(failure.message, /the proxy cannot reach far\.example/);
});
