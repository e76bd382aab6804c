import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";

test("where the disk takes no more, output is cut with a mark, and what is kept is whole", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "nbjob-full-"));
  t.after(() => rm(folder, { recursive: true }));
  const program = join(import.meta.dirname, "../../fixtures/notebooks-run/full-disk.ts");
  const { stdout } = await execa("sh", ["-c", 'ulimit -f 2048; exec "$0" "$@"', process.execPath, program, folder]);
  const { told, cut, outputs, last } = JSON.parse(stdout) as {
    told: number;
    cut: { bytes: number; outputs: number };
    outputs: number;
    last: object;
  }; // as the program prints it
  assert.equal(told, 1);
  assert.ok(cut.bytes > 5_000_000);
  assert.equal(cut.outputs, 1);
  assert.equal(outputs, 4, "what fitted, the mark, and the last of both streams");
  assert.deepEqual(last, { name: "stderr", output_type: "stream", text: "end\n" });
});
