import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readNotebook } from "../../../src/notebook/nbformat/read.ts";
import {
  cellHead,
  cellSeparator,
  cellTail,
  cellText,
  notebookHead,
  notebookTail,
  outputSeparator,
  outputText,
  serializeNotebook,
} from "../../../src/notebook/nbformat/write.ts";
import { notebook4 } from "./arbitrary.ts";

test("the pieces of a notebook put together are its file", () => {
  fc.assert(
    fc.property(notebook4(5), (text) => {
      const notebook = readNotebook(Buffer.from(text), "a.ipynb");
      const cells = notebook.cells.map((cell) =>
        cell.cell_type === "code"
          ? cellHead(cell) + cell.outputs.map(outputText).join(outputSeparator) + cellTail(cell)
          : cellText(cell),
      );
      const whole = notebookHead(cells.length > 0) + cells.join(cellSeparator) + notebookTail(notebook);
      assert.equal(whole, String(serializeNotebook(notebook)));
      const again = readNotebook(Buffer.from(whole), "a.ipynb");
      assert.deepEqual(again, notebook);
    }),
  );
});

test("leaves out metadata that is not for files", () => {
  const cell = { cell_type: "raw", id: "a", source: "", metadata: { trusted: true, kept: 1 } } as const;
  const metadata = { signature: "x", orig_nbformat: 3, orig_nbformat_minor: 0, kept: 2 };
  const file = serializeNotebook({ nbformat: 4, nbformat_minor: 5, metadata, cells: [cell] });
  assert.deepEqual(JSON.parse(String(file)), {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kept: 2 },
    cells: [{ ...cell, source: [], metadata: { kept: 1 } }],
  });
});
