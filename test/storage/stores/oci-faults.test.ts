/** Whatever goes wrong on the way, what arrives is right byte for byte, or an error says that it did not. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { bytesSource } from "../../../src/storage/source.ts";
import { fetchFile, fetchFolder, publishFiles } from "../../../src/storage/transfer.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import type { Fault, FaultRule } from "../../cloud/faults/fault.ts";
import { mebi, openBucket } from "../bucket.ts";
import { temporaryFolder } from "../temporary.ts";

const files: Readonly<Record<string, Buffer>> = {
  zero: Buffer.alloc(0),
  "small 1": randomBytes(10_000),
  "small/2": randomBytes(50_000),
  middle: randomBytes(mebi + 12_345),
  large: randomBytes(4 * mebi + 54_321),
  "deep/large": randomBytes(3 * mebi),
};
const partBytes = 1.5 * mebi;

const reading = ["GetObject", "ListObjects", "HeadObject"] as const;
const writing = ["PutObject", "CreateMultipartUpload", "UploadPart", "CommitMultipartUpload"] as const;
const bodies: readonly string[] = ["PutObject", "UploadPart", "GetObject"];

const passing = (operations: readonly string[]): fc.Arbitrary<FaultRule & Fault> => {
  const rule = fc.record({
    match: fc.constantFrom(...operations).map((operation) => ({ operation })),
    skip: fc.nat(4),
    times: fc.integer({ min: 1, max: 3 }),
  });
  const anything = fc.oneof(
    fc.constant({ kind: "reset-before" as const }),
    fc.constantFrom(408, 429, 500, 502, 503, 504).map((status) => ({ kind: "status" as const, status })),
    fc.constantFrom({ kind: "error-after-commit" as const }, { kind: "error-after-commit" as const, status: 500 }),
    fc.constant({ kind: "slow" as const, milliseconds: 30 }),
    fc.constant({ kind: "reset-mid-body" as const, side: "response" as const }),
  );
  const ofBodies = fc.oneof(
    fc.constant({ kind: "corrupt" as const }),
    fc.constant({ kind: "reset-mid-body" as const }),
    fc.nat(200_000).map((afterBytes) => ({ kind: "reset-mid-body" as const, afterBytes })),
    fc.constant({ kind: "slow" as const, bytesPerSecond: 20 * mebi }),
  );
  return rule.chain((where) =>
    (bodies.includes(where.match.operation) ? fc.oneof(anything, ofBodies) : anything).map((fault) => ({
      ...where,
      ...fault,
    })),
  );
};

test("uploads and downloads come out right through any passing faults", async () => {
  await using folder = await temporaryFolder();
  await using bucket = await openBucket({ partBytes });
  const work = join(folder.path, "work");
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(work, name, ".."), { recursive: true });
    await writeFile(join(work, name), bytes);
  }
  const { cloud, stores, at } = bucket;
  let run = 0;
  const plan = fc.tuple(fc.array(passing(writing), { maxLength: 6 }), fc.array(passing(reading), { maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(plan, async ([onTheWayUp, onTheWayDown]) => {
      run += 1;
      const target = at(`run ${run}/`);
      cloud.faults.clear();
      for (const fault of onTheWayUp) cloud.faults.add(fault);
      const list = Object.keys(files).map((path) => ({ path, absolute: join(work, path) }));
      const results = await publishFiles(stores, list, target);
      for (const { path, status, error } of results) assert.equal(status, "published", `${path}: ${error?.message}`);
      cloud.faults.clear();
      const contents = await bucket.contents();
      for (const [name, bytes] of Object.entries(files)) {
        assert.equal(contents.get(`run ${run}/${name}`)?.equals(bytes), true, name);
      }
      assert.equal(bucket.uploads(), 0);
      for (const fault of onTheWayDown) cloud.faults.add(fault);
      const to = join(folder.path, String(run));
      assert.equal((await fetchFolder(stores, target, to)).files, list.length);
      for (const [name, bytes] of Object.entries(files)) {
        assert.equal((await readFile(join(to, name))).equals(bytes), true, name);
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

const lasting: readonly (readonly [name: string, fault: Fault, reason: string])[] = [
  ["a service that always fails", { kind: "status", status: 503 }, "unreachable"],
  ["a storm of 429", { kind: "status", status: 429, code: "TooManyRequests", retryAfter: 0 }, "unreachable"],
  ["connections that are always reset", { kind: "reset-before" }, "unreachable"],
  ["bodies that are always cut", { kind: "reset-mid-body", side: "request" }, "unreachable"],
  ["bytes that are always damaged", { kind: "corrupt", side: "request" }, "unreachable"],
  ["a service that hangs", { kind: "slow", milliseconds: 600_000 }, "unreachable"],
  [
    "a full tenancy",
    { kind: "status", status: 400, code: "QuotaExceeded", message: "The quota is used up." },
    "output-folder",
  ],
];
for (const [name, fault, reason] of lasting) {
  test(`${name}: an error, the old object, and no upload left`, async () => {
    await using bucket = await openBucket({
      partBytes,
      silenceMs: 200,
      retry: { totalMs: 400, baseMs: 10, capMs: 50, unreachedTries: 3 },
    });
    const { cloud, stores, at } = bucket;
    const store = stores.store(at("x"));
    const old = bytesSource(files["small 1"] ?? Buffer.alloc(0));
    await store.write(at("x"), old);
    for (const content of [files["small/2"], files["middle"], files["large"]]) {
      cloud.faults.add({ ...fault, match: { operation: /PutObject|UploadPart/ }, times: 1e9 });
      await assert.rejects(store.write(at("x"), bytesSource(content ?? Buffer.alloc(0))), (error) => {
        assert.ok(error instanceof NbjobError, String(error));
        assert.equal(error.location, `oci://bucket@${cloud.namespace}/x`);
        return error.reason === reason;
      });
      cloud.faults.clear();
    }
    assert.deepEqual((await bucket.contents()).get("x"), files["small 1"]);
    assert.equal(bucket.uploads(), 0);
  });
}

test("downloads that never succeed end with an error and no file", async () => {
  await using folder = await temporaryFolder();
  await using bucket = await openBucket({
    silenceMs: 200,
    retry: { totalMs: 400, baseMs: 10, capMs: 50, unreachedTries: 3 },
  });
  const { cloud, stores, at } = bucket;
  await stores.store(at("in/x")).write(at("in/x"), bytesSource(files["middle"] ?? Buffer.alloc(0)));
  const faults: readonly Fault[] = [
    { kind: "status", status: 500 },
    { kind: "reset-before" },
    { kind: "reset-mid-body", afterBytes: 0 },
    { kind: "corrupt" },
    { kind: "slow", milliseconds: 600_000 },
  ];
  for (const fault of faults) {
    cloud.faults.clear();
    cloud.faults.add({ ...fault, match: { operation: "GetObject" }, times: 1e9 });
    await assert.rejects(
      fetchFolder(stores, at("in/"), join(folder.path, "to")),
      { reason: "unreachable" },
      fault.kind,
    );
    await assert.rejects(readFile(join(folder.path, "to/x")), { code: "ENOENT" });
  }
});

test("an object that was small when it was listed, and is large by now, comes whole", async () => {
  await using folder = await temporaryFolder();
  await using bucket = await openBucket();
  const { stores, at } = bucket;
  const bytes = randomBytes(2 * mebi);
  await stores.store(at("grown")).write(at("grown"), bytesSource(bytes));
  const to = join(folder.path, "grown");
  await fetchFile(stores, at("grown"), to, { expectedBytes: 10 });
  assert.ok(bytes.equals(await readFile(to)));
});
