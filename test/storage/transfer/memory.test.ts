/** Whatever is moved, memory stays small: measured in a process of its own, which does nothing else. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startCloud } from "../../cloud/cloud.ts";
import { temporaryFolder } from "../temporary.ts";

const mebi = 1024 * 1024;
/** What a process that runs TypeScript from source takes before it moves anything is 30 MiB more than the built program. */
const allowed = 180 * mebi;

test("a large file and many small ones, up and down", async () => {
  await using folder = await temporaryFolder();
  await using cloud = await startCloud();
  const work = join(folder.path, "work");
  await mkdir(join(work, "small"), { recursive: true });
  const small = Array.from({ length: 400 }, (_, index) =>
    writeFile(join(work, "small", String(index)), Buffer.alloc(20_000, index)),
  );
  await Promise.all(small);
  for (const name of ["one", "two"]) {
    await writeFile(join(work, name), "");
    await truncate(join(work, name), 300 * mebi);
  }
  const script = join(import.meta.dirname, "move-folder.ts");
  for (const way of ["up", "down"]) {
    const target = way === "up" ? work : join(folder.path, "back");
    const env = { ...process.env, ...cloud.env, HOME: folder.path };
    const { stdout } = await promisify(execFile)(process.execPath, [script, way, target], { env });
    const { peak, files } = JSON.parse(stdout);
    assert.equal(files, 402, way);
    assert.ok(peak < allowed, `${way}: ${Math.round(peak / mebi)} MiB`);
  }
});
