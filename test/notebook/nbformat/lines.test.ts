import assert from "node:assert/strict";
import { test } from "node:test";
import { execa } from "execa";
import fc from "fast-check";
import { splitLines } from "../../../src/notebook/nbformat/lines.ts";

test("splits lines as Python's splitlines(True)", async () => {
  const unit = fc.oneof(
    fc.constantFrom(...Array.from("ab\n\r\v\f\u001c\u001d\u001e\u001f\u0085\u00a0\u2028\u2029")),
    fc.constant("\r\n"),
  );
  const texts = [
    ...fc.sample(fc.string({ unit, maxLength: 12 }), 1000),
    ...Array.from({ length: 0x3000 }, (_, code) => `a${String.fromCharCode(code)}b`),
  ];
  const code = "import json, sys; json.dump([t.splitlines(True) for t in json.load(sys.stdin)], sys.stdout)";
  const { stdout } = await execa(process.env.NBJOB_TEST_PYTHON ?? "python3", ["-c", code], {
    input: JSON.stringify(texts),
  });
  assert.deepEqual(texts.map(splitLines), JSON.parse(stdout));
});
