import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeDollars, expand } from "../../src/spec/expand.ts";
import { problemsOf } from "./loading.ts";

const dollars = fc.string({ unit: fc.constantFrom("$", "{", "}", "A", "_", "1", "-", "é", "/", "$$", "${A}") });

test("names, dollars and everything else", () => {
  const variables = { A: "x", EMPTY: "", B: "${A}", C: "$$", constructor: undefined };
  for (const [text, expected] of [
    ["${A}", "x"],
    ["a${A}b${A}", "axbx"],
    ["${EMPTY}", ""],
    ["$A $1 $", "$A $1 $"],
    ["$$", "$"],
    ["$${A}", "${A}"],
    ["$$${A}", "$x"],
    ["${B}${C}", "${A}$$"],
    ["}{", "}{"],
  ] as const)
    assert.deepEqual(expand(text, variables), { text: expected }, text);
});

test("unknown names, each once", () => {
  assert.deepEqual(expand("${X}${Y}${X}", {}), { unknown: ["X", "Y"] });
  assert.deepEqual(expand("${toString}", {}), { unknown: ["toString"] });
  assert.deepEqual(expand("${X}", { X: undefined }), { unknown: ["X"] });
});

test("what is no name", () => {
  for (const text of ["${", "${}", "${A", "${A-B}", "${1A}", "${A:-x}", "${ A }", "a${é}"]) {
    assert.deepEqual(expand(text, { A: "x" }), { malformed: true }, text);
  }
});

test("an escaped text comes back as it was", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), dollars), (text) =>
      assert.deepEqual(expand(escapeDollars(text), { A: "x" }), { text }),
    ),
  );
});

test("a value is put in as it is, whatever it holds", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), dollars), fc.oneof(fc.string(), dollars), (value, around) => {
      const text = escapeDollars(around);
      assert.deepEqual(expand(`${text}\${A}${text}`, { A: value }), { text: around + value + around });
    }),
  );
});

test("a message about a location never shows what a variable held", async () => {
  const [problem] = await problemsOf("noteBook: a.ipynb\noutputFolder: oci://${TOKEN}/x", {
    env: { TOKEN: "hunter2" },
  });
  assert.equal(problem?.key, "outputFolder");
  assert.ok(!JSON.stringify(problem).includes("hunter2"));
});
