import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import { pack, type Signed, unpack } from "../../../src/notebook/kernel/wire.ts";

const frame = fc.uint8Array({ maxLength: 40 });
const message: fc.Arbitrary<Signed> = fc.record(
  { header: frame, parent: frame, metadata: frame, content: frame, buffers: fc.array(frame, { maxLength: 4 }) },
  { noNullPrototype: true },
);
const delimiter = Buffer.from("<IDS|MSG>");
/** Identities and topics can be anything but the delimiter. */
const prefix = fc.array(
  frame.filter((bytes) => !delimiter.equals(bytes)),
  { maxLength: 3 },
);

await suite("the wire", () => {
  test("gives back what was sent, behind any identities, signed or not", () => {
    const key = fc.constantFrom("", "a key");
    fc.assert(
      fc.property(message, prefix, key, (sent, before, secret) => {
        assert.deepEqual(unpack([...before, ...pack(sent, secret)], secret), sent);
      }),
    );
  });

  test("signs the four frames and no buffer, as the protocol says", () => {
    const [head, signature] = pack(
      {
        header: Buffer.from("a"),
        parent: Buffer.from("b"),
        metadata: Buffer.from("c"),
        content: Buffer.from("d"),
        buffers: [Buffer.from("e")],
      },
      "key",
    );
    assert.deepEqual(head, delimiter);
    assert.equal(String(signature), createHmac("sha256", "key").update("abcd").digest("hex"));
  });

  test("takes nothing that was changed on the way, in any frame but the buffers", () => {
    const flipped = fc.record({ sent: message, at: fc.integer({ min: 1, max: 5 }), bit: fc.integer({ min: 0 }) });
    fc.assert(
      fc.property(flipped, ({ sent, at, bit }) => {
        const frames = pack(sent, "key").map((bytes) => Uint8Array.from(bytes));
        const bytes = frames[at];
        fc.pre(bytes !== undefined && bytes.length > 0);
        const where = bit % bytes.length;
        bytes[where] = (bytes[where] ?? 0) ^ 1;
        assert.ok("fault" in unpack(frames, "key"));
      }),
    );
  });

  test("takes no frames for a message that are none, and never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(frame, fc.constant(delimiter)), { maxLength: 9 }), (frames) => {
        assert.ok("fault" in unpack(frames, "key"));
      }),
    );
  });
});
