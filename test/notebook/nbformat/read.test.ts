import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readNotebook, type ReadOptions } from "../../../src/notebook/nbformat/read.ts";
import { serializeNotebook } from "../../../src/notebook/nbformat/write.ts";
import type { Notebook } from "../../../src/notebook/nbformat/types.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { notebook4 } from "./arbitrary.ts";

const code = { cell_type: "code", id: "a", metadata: {}, source: "", outputs: [], execution_count: null };
const text = { cell_type: "markdown", id: "b", metadata: {}, source: "" };
const base = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };

function read(document: unknown, options?: ReadOptions): Notebook {
  return readNotebook(Buffer.from(JSON.stringify(document)), "a.ipynb", options);
}

/** The JSON paths of the faults. */
function faults(document: unknown): (string | undefined)[] {
  try {
    read(document);
  } catch (error) {
    assert.ok(error instanceof NbjobError);
    assert.equal(error.reason, "invalid-work");
    assert.equal(error.location, "a.ipynb");
    return error.problems.map(({ key }) => key);
  }
  return [];
}

const withCells = (...cells: unknown[]): unknown => ({ ...base, cells });
const withOutput = (output: unknown): unknown => withCells(text, { ...code, outputs: [output] });
const without = (object: object, key: string): unknown =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

test("names the JSON path of each fault", () => {
  const table: readonly (readonly [unknown, ...string[]])[] = [
    [[], "$"],
    [3, "$"],
    [{}, "$.nbformat"],
    [{ ...base, nbformat: "4" }, "$.nbformat"],
    [{ ...base, nbformat: 5 }, "$.nbformat"],
    [{ ...base, nbformat: 1 }, "$.nbformat"],
    [without(base, "nbformat_minor"), "$.nbformat_minor"],
    [{ ...base, nbformat_minor: -1 }, "$.nbformat_minor"],
    [without(base, "metadata"), "$.metadata"],
    [{ ...base, metadata: [] }, "$.metadata"],
    [without(base, "cells"), "$.cells"],
    [{ ...base, cells: {} }, "$.cells"],
    [{ nbformat: 3, metadata: {} }, "$.worksheets"],
    [
      { nbformat: 3, metadata: {}, worksheets: [{ cells: [{ cell_type: "code" }] }] },
      "$.worksheets[0].cells[0].outputs",
    ],
    [{ nbformat: 2, metadata: {}, worksheets: [{}] }, "$.worksheets[0].cells"],
    [withCells(1, text), "$.cells[0]"],
    [withCells(text, without(code, "cell_type")), "$.cells[1].cell_type"],
    [withCells({ ...text, cell_type: "heading" }), "$.cells[0].cell_type"],
    [withCells(without(text, "metadata")), "$.cells[0].metadata"],
    [withCells(without(text, "source")), "$.cells[0].source"],
    [withCells({ ...text, source: ["a", 1, null] }), "$.cells[0].source[1]", "$.cells[0].source[2]"],
    [
      withCells(without(code, "outputs"), { ...code, execution_count: -1 }),
      "$.cells[0].outputs",
      "$.cells[1].execution_count",
    ],
    [withCells({ ...code, execution_count: "1" }), "$.cells[0].execution_count"],
    [withCells({ ...code, metadata: { tags: "parameters" } }), "$.cells[0].metadata.tags"],
    [withCells({ ...code, metadata: { tags: ["a,b"] } }), "$.cells[0].metadata.tags[0]"],
    [
      withCells({ ...text, attachments: { "a b.png": { "image/png": 1 } } }),
      '$.cells[0].attachments["a b.png"]["image/png"]',
    ],
    [withOutput({ output_type: "pyout" }), "$.cells[1].outputs[0].output_type"],
    [withOutput({ output_type: "stream", name: "stdout" }), "$.cells[1].outputs[0].text"],
    [
      withOutput({ output_type: "error", ename: "E", evalue: null, traceback: "t" }),
      "$.cells[1].outputs[0].evalue",
      "$.cells[1].outputs[0].traceback",
    ],
    [
      withOutput({ output_type: "display_data", data: { "text/plain": {} }, metadata: {} }),
      '$.cells[1].outputs[0].data["text/plain"]',
    ],
    [withOutput({ output_type: "display_data", data: {} }), "$.cells[1].outputs[0].metadata"],
    [withOutput({ output_type: "execute_result", data: {}, metadata: {} }), "$.cells[1].outputs[0].execution_count"],
  ];
  for (const [document, ...paths] of table) assert.deepEqual(faults(document), paths, JSON.stringify(document));
});

test("tells at most a few of many faults, and how many there are", () => {
  assert.equal(faults({ ...base, cells: Array(1000).fill(1) }).length, 20);
  assert.throws(() => read({ ...base, cells: Array(1000).fill(1) }), /1000 places/);
});

test("says where a file stops being JSON", () => {
  const cut = Buffer.from('{\n "cells": [],\n "metadata": {},\n "nbformat": 4,\n "nbformat_mi');
  assert.throws(
    () => readNotebook(cut, "a.ipynb"),
    (error) => error instanceof NbjobError && error.reason === "invalid-work" && error.problems[0]?.line === 5,
  );
});

test("never fails but with invalid-work, whatever is damaged", () => {
  const damaged = fc
    .tuple(notebook4(5), fc.nat(), fc.nat(8), fc.constantFrom("", "null", "{}", "[", '"', "1", "\\"))
    .map(([whole, at, length, put]) => {
      const place = at % whole.length;
      return whole.slice(0, place) + put + whole.slice(place + length);
    });
  fc.assert(
    fc.property(damaged, (document) => {
      try {
        serializeNotebook(readNotebook(Buffer.from(document), "a.ipynb"));
      } catch (error) {
        assert.ok(error instanceof NbjobError && error.reason === "invalid-work", String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("keeps valid cell ids and makes new ones for the others", () => {
  const ids = ["a", "a", undefined, "not an id", "x".repeat(65), "f0", "A-_9"];
  let made = 0;
  const notebook = read(withCells(...ids.map((id) => ({ ...text, id }))), {
    newId: () => `f${Math.floor(made++ / 2)}`,
  });
  assert.deepEqual(
    notebook.cells.map(({ id }) => id),
    ["a", "f1", "f2", "f3", "f4", "f0", "A-_9"],
  );
  const made2 = read({ ...base, nbformat_minor: 4, cells: [without(text, "id"), text] }).cells.map(({ id }) => id);
  assert.match(made2[0] ?? "", /^[0-9a-f]{8}$/);
  assert.equal(made2[1], "b");
});

test("repairs what is too much, and says so", () => {
  const warnings: string[] = [];
  const notebook = read(
    withCells(
      { ...text, outputs: [], execution_count: null },
      {
        ...code,
        metadata: { tags: ["a", "b", "a"], collapsed: "yes" },
        outputs: [{ output_type: "stream", name: "stdout", text: "", more: 1 }],
      },
    ),
    { warn: (message) => warnings.push(message) },
  );
  assert.equal(warnings.length, 5);
  assert.ok(warnings.some((warning) => warning.includes("$.cells[1].outputs[0].more")));
  assert.deepEqual(notebook.cells, [
    text,
    { ...code, metadata: { tags: ["a", "b"] }, outputs: [{ output_type: "stream", name: "stdout", text: "" }] },
  ]);
});

test("keeps unknown metadata value for value", () => {
  const metadata = '{"__proto__": 1.0, "x": {"10": 1e-07, "9": [NaN, 12345678901234567890]}, "y": "\\ud800"}';
  const file = Buffer.from(
    `{"nbformat": 4, "nbformat_minor": 4, "metadata": ${metadata}, "cells": [{"cell_type": "raw", "source": "", "metadata": ${metadata}}]}`,
  );
  const written = String(serializeNotebook(readNotebook(file, "a.ipynb", { newId: () => "new" })));
  assert.equal(
    written
      .replaceAll(/\s+/g, "")
      .split('"__proto__":1.0,"x":{"10":1e-07,"9":[NaN,12345678901234567890]},"y":"\\ud800"').length,
    3,
  );
});

test("joins lines and leaves JSON as it is", () => {
  const data = { "text/plain": ["a\n", "b"], "application/json": ["a", "b"], "application/x+json": ["a"] };
  const notebook = read(withOutput({ output_type: "display_data", metadata: {}, data }));
  assert.deepEqual(notebook.cells[1], {
    ...code,
    outputs: [{ output_type: "display_data", metadata: {}, data: { ...data, "text/plain": "a\nb" } }],
  });
});

test("keeps what a later minor version adds", () => {
  const document = {
    ...base,
    nbformat_minor: 99,
    cells: [
      { ...code, new: { a: 1 } },
      { cell_type: "poem", id: "c", metadata: {}, source: "x" },
    ],
  };
  assert.deepEqual(JSON.parse(String(serializeNotebook(read(document)))), {
    ...document,
    cells: [
      { ...document.cells[0], source: [] },
      { ...document.cells[1], source: ["x"] },
    ],
  });
});
