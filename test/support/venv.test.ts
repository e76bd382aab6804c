import assert from "node:assert/strict";
import { join } from "node:path";
import { readdir, rm, unlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { execa } from "execa";
import { venv } from "./venv.ts";

const folder = import.meta.dirname;

test("an environment is made once, however many ask for it", async (t) => {
  const name = `test-${process.pid}`;
  const list = join(folder, "..", "requirements", `${name}.txt`);
  await writeFile(list, "# nothing\n");
  t.after(async () => {
    await unlink(list);
    const environments = join(folder, "..", "..", ".cache", "venvs");
    for (const entry of await readdir(environments)) {
      if (entry.startsWith(name)) await rm(join(environments, entry), { recursive: true });
    }
  });
  const ask = (): Promise<{ stdout: string }> => execa(process.execPath, [join(folder, "venv.ts"), name]);
  const [first, second, own] = await Promise.all([ask(), ask(), venv(name)]);
  assert.equal(first.stdout, own);
  assert.equal(second.stdout, own);
  const { stdout } = await execa(own, ["-c", "import sys; print(sys.prefix != sys.base_prefix)"]);
  assert.equal(stdout, "True");
});
