import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, mkdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { asFolder, type Location, parseLocation } from "../../../src/storage/location.ts";
import { fileSource, SourceChanged } from "../../../src/storage/source.ts";
import type { Source, Store } from "../../../src/storage/store.ts";
import { openStores, type Stores } from "../../../src/storage/stores.ts";
import { fileStore } from "../../../src/storage/stores/file.ts";
import { publishFiles } from "../../../src/storage/transfer.ts";
import { keptLog } from "../server.ts";
import { temporaryFolder } from "../temporary.ts";

const run = promisify(execFile);
const stores = openStores({ env: {}, log: keptLog() });
const folderAt = (path: string): Location => asFolder(parseLocation(path));

test("each file is published or says why not, and none stops the rest", async () => {
  await using folder = await temporaryFolder();
  const work = join(folder.path, "work");
  await mkdir(join(work, "sub"), { recursive: true });
  await writeFile(join(work, "zero"), "");
  await writeFile(join(work, "sub/a b%20?#.txt"), "hello");
  await writeFile(join(work, "line\nbreak"), "x");
  await run("truncate", ["-s", "3M", join(work, "sparse")]);
  await run("mkfifo", [join(work, "pipe")]);
  await symlink("zero", join(work, "linked"));
  await symlink("nowhere", join(work, "dangling"));
  const names = [
    "zero",
    "sub/a b%20?#.txt",
    "line\nbreak",
    "sparse",
    "pipe",
    "linked",
    "dangling",
    "sub",
    "missing",
    "../up",
  ];
  const seen: string[] = [];
  const results = await publishFiles(
    stores,
    names.map((path) => ({ path, absolute: join(work, path) })),
    folderAt(join(folder.path, "out")),
    { onFile: (file) => seen.push(file.path) },
  );
  assert.deepEqual(
    results.map(({ path }) => path),
    names,
  );
  assert.deepEqual(seen.toSorted(), names.toSorted());
  const failed = results.filter(({ status }) => status === "failed").map(({ path }) => path);
  assert.deepEqual(failed, ["pipe", "dangling", "sub", "missing", "../up"]);
  for (const result of results) assert.equal(result.error === undefined, result.status === "published");
  assert.deepEqual(
    results.slice(0, 4).map(({ bytes }) => bytes),
    [0, 5, 1, 3 * 1024 * 1024],
  );
  assert.equal(results[1]?.md5, "XUFAKrxLKna5cZ2REBfFkg==");
  assert.equal(await readFile(join(folder.path, "out/sub/a b%20?#.txt"), "utf8"), "hello");
});

/** Stores whose file store runs `meddle` in the middle of every write, and `after` behind it. */
function meddled(meddle: (tries: number) => Promise<void>, after: () => Promise<void> = async () => {}): Stores {
  let tries = 0;
  const write: Store["write"] = async (location, source, options) => {
    tries += 1;
    const slow: Source = {
      bytes: source.bytes,
      async *open(start, end) {
        let first = true;
        for await (const chunk of source.open(start, end)) {
          if (first) await meddle(tries);
          first = false;
          yield chunk;
        }
      },
    };
    try {
      return await fileStore.write(location, slow, options);
    } finally {
      await after();
    }
  };
  const store = { ...fileStore, write };
  return { store: () => store, close: async () => {} };
}

async function publishOne(path: string, ...meddling: Parameters<typeof meddled>) {
  const [result] = await publishFiles(meddled(...meddling), [{ path: "out", absolute: path }], folderAt(`${path}-out`));
  assert.ok(result !== undefined);
  return result;
}

test("a file that is written to once while it is read is read again", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await writeFile(path, Buffer.alloc(100_000));
  const result = await publishOne(path, async (tries) => {
    if (tries === 1) await writeFile(path, "three");
  });
  assert.equal(result.status, "published");
  assert.equal(result.changedWhileRead, false);
  assert.equal(await readFile(`${path}-out/out`, "utf8"), "three");
});

test("a log that never stops growing is published as far as it was, and marked", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "log");
  await writeFile(path, "line\n".repeat(20_000));
  const result = await publishOne(path, async () => appendFile(path, "line\n"));
  assert.equal(result.status, "published");
  assert.equal(result.changedWhileRead, true);
  const published = await readFile(`${path}-out/out`, "utf8");
  assert.equal(published.length, result.bytes);
  assert.match(published, /^(line\n)+$/);
});

test("a file that always shrinks, and one that vanishes, fail with a reason", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  const grow = (): Promise<void> => writeFile(path, Buffer.alloc(1_000_000));
  await grow();
  const shrunk = await publishOne(path, async () => truncate(path, 9), grow);
  assert.equal(shrunk.status, "failed");
  assert.equal(shrunk.error?.reason, "publish-incomplete");
  const removed = await publishOne(path, async () => {
    await truncate(path, 9);
    await rm(path);
  });
  assert.equal(removed.error?.reason, "not-found");
});

test("a cancel fails what is left, and says so", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await writeFile(path, "x");
  const files = Array.from({ length: 50 }, (_, index) => ({ path: String(index), absolute: path }));
  const controller = new AbortController();
  const results = await publishFiles(stores, files, folderAt(join(folder.path, "out")), {
    concurrency: 2,
    signal: controller.signal,
    onFile: ({ path: name }) => name === "9" && controller.abort(),
  });
  assert.equal(results.length, 50);
  assert.equal(results[0]?.status, "published");
  assert.equal(results[49]?.status, "failed");
  assert.equal(results[49]?.error?.reason, "canceled");
});

test("a source notices whatever happens to its file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  const drain = async (source: Source): Promise<number> => {
    let bytes = 0;
    for await (const chunk of source.open(0, source.bytes)) bytes += chunk.length;
    return bytes;
  };
  await writeFile(path, "12345");
  const source = await fileSource(path);
  assert.equal(await drain(source), 5);
  await appendFile(path, "6");
  await assert.rejects(drain(source), SourceChanged);
  const tolerant = await fileSource(path, { tolerateChange: true });
  await appendFile(path, "7");
  assert.equal(await drain(tolerant), 6);
  await truncate(path, 2);
  await assert.rejects(drain(tolerant), SourceChanged);
  const replaced = await fileSource(path);
  await rm(path);
  await assert.rejects(drain(replaced), { reason: "not-found" });
});
