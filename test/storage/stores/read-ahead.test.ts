import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../../src/http/clock.ts";
import { bytesSource } from "../../../src/storage/source.ts";
import { readAhead, SegmentMemory } from "../../../src/storage/stores/read-ahead.ts";
import { readWhole } from "../../../src/storage/transfer.ts";
import { mebi, openBucket } from "../bucket.ts";

/** Yields a range in chunks, late or at once; counts those under way. */
function ranges(bytes: Uint8Array, chunk: number, late: readonly boolean[]) {
  const seen = { asked: 0, open: 0 };
  const range = async function* range(start: number, end: number): AsyncGenerator<Uint8Array> {
    const slow = late[seen.asked % late.length] === true;
    seen.asked += 1;
    seen.open += 1;
    try {
      for (let at = start; at < end; at += chunk) {
        if (slow) await new Promise(setImmediate);
        yield bytes.slice(at, Math.min(at + chunk, end));
      }
    } finally {
      seen.open -= 1;
    }
  };
  return { range, seen };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

const body = fc.uint8Array({ minLength: 1, maxLength: 400 });

test("in whatever order segments arrive, the bytes come out in theirs, and all memory is given back", async () => {
  await fc.assert(
    fc.asyncProperty(
      body,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 50 }),
      fc.nat(5),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (bytes, segmentBytes, chunk, segments, late, slow) => {
        const { range, seen } = ranges(bytes, chunk, late);
        const memory = new SegmentMemory(segmentBytes, segments);
        // A clock on which every wait takes an hour, or none does.
        let now = 0;
        const clock = { ...systemClock, now: () => (now += slow ? 3_600_000 : 0) };
        const whole = readAhead({ bytes: bytes.length, range, memory, clock, fastEnough: 1000 });
        assert.deepEqual(await collect(whole), Buffer.from(bytes));
        assert.equal(seen.open, 0);
        const lent = Array.from({ length: segments + 1 }, () => memory.borrow());
        assert.equal(lent.filter((buffer) => buffer !== undefined).length, segments);
        if (!slow) assert.equal(seen.asked, 1);
      },
    ),
  );
});

test("a reader that stops early leaves nothing open", async () => {
  const bytes = randomBytes(1000);
  const { range, seen } = ranges(bytes, 10, [false, true]);
  const memory = new SegmentMemory(100, 4);
  let now = 0;
  const clock = { ...systemClock, now: () => (now += 1000) };
  for await (const _ of readAhead({ bytes: 1000, range, memory, clock, fastEnough: 1e9 })) {
    if (seen.asked > 3) break;
  }
  assert.equal(seen.open, 0);
});

test("a failure further on comes out in its turn", async () => {
  const bytes = randomBytes(1000);
  const { range } = ranges(bytes, 10, [true]);
  const broken = async function* broken(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (start === 500) throw new Error("here");
    yield* range(start, end);
  };
  let now = 0;
  const clock = { ...systemClock, now: () => (now += 1000) };
  let seen = 0;
  await assert.rejects(
    async () => {
      const whole = readAhead({
        bytes: 1000,
        range: broken,
        memory: new SegmentMemory(100, 8),
        clock,
        fastEnough: 1e9,
      });
      for await (const chunk of whole) seen += chunk.length;
    },
    { message: "here" },
  );
  assert.equal(seen, 500);
});

test("a large object comes over several connections, checked as a whole, through faults", async () => {
  await using bucket = await openBucket({ segmentBytes: mebi, readAheadFrom: 2 * mebi, fastEnough: Number.MAX_VALUE });
  const { cloud, stores, at } = bucket;
  const large = randomBytes(13 * mebi + 123);
  await stores.store(at("x")).write(at("x"), bytesSource(large));
  const get = async (): Promise<boolean> =>
    (await readWhole(stores, at("x"), { maxBytes: 50 * mebi })).bytes.equals(large);
  cloud.faults.add({ kind: "slow", bytesPerSecond: 20 * mebi, match: { operation: "GetObject" }, times: 1e9 });
  assert.equal(await get(), true);
  assert.ok(cloud.requests.count({ operation: "GetObject" }) > 5);
  assert.ok(cloud.requests.peak > 3);
  for (const fault of [{ kind: "reset-mid-body" }, { kind: "corrupt" }, { kind: "reset-before" }] as const) {
    cloud.faults.add({ ...fault, match: { operation: "GetObject" }, skip: 2, times: 3 });
    assert.equal(await get(), true, fault.kind);
  }
  const controller = new AbortController();
  const { body: chunks } = await stores.store(at("x")).read(at("x"), { signal: controller.signal });
  await assert.rejects(
    async () => {
      for await (const _ of chunks) controller.abort(new Error("enough"));
    },
    { message: "enough" },
  );
});
