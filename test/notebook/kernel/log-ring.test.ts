import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { LogRing } from "../../../src/notebook/kernel/log-ring.ts";

const text = Buffer.from;

await suite("the log of a kernel", () => {
  test("keeps the last bytes of whatever was written", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme-ascii", maxLength: 30 })), (chunks) => {
        const ring = new LogRing(16);
        for (const chunk of chunks) ring.add(text(chunk));
        assert.equal(ring.text(), chunks.join("").slice(-16));
      }),
    );
  });
});
