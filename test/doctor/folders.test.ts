import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { folders, mounts, remoteMounts } from "../../src/doctor/folders.ts";
import { folder } from "../support/program.ts";

test("mounts are told without the system's own views, remote ones without a user", async (t) => {
  const root = await folder(t, {
    "proc/self/mountinfo":
      "1 0 0:1 / / rw - overlay overlay rw\n" +
      "2 1 0:2 / /proc rw - proc proc rw\n" +
      "3 1 0:3 / /mnt/my\\040data ro,nosuid - nfs4 10.0.0.7:/export rw\n" +
      "4 1 0:4 / /mnt/bucket rw - fuse.ocifs somebody:hunter2@bucket rw\n",
  });
  assert.deepEqual(await mounts(root), [
    { point: "/", type: "overlay", readOnly: false, source: "overlay" },
    { point: "/mnt/my data", type: "nfs4", readOnly: true, source: "10.0.0.7:/export" },
    { point: "/mnt/bucket", type: "fuse.ocifs", readOnly: false, source: "…@bucket" },
  ]);
  assert.deepEqual(await remoteMounts(root), ["/mnt/my data", "/mnt/bucket"]);
});

test("folders are tried by writing to them, and left as they were", async (t) => {
  const dir = await folder(t, { file: "x" });
  const found = await folders([dir, join(dir, "absent"), join(dir, "file"), dir]);
  assert.ok(Array.isArray(found));
  const told: unknown[] = found.map((each: Readonly<Record<string, unknown>>) => [
    each["exists"],
    each["writable"],
    each["why"],
  ]);
  assert.deepEqual(told, [
    [true, true, null],
    [false, false, "ENOENT"],
    [true, false, "ENOTDIR"],
  ]);
  assert.deepEqual(await readdir(dir), ["file"]);
});
