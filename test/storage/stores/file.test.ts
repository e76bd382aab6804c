import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Location } from "../../../src/storage/location.ts";
import { bytesSource } from "../../../src/storage/source.ts";
import type { Source } from "../../../src/storage/store.ts";
import { fileStore } from "../../../src/storage/stores/file.ts";
import { temporaryFolder } from "../temporary.ts";

const run = promisify(execFile);
const at = (path: string): Location => ({ kind: "file", path });

async function text(location: Location): Promise<string> {
  const chunks: Uint8Array[] = [];
  const { body } = await fileStore.read(location);
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

test("what is written is read, folders made on the way, nothing left beside it", async () => {
  await using folder = await temporaryFolder();
  const location = at(join(folder.path, "a/b/c d\n%20.txt"));
  const info = await fileStore.write(location, bytesSource(Buffer.from("hello")));
  assert.equal(info.bytes, 5);
  assert.equal(info.md5, "XUFAKrxLKna5cZ2REBfFkg==");
  assert.equal(await text(location), "hello");
  assert.deepEqual(await readdir(join(folder.path, "a/b")), ["c d\n%20.txt"]);
  assert.equal((await fileStore.head(location))?.bytes, 5);
  await fileStore.delete(location);
  await fileStore.delete(location);
  assert.equal(await fileStore.head(location), undefined);
});

test("a write that fails leaves the old file whole and no part of the new one", async () => {
  await using folder = await temporaryFolder();
  const location = at(join(folder.path, "kept"));
  await fileStore.write(location, bytesSource(Buffer.from("old")));
  const broken: Source = {
    bytes: 10,
    async *open() {
      yield Buffer.from("new");
      throw new Error("gone");
    },
  };
  await assert.rejects(fileStore.write(location, broken), { message: "gone" });
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const aborted = fileStore.write(location, bytesSource(Buffer.from("new")), { signal: controller.signal });
  await assert.rejects(aborted, { message: "enough" });
  assert.equal(await text(location), "old");
  assert.deepEqual(await readdir(folder.path), ["kept"]);
});

test("ifAbsent never replaces, even when two write at once", async () => {
  await using folder = await temporaryFolder();
  const location = at(join(folder.path, "one"));
  const results = await Promise.allSettled(
    ["a", "b", "c"].map((content) => fileStore.write(location, bytesSource(Buffer.from(content)), { ifAbsent: true })),
  );
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason.reason] : []));
  assert.deepEqual(reasons, ["output-folder", "output-folder"]);
});

test("whatever cannot be read says why", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await writeFile(join(path, "file"), "x");
  await run("mkfifo", [join(path, "pipe")]);
  await symlink(join(path, "loop"), join(path, "loop"));
  const cases: Record<string, string> = {
    missing: "not-found",
    "file/below": "not-found",
    pipe: "not-found",
    loop: "not-found",
    ["x".repeat(300)]: "not-found",
  };
  for (const [name, reason] of Object.entries(cases)) {
    await assert.rejects(fileStore.read(at(join(path, name))), { name: "NbjobError", reason }, name);
  }
  await assert.rejects(fileStore.read(at(path)), { reason: "not-found", message: /is a folder/ });
  await assert.rejects(fileStore.read(at("/dev/null")), { reason: "not-found", message: /is a device/ });
});

test("a file that this user may not read or write is told apart from a missing one", async () => {
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  await writeFile(join(folder.path, "secret"), "x", { mode: 0 });
  await mkdir(join(folder.path, "closed"), { mode: 0 });
  // root may read and write everything: then another user tries.
  const other = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, "try-file.ts"), folder.path], {
    cwd: "/",
    ...other,
  });
  assert.deepEqual(JSON.parse(stdout), {
    read: "not-authorized",
    write: "output-folder",
    list: ["may not be read by this user"],
  });
});

test("a place that cannot be written is the output folder's fault", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "file"), "x");
  await mkdir(join(folder.path, "folder"));
  for (const name of ["file/below", "folder", "y".repeat(300)]) {
    const write = fileStore.write(at(join(folder.path, name)), bytesSource(Buffer.from("x")));
    await assert.rejects(write, { reason: "output-folder" }, name);
  }
  const write = fileStore.write(at("/proc/nbjob/x"), bytesSource(Buffer.from("x")));
  await assert.rejects(write, { reason: "output-folder" });
  assert.deepEqual((await readdir(folder.path)).toSorted(), ["file", "folder"]);
});

test("a list holds every file once, and reports what is no file", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await mkdir(join(path, "a/b"), { recursive: true });
  for (const name of ["a/one", "a/b/two", "zero", "line\nbreak"]) await writeFile(join(path, name), name);
  await writeFile(join(path, ".nbjob-0123456789ab.part"), "being written");
  await run("mkfifo", [join(path, "pipe")]);
  await symlink("zero", join(path, "linked"));
  await symlink("nowhere", join(path, "dangling"));
  await symlink("..", join(path, "a/up"));
  await writeFile(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff, 0xfe])]), "x");
  const found: string[] = [];
  const skipped: Record<string, string> = {};
  const onSkipped = (location: Location, why: string): void => {
    if (location.kind === "file") skipped[location.path.slice(path.length + 1)] = why;
  };
  for await (const { location } of fileStore.list(at(path), { onSkipped })) {
    if (location.kind === "file") found.push(location.path.slice(path.length + 1));
  }
  assert.deepEqual(found.toSorted(), ["a/b/two", "a/one", "line\nbreak", "linked", "zero"]);
  assert.deepEqual(Object.keys(skipped).toSorted(), ["a/up", "dangling", "pipe", "\ufffd\ufffd"]);
  assert.equal(skipped["pipe"], "is a pipe");
  assert.equal(skipped["\ufffd\ufffd"], "has a name that is not Unicode text");
  for await (const _ of fileStore.list(at(join(path, "missing/")))) assert.fail("a missing folder is empty");
});

test("bytes are streamed, not held", async () => {
  await using folder = await temporaryFolder();
  const bytes = 600 * 1024 * 1024;
  let most = 0;
  const before = process.memoryUsage.rss();
  const source: Source = {
    bytes,
    async *open() {
      const chunk = Buffer.alloc(1024 * 1024);
      for (let sent = 0; sent < bytes; sent += chunk.length) {
        most = Math.max(most, process.memoryUsage.rss() - before);
        yield chunk;
      }
    },
  };
  await fileStore.write(at(join(folder.path, "large")), source);
  assert.ok(most < 150 * 1024 * 1024, `${most} bytes`);
  assert.equal((await fileStore.head(at(join(folder.path, "large"))))?.bytes, bytes);
});

test("an empty file is a file", async () => {
  await using folder = await temporaryFolder();
  const location = at(join(folder.path, "empty"));
  await fileStore.write(location, bytesSource(Buffer.alloc(0)));
  assert.equal(await text(location), "");
  assert.equal(await readFile(join(folder.path, "empty"), "utf8"), "");
});

test("a mounted share that is away for a moment is waited for; a full disk is told at once", async () => {
  await using folder = await temporaryFolder();
  const failing = (code: string): Source & { opened: number } => ({
    bytes: 5,
    opened: 0,
    async *open() {
      this.opened += 1;
      if (this.opened < 3) throw Object.assign(new Error(code), { code });
      yield Buffer.from("hello");
    },
  });
  const location = at(join(folder.path, "a"));
  for (const code of ["ESTALE", "EIO"]) {
    await fileStore.write(location, failing(code));
    assert.equal(await text(location), "hello");
  }
  const full = failing("ENOSPC");
  await assert.rejects(fileStore.write(location, full), { reason: "output-folder", message: /the disk is full/ });
  assert.equal(full.opened, 1);
  assert.deepEqual(await readdir(folder.path), ["a"]);
});
