import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { promisify } from "node:util";
import { DamagedBody } from "../../../src/storage/damaged-body.ts";
import { asFolder, parseLocation } from "../../../src/storage/location.ts";
import type { Store } from "../../../src/storage/store.ts";
import { openStores, type Stores } from "../../../src/storage/stores.ts";
import { fileStore } from "../../../src/storage/stores/file.ts";
import { fetchFile, fetchFolder, readWhole } from "../../../src/storage/transfer.ts";
import { openBucket } from "../bucket.ts";
import { keptLog } from "../server.ts";
import { temporaryFolder } from "../temporary.ts";

const run = promisify(execFile);
const stores = openStores({ env: {}, log: keptLog() });
const sha256 = createHash("sha256").update("hello").digest("hex");

test("a file arrives whole, with its digest and the wanted permissions", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "a"), "hello");
  const from = parseLocation(join(folder.path, "a"));
  const to = join(folder.path, "made/on/the/way");
  const fetched = await fetchFile(stores, from, to, { sha256: sha256.toUpperCase(), mode: 0o700 });
  assert.deepEqual([fetched.bytes, fetched.sha256], [5, sha256]);
  assert.equal((await stat(to)).mode & 0o777, 0o700);
  assert.equal((await readWhole(stores, from, { maxBytes: 5, sha256 })).bytes.toString(), "hello");
});

test("a wrong pin, too many bytes, a cancel: nothing appears", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "a"), "hello");
  const from = parseLocation(join(folder.path, "a"));
  const to = join(folder.path, "to/b");
  const wrong = "0".repeat(64);
  await assert.rejects(fetchFile(stores, from, join(folder.path, "a/below")), { reason: "environment" });
  await assert.rejects(fetchFile(stores, from, to, { sha256: wrong }), { reason: "invalid-work" });
  await assert.rejects(fetchFile(stores, from, to, { maxBytes: 4 }), { reason: "invalid-work" });
  await assert.rejects(readWhole(stores, from, { maxBytes: 4 }), { reason: "invalid-work" });
  await assert.rejects(readWhole(stores, from, { maxBytes: 5, sha256: wrong }), { reason: "invalid-work" });
  await assert.rejects(fetchFile(stores, from, to, { signal: AbortSignal.abort() }));
  const files = (await readdir(folder.path, { recursive: true })).filter((name) => name !== "to");
  assert.deepEqual(files, ["a"]);
});

test("a body that lies about its size is stopped at the limit", async () => {
  await using folder = await temporaryFolder();
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(1000);
  }
  const read: Store["read"] = async (location) => ({
    info: { location, bytes: undefined },
    body: endless(),
    close() {},
  });
  const lying: Stores = { store: () => ({ ...fileStore, read }), close: async () => {} };
  const from = parseLocation("/any");
  await assert.rejects(fetchFile(lying, from, join(folder.path, "x"), { maxBytes: 10_000 }), {
    reason: "invalid-work",
  });
  await assert.rejects(readWhole(lying, from, { maxBytes: 10_000 }), { reason: "invalid-work" });
});

test("bytes that arrived damaged are read again, but not for ever", async () => {
  await using folder = await temporaryFolder();
  for (const [damaged, works] of [
    [2, true],
    [3, false],
  ] as const) {
    let reads = 0;
    const read: Store["read"] = async (location) => {
      reads += 1;
      const bad = reads <= damaged;
      const body = Readable.from(
        (async function* body() {
          yield Buffer.from("hello");
          if (bad) throw new DamagedBody("here");
        })(),
      );
      return { info: { location, bytes: 5 }, body, close() {} };
    };
    const flaky: Stores = { store: () => ({ ...fileStore, read }), close: async () => {} };
    const fetching = fetchFile(flaky, parseLocation("/any"), join(folder.path, "x"));
    if (works) assert.equal((await fetching).bytes, 5);
    else await assert.rejects(fetching, DamagedBody);
    assert.equal(reads, 3);
  }
});

test("a folder arrives as it is, and everything wrong with it is told at once", async () => {
  await using folder = await temporaryFolder();
  const from = join(folder.path, "from");
  await mkdir(join(from, "a/b"), { recursive: true });
  for (const name of ["one", "a/two", "a/b/three", "line\nbreak"]) await writeFile(join(from, name), name);
  const result = await fetchFolder(stores, parseLocation(`${from}/`), join(folder.path, "to"));
  assert.deepEqual(result, { files: 4, bytes: 27 });
  assert.equal(await readFile(join(folder.path, "to/a/b/three"), "utf8"), "a/b/three");
  await run("mkfifo", [join(from, "pipe")]);
  await symlink("nowhere", join(from, "dangling"));
  await assert.rejects(fetchFolder(stores, parseLocation(from), join(folder.path, "again")), (error) => {
    assert.ok(error instanceof Error && "problems" in error && Array.isArray(error.problems));
    return error.problems.length === 2;
  });
});

test("a folder with nothing in it is not found", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["missing/", "./"]) {
    const from = parseLocation(name, { baseFolder: asFolder(parseLocation(folder.path)) });
    await assert.rejects(fetchFolder(stores, from, join(folder.path, "to")), { reason: "not-found" });
  }
});

test("names that would leave the folder are refused", async () => {
  await using folder = await temporaryFolder();
  const base = { kind: "oci", bucket: "b", namespace: "n", object: "in/" } as const;
  const names = ["../../evil", "a/../../evil", "/etc/evil", "a//b", "./x", "fine"];
  async function* list(): ReturnType<Store["list"]> {
    for (const name of names) yield { location: { ...base, object: `in/${name}` }, bytes: 1 };
    yield { location: { ...base, object: "in/" }, bytes: 0 };
    yield { location: { ...base, object: "in/marker/" }, bytes: 0 };
  }
  const read: Store["read"] = async (location) => ({
    info: { location, bytes: 1 },
    body: Readable.from([Buffer.from("x")]),
    close() {},
  });
  const hostile: Stores = { store: () => ({ ...fileStore, read, list }), close: async () => {} };
  const to = join(folder.path, "deep/to");
  await assert.rejects(fetchFolder(hostile, base, to), (error) => {
    assert.ok(error instanceof Error && "problems" in error && Array.isArray(error.problems));
    return error.problems.length === 5;
  });
  assert.deepEqual((await readdir(folder.path, { recursive: true })).toSorted(), [
    "deep",
    "deep/to",
    "deep/to/fine",
    "deep/to/marker",
  ]);
});

test("names that no folder on this machine can have together, and bytes under a folder's name, are told with a remedy", async () => {
  await using folder = await temporaryFolder();
  await using bucket = await openBucket();
  for (const [name, content] of Object.entries({ "a/x": "1", "a/x/y": "2", "b/": "", "b/z": "3", "c/": "4" }))
    await bucket.cloud.storage.putBytes("bucket", name, Buffer.from(content));
  const fetched = (name: string): Promise<unknown> =>
    fetchFolder(bucket.stores, bucket.at(`${name}/`), join(folder.path, name));
  await assert.rejects(fetched("a"), {
    reason: "environment",
    message: /oci:\/\/bucket@\w+\/a\/x(\/y)? cannot be placed here: .*\/a\/x/,
    remedy: /a file and its folder at once/,
  });
  assert.deepEqual(await fetched("b"), { files: 1, bytes: 1 });
  await assert.rejects(fetched("c"), { reason: "invalid-work", message: /c\/ has a folder's name and holds 1 bytes/ });
});
