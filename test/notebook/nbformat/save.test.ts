import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { execa } from "execa";
import { saveNotebook } from "../../../src/notebook/nbformat/save.ts";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "save-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test("writes chunks of every size in order, also where a buffer is used again", async (t) => {
  const path = join(await folder(t), "a.ipynb");
  const buffer = Buffer.alloc(2 ** 21);
  let expected = "";
  async function* chunks(): AsyncGenerator<Uint8Array | string> {
    for (const [index, size] of [1, 0, 1000, 2 ** 20, 5, 2 ** 21, 2 ** 20 - 1, 3].entries()) {
      buffer.fill(97 + index, 0, size);
      expected += String.fromCharCode(97 + index).repeat(size);
      yield index % 2 === 0 ? buffer.subarray(0, size) : buffer.toString("latin1", 0, size);
    }
  }
  await saveNotebook(path, chunks());
  assert.ok((await readFile(path, "latin1")) === expected);
});

test("keeps the permissions of the file it replaces, and leaves nothing beside it", async (t) => {
  const where = await folder(t);
  const path = join(where, "a.ipynb");
  await writeFile(path, "old");
  await chmod(path, 0o640);
  await Promise.all(["one", "two", "three"].map((text) => saveNotebook(path, [text])));
  assert.equal((await stat(path)).mode & 0o777, 0o640);
  assert.deepEqual(await readdir(where), ["a.ipynb"]);
});

test("leaves the old file where the new one cannot be made", async (t) => {
  const where = await folder(t);
  const path = join(where, "a.ipynb");
  await writeFile(path, "old");
  const broken = function* (): Generator<string> {
    yield "new";
    throw new Error("no more");
  };
  await assert.rejects(saveNotebook(path, broken()), /no more/);
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(where), ["a.ipynb"]);
});

test("a process killed while it saves leaves a whole file", async (t) => {
  const path = join(await folder(t), "a.ipynb");
  const module = new URL("../../../src/notebook/nbformat/save.ts", import.meta.url).href;
  const program = `
    const { saveNotebook } = await import(${JSON.stringify(module)});
    for (let save = 0; ; save++) {
      const text = String(save % 10).repeat(100_000);
      await saveNotebook(${JSON.stringify(path)}, Array(50).fill(text), { sync: false });
      if (save === 3) console.log("saving");
    }`;
  for (let kill = 0; kill < 4; kill++) {
    const child = execa(process.execPath, ["--input-type=module", "-e", program], { reject: false, buffer: false });
    // The end of the output, too, where the program fails.
    await new Promise((resolve) => child.stdout.once("data", resolve).once("end", resolve));
    await new Promise((resolve) => setTimeout(resolve, kill * 7));
    child.kill("SIGKILL");
    await child;
    const text = await readFile(path, "latin1");
    assert.equal(text.length, 5_000_000);
    assert.ok(text === (text[0] ?? "").repeat(text.length));
  }
});
