import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineCollector } from "../../src/text/line-collector.ts";

function collect(chunks: readonly Uint8Array[]): readonly string[] {
  const found: string[] = [];
  const collector = new LineCollector("mark ", 40, (rest) => found.push(rest));
  for (const chunk of chunks) collector.push(chunk);
  collector.end();
  return found;
}

test("lines that begin with the marker, and no others", () => {
  const text = `mark a\nno\n mark b\nmark c\r\nremark d\nmark \nmark ${"x".repeat(60)}\nmark e`;
  assert.deepEqual(collect([Buffer.from(text)]), ["a", "c", "", "e"]);
});

test("how the text is cut into chunks makes no difference", () => {
  const pieces = fc.constantFrom("mark ", "ma", "rk", "\n", " ", "é", "a", "mark b\n", "x".repeat(30));
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.array(fc.nat(20), { maxLength: 60 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(""));
      const expected = bytes
        .toString()
        .split("\n")
        .filter((line) => line.startsWith("mark ") && Buffer.byteLength(line) <= 40)
        .map((line) => line.slice(5).trimEnd());
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(bytes.subarray(at));
      assert.deepEqual(collect(chunks), expected);
    }),
  );
});
