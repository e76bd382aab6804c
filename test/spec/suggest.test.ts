import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editDistance, suggest } from "../../src/spec/suggest.ts";

test("edits between words", () => {
  for (const [from, to, edits] of [
    ["", "", 0],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
    ["timeout", "tiemout", 1],
    ["noteBok", "noteBook", 1],
  ] as const)
    assert.equal(editDistance(from, to), edits);
});

test("edits are the same both ways, and none only between equal words", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (from, to) => {
      assert.equal(editDistance(from, to), editDistance(to, from));
      assert.equal(editDistance(from, to) === 0, from === to);
      assert.ok(editDistance(from, to) <= Math.max(from.length, to.length));
    }),
  );
});

test("the nearest word, if any is near", () => {
  const words = ["timeout", "sweep", "outputs", "outputFolder", "at"];
  assert.equal(suggest("TIMEOUT", words), "timeout");
  assert.equal(suggest("output", words), "outputs");
  assert.equal(suggest("outputFoldr", words), "outputFolder");
  assert.equal(suggest("xyzzy", words), undefined);
  assert.equal(suggest("x".repeat(10_000), words), undefined);
});
