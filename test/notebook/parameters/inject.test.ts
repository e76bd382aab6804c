/** Where the injected cell goes, what it is, and what the notebook's metadata keep of the values. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { injectParameters, type Cell, type Notebook, type ParameterValue } from "../../../src/notebook/index.ts";
import { RawNumber } from "../../../src/notebook/nbformat/raw-number.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { WholeFloat } from "../../../src/text/whole-float.ts";

function notebook(...tags: readonly (readonly string[])[]): Notebook {
  const cells = tags.map((own, index): Cell => {
    const base = { id: `cell-${index}`, metadata: own.length === 0 ? {} : { tags: [...own] }, source: `s${index}` };
    return own.includes("markdown")
      ? { ...base, cell_type: "markdown" }
      : { ...base, cell_type: "code", outputs: [], execution_count: null };
  });
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
}

const python = { language: "python", kernelName: "python3" };
const sources = ({ cells }: Notebook): string[] => cells.map(({ source }) => source);
const cell = "# Parameters\nx = 1\n";

for (const [where, tags, expected, injected] of [
  ["first, without a parameters cell", [[], []], [cell, "s0", "s1"], { index: 0, replaced: false }],
  ["first, in an empty notebook", [], [cell], { index: 0, replaced: false }],
  [
    "after the first parameters cell",
    [[], ["other", "parameters"], ["parameters"]],
    ["s0", "s1", cell, "s2"],
    { index: 2, replaced: false },
  ],
  [
    "after a parameters cell of text",
    [["markdown", "parameters"], []],
    ["s0", cell, "s1"],
    { index: 1, replaced: false },
  ],
  [
    "instead of the first injected cell, wherever it is",
    [["parameters"], [], ["injected-parameters"], ["injected-parameters"]],
    ["s0", "s1", cell, "s3"],
    { index: 2, replaced: true },
  ],
] as const) {
  test(`the cell goes ${where}`, () => {
    const made = notebook(...tags);
    assert.deepEqual(injectParameters(made, { x: 1 }, python), injected);
    assert.deepEqual(sources(made), expected);
    assert.deepEqual(made.cells[injected.index]?.metadata, { tags: ["injected-parameters"] });
  });
}

test("without values nothing changes, whatever the language", () => {
  const made = notebook(["parameters"], ["injected-parameters"]);
  const before = structuredClone(made);
  assert.equal(injectParameters(made, {}, { language: "cobol" }), undefined);
  assert.deepEqual(made, before);
});

test("a failure changes nothing", () => {
  const made = notebook(["parameters"]);
  const before = structuredClone(made);
  assert.throws(() => injectParameters(made, { "a b": 1 }, python), NbjobError);
  assert.throws(() => injectParameters(made, { a: 1 }, { language: "cobol" }), NbjobError);
  assert.deepEqual(made, before);
});

test("the cell's id is new", () => {
  const ids = ["cell-0", "cell-1", "fresh"];
  const made = notebook([], []);
  injectParameters(made, { x: 1 }, { ...python, newId: () => ids.shift() ?? "none" });
  assert.equal(made.cells[0]?.id, "fresh");
  const other = notebook([]);
  injectParameters(other, { x: 1 }, python);
  assert.match(other.cells[0]?.id ?? "", /^[a-zA-Z0-9_-]{1,64}$/);
});

test("metadata.papermill.parameters has the values digit for digit, beside what was there", () => {
  const made = notebook([]);
  made.metadata["papermill"] = { version: "2.7.0", parameters: { old: 1 } };
  const values: Readonly<Record<string, ParameterValue>> = {
    big: 12345678901234567890n,
    small: 5n,
    nan: Number.NaN,
    least: -Infinity,
    one: new WholeFloat(1),
    huge: 1e300,
    tenth: 0.1,
    list: [null, true, "ü", [1]],
    map: { ["__proto__"]: "x", raw: "1" },
    day: new Date("2026-01-31"),
  };
  injectParameters(made, values, python);
  assert.deepEqual(made.metadata["papermill"], {
    version: "2.7.0",
    parameters: {
      big: new RawNumber("12345678901234567890"),
      small: 5,
      nan: new RawNumber("NaN"),
      least: new RawNumber("-Infinity"),
      one: new RawNumber("1.0"),
      huge: new RawNumber("1e+300"),
      tenth: 0.1,
      list: [null, true, "ü", [1]],
      map: { ["__proto__"]: "x", raw: "1" },
      day: "2026-01-31",
    },
  });
});
