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
