import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../../src/http/clock.ts";
import type { Location } from "../../../src/storage/location.ts";
import { bytesSource } from "../../../src/storage/source.ts";
import type { Source } from "../../../src/storage/store.ts";
import type { Stores } from "../../../src/storage/stores.ts";
import { probeFolder, publishFiles, readWhole } from "../../../src/storage/transfer.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { mebi, openBucket } from "../bucket.ts";
import { temporaryFolder } from "../temporary.ts";

const small = randomBytes(10_000);
const middle = randomBytes(mebi + 12_345);
const large = randomBytes(3 * mebi + 54_321);
const partBytes = 2 * mebi;

const put = (stores: Stores, location: Location, bytes: Buffer): Promise<unknown> =>
  stores.store(location).write(location, bytesSource(bytes));
const get = async (stores: Stores, location: Location): Promise<Buffer> =>
  (await readWhole(stores, location, { maxBytes: 100 * mebi })).bytes;

test("objects of every size and name go up and come down, checked both ways", async () => {
  await using bucket = await openBucket({ partBytes });
  const names = [
    "plain",
    "a b/c%20d?x#y@z.ipynb",
    "日本/é",
    "a//b/",
    "a/../b",
    "..a/.",
    "'()*!~",
    "+&=;,:$",
    "x".repeat(1024),
  ];
  const { stores, at } = bucket;
  for (const [index, name] of names.entries()) {
    const bytes = [Buffer.alloc(0), small, middle, large][index % 4] ?? small;
    // A name that ends with a slash is a folder's, which is not written.
    if (name.endsWith("/")) continue;
    await put(stores, at(name), bytes);
    assert.deepEqual((await bucket.contents()).get(name), bytes, name);
    assert.deepEqual(await get(stores, at(name)), bytes, name);
    const info = await stores.store(at(name)).head(at(name));
    assert.equal(info?.bytes, bytes.length);
    assert.ok(info?.modifiedAt !== undefined && Math.abs(info.modifiedAt.getTime() - Date.now()) < 60_000);
  }
  assert.equal(bucket.uploads(), 0);
});

test("names that Object Storage does not take are refused before anything is sent", async () => {
  await using bucket = await openBucket();
  await put(bucket.stores, bucket.at("first"), small);
  bucket.cloud.requests.clear();
  for (const name of ["line\nbreak", "nul\0", ".", "..", "é".repeat(513), "\ud800", "folder/", ""]) {
    await assert.rejects(put(bucket.stores, bucket.at(name), small), { reason: "output-folder" }, JSON.stringify(name));
  }
  assert.equal(bucket.cloud.requests.count(), 0);
});

test("lists follow every page and take any prefix literally", async () => {
  await using bucket = await openBucket({}, { maximumPage: 7 });
  const { stores, at } = bucket;
  const names = Array.from({ length: 40 }, (_, index) => `a&b#c/+ %20?/${index}`);
  await Promise.all(
    [...names, "a&b", "a&b#c/", "other"].map((name) => put(stores, at(name), Buffer.from(name)).catch(() => {})),
  );
  const found: string[] = [];
  const folder = at("a&b#c/+ %20?/");
  for await (const { location, bytes, etag } of stores.store(folder).list(folder)) {
    assert.ok(location.kind === "oci" && bytes !== undefined && etag !== undefined);
    found.push(location.object);
  }
  assert.deepEqual(found.toSorted(), names.toSorted());
  for await (const _ of stores.store(folder).list(at("nothing/"))) assert.fail();
});

test("deleting and looking at what is not there are no errors; a missing bucket is", async () => {
  await using bucket = await openBucket();
  const { stores, at } = bucket;
  const store = stores.store(at("x"));
  await store.delete(at("x"));
  assert.equal(await store.head(at("x")), undefined);
  await put(stores, at("x"), small);
  await store.delete(at("x"));
  assert.equal(await store.head(at("x")), undefined);
  const elsewhere: Location = { kind: "oci", bucket: "missing", namespace: bucket.cloud.namespace, object: "x" };
  for (const work of [() => store.head(elsewhere), () => store.read(elsewhere)]) {
    await assert.rejects(work, { reason: "not-found" });
  }
  await assert.rejects(store.delete(elsewhere), { reason: "output-folder" });
  await assert.rejects(put(stores, elsewhere, small), { reason: "output-folder" });
  await assert.rejects(put(stores, elsewhere, large), { reason: "output-folder" });
});

test("a missing bucket, a wrong namespace and a missing permission are told apart", async () => {
  await using bucket = await openBucket();
  const { cloud, stores, at } = bucket;
  const failing = async (location: Location, write: boolean): Promise<NbjobError> => {
    const error: unknown = await (write ? put(stores, location, small) : get(stores, location)).catch(
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof NbjobError);
    assert.match(error.message, /opc-request-id \S+/);
    return error;
  };
  const missing = await failing({ kind: "oci", bucket: "missing", namespace: cloud.namespace, object: "x" }, true);
  assert.equal(missing.reason, "output-folder");
  assert.match(missing.message, /BucketNotFound/);
  const wrong = await failing({ kind: "oci", bucket: "bucket", namespace: "other", object: "x" }, true);
  assert.equal(wrong.reason, "output-folder");
  assert.ok(wrong.remedy?.includes(cloud.namespace));
  cloud.policy.deny({ operation: "PutObject" });
  const denied = await failing(at("x"), true);
  assert.equal(denied.reason, "not-authorized");
  assert.match(denied.remedy ?? "", /allow group <.*> to manage objects .* target\.bucket\.name='bucket'/);
  cloud.policy.deny({ operation: "GetObject" });
  const unreadable = await failing(at("x"), false);
  assert.equal(unreadable.reason, "not-authorized");
  assert.match(unreadable.remedy ?? "", /to read objects/);
});

test("for a job run the policy is the one for job runs", async () => {
  await using bucket = await openBucket();
  const principal = await bucket.cloud.resourcePrincipal();
  const stores = bucket.open({ env: { ...bucket.cloud.env, ...principal.env } });
  bucket.cloud.policy.deny({ operation: "PutObject" });
  await assert.rejects(put(stores, bucket.at("x"), small), (error) => {
    assert.ok(error instanceof NbjobError);
    return /allow any-user to manage objects .*request\.principal\.type='datasciencejobrun'/.test(error.remedy ?? "");
  });
});

test("refused credentials and a wrong clock say so", async () => {
  await using bucket = await openBucket();
  bucket.cloud.faults.add({ kind: "status", status: 401, code: "NotAuthenticated" });
  await assert.rejects(put(bucket.stores, bucket.at("x"), small), { reason: "not-authorized" });
  const clock = { ...systemClock, now: () => Date.now() + 3_600_000, random: () => 0.5, sleep: async () => {} };
  await assert.rejects(put(bucket.open({ clock }), bucket.at("x"), small), (error) => {
    assert.ok(error instanceof NbjobError);
    return error.reason === "not-authorized" && /60 minutes ahead/.test(error.remedy ?? "");
  });
});

test("ifAbsent replaces nothing, and is not fooled by an answer that was lost", async () => {
  await using bucket = await openBucket({ partBytes });
  const { stores, at, cloud } = bucket;
  for (const [name, bytes] of Object.entries({ small, middle, large })) {
    const write = (content: Buffer): Promise<unknown> =>
      stores.store(at(name)).write(at(name), bytesSource(content), { ifAbsent: true });
    const operation = bytes === large ? "CommitMultipartUpload" : "PutObject";
    cloud.faults.add({ kind: "error-after-commit", match: { operation } });
    await write(bytes);
    await assert.rejects(write(randomBytes(bytes.length)), { reason: "output-folder" }, name);
    assert.deepEqual((await bucket.contents()).get(name), bytes);
  }
  assert.equal(bucket.uploads(), 0);
});

test("two writes of one object arrive in the order in which they were begun", async () => {
  await using bucket = await openBucket({ partBytes });
  const { stores, at } = bucket;
  bucket.cloud.faults.add({ kind: "slow", milliseconds: 300, match: { operation: "CommitMultipartUpload" } });
  await Promise.all([put(stores, at("x"), large), put(stores, at("x"), small)]);
  assert.deepEqual((await bucket.contents()).get("x"), small);
});

test("a part that fails is sent again, not the file", async () => {
  await using bucket = await openBucket({ partBytes });
  const { cloud, stores, at } = bucket;
  cloud.faults.add({ kind: "reset-mid-body", match: { operation: "UploadPart" }, skip: 1, times: 2 });
  await put(stores, at("x"), large);
  assert.equal(cloud.requests.count({ operation: "CreateMultipartUpload" }), 1);
  assert.equal(cloud.requests.count({ operation: "UploadPart" }), 2 + 2);
  assert.deepEqual((await bucket.contents()).get("x"), large);
});

test("a download that breaks is resumed by range, of the same object or not at all", async () => {
  await using bucket = await openBucket({ partBytes });
  const { cloud, stores, at } = bucket;
  await put(stores, at("x"), large);
  cloud.faults.add({ kind: "reset-mid-body", match: { operation: "GetObject" }, times: 3, afterBytes: 500_000 });
  cloud.requests.clear();
  assert.deepEqual(await get(stores, at("x")), large);
  const ranges = cloud.requests.list({ operation: "GetObject" }).map(({ headers }) => headers.range);
  assert.equal(ranges.length, 4);
  assert.equal(ranges[0], undefined);
  for (const range of ranges.slice(1)) assert.match(range ?? "", /^bytes=\d+-\d+$/);
  // Replaced in between: never a mixture.
  cloud.faults.clear();
  cloud.faults.add({ kind: "slow", milliseconds: 1000, match: { operation: "GetObject" }, skip: 1 });
  cloud.faults.add({ kind: "reset-mid-body", match: { operation: "GetObject" }, afterBytes: 500_000 });
  const { body } = await stores.store(at("x")).read(at("x"));
  const first = body[Symbol.asyncIterator]();
  await first.next();
  await put(stores, at("x"), randomBytes(large.length));
  await assert.rejects(
    async () => {
      while ((await first.next()).done !== true);
    },
    { reason: "unreachable" },
  );
});

test("a source that changes, shortens or fails leaves what was there, and no upload behind", async () => {
  await using bucket = await openBucket({ partBytes });
  const { stores, at } = bucket;
  await put(stores, at("x"), small);
  const broken = (bytes: number): Source => ({
    bytes,
    async *open(start, end) {
      yield randomBytes(Math.min(1000, end - start));
      throw new Error("the source is gone");
    },
  });
  for (const bytes of [5000, 1.5 * mebi, 4 * mebi]) {
    const store = stores.store(at("x"));
    await assert.rejects(store.write(at("x"), broken(bytes)), { message: "the source is gone" });
  }
  assert.deepEqual((await bucket.contents()).get("x"), small);
  assert.equal(bucket.uploads(), 0);
});

test("a cancel ends uploads at once and takes back what was begun", async () => {
  await using bucket = await openBucket({ partBytes });
  const { cloud, stores, at } = bucket;
  await put(stores, at("warm"), small);
  for (const [bytes, operation] of [
    [small, "PutObject"],
    [large, "UploadPart"],
    [large, "CommitMultipartUpload"],
  ] as const) {
    cloud.faults.clear();
    cloud.requests.clear();
    cloud.faults.add({ kind: "slow", milliseconds: 60_000, match: { operation }, times: 4 });
    const controller = new AbortController();
    const writing = stores.store(at("x")).write(at("x"), bytesSource(bytes), { signal: controller.signal });
    const timer = setInterval(
      () => cloud.requests.count({ operation }) > 0 && controller.abort(new Error("enough")),
      5,
    );
    await assert.rejects(writing, { message: "enough" }, operation);
    clearInterval(timer);
    cloud.faults.clear();
  }
  assert.equal(bucket.uploads(), 0);
  assert.deepEqual([...(await bucket.contents()).keys()], ["warm"]);
});

test("an upload that cannot even be aborted is warned of", async () => {
  await using bucket = await openBucket({ partBytes, retry: { totalMs: 50, baseMs: 5, capMs: 10, unreachedTries: 2 } });
  const { cloud, stores, at } = bucket;
  cloud.faults.add({
    kind: "status",
    status: 500,
    match: { operation: /UploadPart|AbortMultipartUpload/ },
    times: 1e9,
  });
  await assert.rejects(put(stores, at("x"), large), { reason: "unreachable" });
  assert.ok(bucket.log.lines.some((line) => line.startsWith("warn") && line.includes("could not be aborted")));
});

test("a service that was reached once is waited for, one that never answered is not", async () => {
  await using bucket = await openBucket();
  const { cloud, stores, at } = bucket;
  await put(stores, at("x"), small);
  // Refused connections, until the service is back on its old port.
  const nobody = { ...cloud.env, NBJOB_OCI_ENDPOINT: "http://127.0.0.1:1" };
  await assert.rejects(put(bucket.open({ env: nobody }), at("x"), small), { reason: "unreachable" });
  const refusals = bucket.log.lines.filter((line) => line.includes("ECONNREFUSED")).length;
  assert.equal(refusals, 2);
});

test("content types are set, and dates read, whatever the time zone", async (t) => {
  await using folder = await temporaryFolder();
  await using bucket = await openBucket();
  const { stores, at } = bucket;
  const zone = process.env["TZ"];
  process.env["TZ"] = "America/New_York";
  t.after(() => (zone === undefined ? delete process.env["TZ"] : (process.env["TZ"] = zone)));
  const types = {
    "a.ipynb": "application/x-ipynb+json",
    "b.HTML": "text/html; charset=utf-8",
    c: "application/octet-stream",
  };
  const files = Object.keys(types).map((path) => ({ path, absolute: join(folder.path, path) }));
  for (const { absolute } of files) await writeFile(absolute, "x");
  await publishFiles(stores, files, at("out/"));
  for (const [name, type] of Object.entries(types)) {
    const location = at(`out/${name}`);
    const info = await stores.store(location).head(location);
    assert.equal(info?.contentType, type);
    assert.ok(Math.abs(Number(info?.modifiedAt) - Date.now()) < 60_000);
  }
  for await (const { modifiedAt } of stores.store(at("out/")).list(at("out/"))) {
    assert.ok(Math.abs(Number(modifiedAt) - Date.now()) < 60_000);
  }
});

test("a file whose name the service does not take fails alone", async () => {
  await using folder = await temporaryFolder();
  await using bucket = await openBucket();
  const names = ["fine", "line\nbreak", "also fine"];
  const files = names.map((path) => ({ path, absolute: join(folder.path, path) }));
  for (const { absolute } of files) await writeFile(absolute, "x");
  const results = await publishFiles(bucket.stores, files, bucket.at("out/"));
  assert.deepEqual(
    results.map(({ status, error }) => error?.reason ?? status),
    ["published", "output-folder", "published"],
  );
  assert.deepEqual([...(await bucket.contents()).keys()], ["out/also fine", "out/fine"]);
});

test("a probe finds out what a write would, and leaves nothing", async () => {
  await using bucket = await openBucket();
  const { cloud, stores, at } = bucket;
  await probeFolder(stores, at("out"));
  assert.deepEqual([...(await bucket.contents()).keys()], []);
  cloud.policy.deny({ operation: "PutObject" });
  await assert.rejects(probeFolder(stores, at("out")), (error) => {
    assert.ok(error instanceof NbjobError);
    return error.reason === "not-authorized" && !`${error.message} ${error.location} ${error.remedy}`.includes("probe");
  });
  cloud.policy.clear();
  cloud.policy.deny({ operation: "DeleteObject" });
  await probeFolder(stores, at("out"));
  const missing: Location = { kind: "oci", bucket: "missing", namespace: cloud.namespace, object: "out/" };
  await assert.rejects(probeFolder(stores, missing), { reason: "output-folder" });
});

test("Retry-After is honoured by waiting, within the budget", async () => {
  await using bucket = await openBucket();
  const { cloud, at } = bucket;
  const pauses: number[] = [];
  let ahead = 0;
  const clock = {
    ...systemClock,
    elapsed: () => performance.now() + ahead,
    random: () => 0.5,
    sleep: async (ms: number) => {
      pauses.push(ms);
      ahead += ms;
    },
  };
  cloud.faults.add({ kind: "status", status: 429, code: "TooManyRequests", retryAfter: 9, times: 2 });
  await put(
    bucket.open({ clock, retry: { totalMs: 60_000, baseMs: 4, capMs: 30, unreachedTries: 3 } }),
    at("x"),
    small,
  );
  assert.equal(pauses.length, 2);
  assert.ok(pauses.every((pause) => pause >= 9000));
  cloud.faults.add({ kind: "status", status: 503, retryAfter: 3600 });
  await assert.rejects(put(bucket.stores, at("x"), small), { reason: "unreachable" });
});

test("any names survive listing, reading and writing", async () => {
  await using bucket = await openBucket();
  const { stores, at } = bucket;
  const name = fc
    .string({ unit: "binary", minLength: 1, maxLength: 40 })
    .map((text) => text.replaceAll(/[\0\r\n]/g, "_"))
    .filter((text) => text.isWellFormed() && !text.endsWith("/") && text !== "." && text !== "..");
  await fc.assert(
    fc.asyncProperty(name, async (object) => {
      const bytes = Buffer.from(object);
      await put(stores, at(object), bytes);
      assert.deepEqual(await get(stores, at(object)), bytes);
      assert.ok(bucket.cloud.storage.find("bucket", object) !== undefined);
    }),
    { numRuns: 60 },
  );
});
