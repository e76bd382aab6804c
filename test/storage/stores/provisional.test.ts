/** Writes that others follow: whatever the service gets to late does not replace what came after. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { bytesSource } from "../../../src/storage/source.ts";
import { mebi, openBucket, type TestBucket } from "../bucket.ts";

const partBytes = 1.5 * mebi;
const sizes: readonly (readonly [name: string, bytes: number, operation: string])[] = [
  ["small", 10, "PutObject"],
  ["middle", mebi + 1, "PutObject"],
  ["in parts", 2 * mebi, "CommitMultipartUpload"],
];

const write = ({ stores, at }: TestBucket, name: string, content: Buffer, more: object = {}): Promise<unknown> =>
  stores.store(at(name)).write(at(name), bytesSource(content), { provisional: true, ...more });

for (const [name, bytes, operation] of sizes) {
  test(`a ${name} object that was given up never replaces a later one`, async () => {
    await using bucket = await openBucket({ partBytes });
    const { cloud } = bucket;
    const old = randomBytes(bytes);
    const given = randomBytes(bytes);
    const next = randomBytes(bytes);
    const last = randomBytes(bytes);
    // Of an earlier run.
    await cloud.storage.putBytes("bucket", name, old);
    await write(bucket, name, next);
    await write(bucket, name, old);
    assert.deepEqual((await bucket.contents()).get(name), old);
    for (const provisional of [true, false]) {
      cloud.requests.clear();
      cloud.faults.clear();
      cloud.faults.add({ kind: "late", milliseconds: 250, match: { operation } });
      const giveUp = new AbortController();
      const lost = write(bucket, name, given, { signal: giveUp.signal });
      while (cloud.faults.hits === 0) await wait(5);
      giveUp.abort();
      await assert.rejects(lost);
      const kept = provisional ? next : last;
      await write(bucket, name, kept, { provisional });
      while (cloud.requests.count({ operation, status: 412 }) + cloud.requests.count({ operation, status: 404 }) === 0)
        await wait(5);
      assert.deepEqual((await bucket.contents()).get(name), kept);
    }
  });

  test(`a ${name} object whose answer was lost is not written in vain again`, async () => {
    await using bucket = await openBucket({ partBytes });
    const content = randomBytes(bytes);
    for (const fault of [{ kind: "error-after-commit", status: 500 }, { kind: "error-after-commit" }] as const) {
      bucket.cloud.faults.add({ ...fault, match: { operation } });
      await write(bucket, name, content);
      await write(bucket, name, content);
      assert.deepEqual((await bucket.contents()).get(name), content);
    }
    assert.equal(bucket.uploads(), 0);
  });
}

test("whoever may write and not look writes all the same", async () => {
  await using bucket = await openBucket({ partBytes });
  await bucket.cloud.storage.putBytes("bucket", "x", Buffer.from("old"));
  bucket.cloud.policy.deny({ operation: "HeadObject" });
  bucket.cloud.policy.deny({ operation: "GetObject" });
  const content = randomBytes(100);
  await write(bucket, "x", content);
  assert.deepEqual((await bucket.contents()).get("x"), content);
});

test("an object of any size is looked at, and one that is there replaced", async () => {
  await using bucket = await openBucket({ partBytes: 64 * mebi });
  const { cloud, stores, at } = bucket;
  const bytes = 65 * mebi;
  await cloud.storage.putBytes("bucket", "x", Buffer.alloc(bytes));
  assert.equal((await stores.store(at("x")).head(at("x")))?.bytes, bytes);
  const content = Buffer.alloc(bytes, "n");
  cloud.faults.add({ kind: "error-after-commit", match: { operation: "CommitMultipartUpload" } });
  await write(bucket, "x", content);
  assert.equal((await bucket.contents()).get("x")?.equals(content), true);
});
