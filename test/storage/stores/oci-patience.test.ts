/** What a long run outlives: outages, late tokens, clocks that go wrong, slow lines. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type Clock, systemClock } from "../../../src/http/clock.ts";
import { bytesSource, SourceChanged } from "../../../src/storage/source.ts";
import type { Stores } from "../../../src/storage/stores.ts";
import { Patience, publishFiles } from "../../../src/storage/transfer.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { mebi, openBucket, type TestBucket } from "../bucket.ts";
import { temporaryFolder } from "../temporary.ts";

/** Time that passes as fast as it is slept through. */
function hurried(onSleep: (elapsed: number) => void = () => {}): Clock {
  let ahead = 0;
  const elapsed = (): number => performance.now() + ahead;
  return {
    ...systemClock,
    elapsed,
    sleep: async (ms) => {
      ahead += ms;
      onSleep(ahead);
      await systemClock.sleep(1);
    },
  };
}

const put = ({ at }: TestBucket, stores: Stores, content = randomBytes(10)): Promise<unknown> =>
  stores.store(at("x")).write(at("x"), bytesSource(content));

test("a network that is away for ten minutes in the middle of a publish costs nothing; one that stays away ends it", async () => {
  await using folder = await temporaryFolder();
  await using bucket = await openBucket();
  const { cloud, at } = bucket;
  const sizes = [0, 10, 2000, mebi + 1, 3 * mebi];
  const files = sizes.map((_, index) => ({ path: `f${index}`, absolute: join(folder.path, `f${index}`) }));
  const contents = sizes.map((size) => randomBytes(size));
  for (const [index, { absolute }] of files.entries()) await writeFile(absolute, contents[index] ?? "");
  const retry = { totalMs: 180_000, baseMs: 300, capMs: 20_000, unreachedTries: 5 };
  const clock = hurried((elapsed) => {
    if (elapsed > 600_000) cloud.faults.clear();
  });
  const stores = bucket.open({ clock, retry });
  cloud.faults.add({ kind: "reset-before", skip: 3, times: 1e9 });
  const patience = new Patience(1_800_000, clock);
  for (const { status, error } of await publishFiles(stores, files, at("out/"), { patience })) {
    assert.equal(status, "published", error?.message);
  }
  assert.ok(clock.elapsed() > 600_000);
  for (const [index, content] of contents.entries())
    assert.deepEqual((await bucket.contents()).get(`out/f${index}`), content);
  assert.equal(bucket.uploads(), 0);
  cloud.faults.add({ kind: "reset-before", times: 1e9 });
  const forever = hurried();
  const many = Array.from({ length: 200 }, (_, index) => ({ ...(files[1] ?? { absolute: "" }), path: `g${index}` }));
  const given = bucket.open({ clock: forever, retry });
  const results = await publishFiles(given, many, at("out/"), { patience: new Patience(1_800_000, forever) });
  assert.ok(results.every(({ status, error }) => status === "failed" && error?.reason === "unreachable"));
});

test("a token that is renewed late is waited for, once one was accepted", async () => {
  await using bucket = await openBucket();
  await put(bucket, bucket.stores);
  bucket.cloud.faults.add({ kind: "status", status: 401, match: { operation: "PutObject" }, times: 4 });
  const content = randomBytes(10);
  await put(bucket, bucket.stores, content);
  assert.deepEqual((await bucket.contents()).get("x"), content);
});

test("a clock that goes wrong while the run goes on is told, and the service's own followed", async () => {
  await using bucket = await openBucket();
  let ahead = 0;
  const stores = bucket.open({ clock: { ...systemClock, now: () => Date.now() + ahead } });
  await put(bucket, stores);
  for (const hours of [5, -7]) {
    ahead = hours * 3_600_000;
    const content = randomBytes(10);
    await put(bucket, stores, content);
    assert.deepEqual((await bucket.contents()).get("x"), content);
  }
  const told = bucket.log.lines.filter((line) => line.startsWith("warn"));
  assert.match(told.join("\n"), /300 minutes ahead of OCI's.*\n.*420 minutes behind OCI's/);
});

test("a body that takes its time over a slow line is not given up for a silent service", async () => {
  await using bucket = await openBucket({ silenceMs: 500 });
  const { cloud } = bucket;
  const content = randomBytes(mebi);
  cloud.faults.add({ kind: "slow", bytesPerSecond: mebi, match: { operation: "PutObject" } });
  await put(bucket, bucket.stores, content);
  assert.deepEqual((await bucket.contents()).get("x"), content);
  assert.equal(cloud.requests.count({ operation: "PutObject" }), 1);
});

test("bytes that are damaged again and again are given up after some tries, however patient one is", async () => {
  await using bucket = await openBucket();
  const { cloud, at } = bucket;
  cloud.faults.add({ kind: "corrupt", match: { operation: "PutObject" }, times: 1e9 });
  const write = bucket.stores.store(at("x")).write(at("x"), bytesSource(randomBytes(10)), {
    patience: new Patience(1_800_000),
  });
  await assert.rejects(write, { reason: "unreachable", message: /damaged on its way each time/ });
});

test("bytes that are others each time that they are read are told so at once, and sent in parts where that is no matter", async () => {
  await using bucket = await openBucket({ partBytes: 4 * mebi });
  const { cloud, stores, at } = bucket;
  let version = 0;
  const source = {
    bytes: 2 * mebi,
    async *open(start: number, end: number) {
      yield Buffer.alloc(end - start, (version += 1));
    },
  };
  await assert.rejects(stores.store(at("x")).write(at("x"), source), SourceChanged);
  assert.equal(cloud.requests.count({ operation: "PutObject" }), 1);
  await stores.store(at("x")).write(at("x"), { ...source, changing: true });
  assert.deepEqual((await bucket.contents()).get("x"), Buffer.alloc(2 * mebi, version));
});

test("a file that cannot be read any more is told at once, however patient one is with the service", async () => {
  await using bucket = await openBucket();
  const clock = hurried();
  const stores = bucket.open({ clock });
  await put(bucket, stores);
  const before = clock.elapsed();
  const gone = {
    bytes: 3 * mebi,
    async *open(start: number, end: number) {
      if (start > 0) throw new NbjobError("not-found", "gone does not exist.");
      yield Buffer.alloc(end - start);
    },
  };
  const patience = new Patience(1_800_000, clock);
  const write = stores.store(bucket.at("x")).write(bucket.at("x"), gone, { patience });
  await assert.rejects(write, { reason: "not-found", message: "gone does not exist." });
  assert.ok(clock.elapsed() - before < 60_000);
  assert.equal(bucket.uploads(), 0);
});
