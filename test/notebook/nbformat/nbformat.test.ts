import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readNotebook } from "../../../src/notebook/nbformat/read.ts";
import { serializeNotebook } from "../../../src/notebook/nbformat/write.ts";
import { notebook4, notebookOld } from "./arbitrary.ts";
import { rewriteWithNbformat, validateWithNbformat } from "./judge.ts";

const fixtures = join(import.meta.dirname, "..", "..", "fixtures", "notebooks");

/** The file with ids that were made up, 8 hexadecimal digits, all alike. */
function withoutIds(file: Uint8Array): string {
  return Buffer.from(file)
    .toString()
    .replaceAll(/^ {3}"id": "[0-9a-f]{8}",$/gm, '   "id": "made up",');
}

function rewrite(file: Uint8Array): Buffer {
  return serializeNotebook(readNotebook(file, "test.ipynb", { warn: (message) => assert.fail(message) }));
}

test("writes every fixture byte for byte as nbformat does", async (t) => {
  const names = (await readdir(fixtures)).filter((name) => name.startsWith("format-"));
  const files = await Promise.all(names.map((name) => readFile(join(fixtures, name))));
  const expected = await rewriteWithNbformat(t, files);
  if (expected === undefined) return;
  for (const [index, name] of names.entries()) {
    const file = files[index] ?? Buffer.alloc(0);
    assert.equal(withoutIds(rewrite(file)), withoutIds(expected[index] ?? file), name);
  }
});

for (const [name, notebook] of [
  ["2", notebookOld(2)],
  ["3", notebookOld(3)],
  ["4.0", notebook4(0)],
  ["4.4", notebook4(4)],
  ["4.5", notebook4(5)],
] as const) {
  test(`writes notebooks of nbformat ${name} byte for byte as nbformat does, and valid`, async (t) => {
    const files = fc.sample(notebook, 150).map((text) => Buffer.from(text));
    const expected = await rewriteWithNbformat(t, files);
    if (expected === undefined) return;
    const written = files.map(rewrite);
    for (const [index, file] of written.entries()) {
      const message = String(files[index]);
      assert.equal(withoutIds(file), withoutIds(expected[index] ?? file), message);
    }
    const faults = (await validateWithNbformat(t, written)) ?? [];
    for (const [index, fault] of faults.entries()) assert.equal(fault, "", String(files[index]));
  });
}

test("writes what it repaired as valid, too", async (t) => {
  const cell = `{"cell_type": "markdown", "metadata": {}, "source": ""}`;
  const notebooks = [
    `{"cells": [${cell}, {"id": "a", ${cell.slice(1)}, {"id": "a", ${cell.slice(1)}, {"id": "not an id", ${cell.slice(1)}],
      "metadata": {"kernelspec": {"name": "python3"}, "language_info": {}}, "nbformat": 4, "nbformat_minor": 5}`,
    `{"cells": [{"outputs": [], "execution_count": null, ${cell.slice(1)}], "metadata": {"kernelspec": {}, "title": 3},
      "nbformat": 4, "nbformat_minor": 2, "extra": 1}`,
    `{"cells": [{"cell_type": "code", "metadata": {"collapsed": null, "tags": ["a", "a"], "name": "", "jupyter": 1}, "source": "",
      "outputs": [{"output_type": "stream", "name": "x", "text": "", "extra": 1}], "execution_count": 1.0, "attachments": {}}],
      "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`,
  ];
  const written = notebooks.map((text) => serializeNotebook(readNotebook(Buffer.from(text), "test.ipynb")));
  const faults = await validateWithNbformat(t, written);
  if (faults !== undefined) assert.deepEqual(faults, ["", "", ""]);
});
