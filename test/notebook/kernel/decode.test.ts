import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { decode } from "../../../src/notebook/kernel/decode.ts";
import { text as field } from "../../../src/notebook/kernel/messages.ts";

const text = Buffer.from;

function signed(header: string, content = "{}"): Parameters<typeof decode>[1] {
  return { header: text(header), parent: text("{}"), metadata: text("null"), content: text(content), buffers: [] };
}

await suite("decoding", () => {
  test("leaves every JSON value as it is, but for numbers that Python would write differently", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom("stream", "display_data"), (json, type) => {
        fc.pre(!/[eE]|-0\b|\d\.0\b|\d{16}/.test(json));
        const message = decode("iopub", signed(`{"msg_type":"${type}"}`, `{"a":${json}}`));
        assert.ok(!("fault" in message));
        assert.deepEqual(message.content, JSON.parse(`{"a":${json}}`));
      }),
    );
  });

  test("never throws, whatever comes", () => {
    const bytes = fc.oneof(fc.uint8Array(), fc.json().map(text), fc.string().map(text));
    const frames = fc.record({
      header: bytes,
      parent: bytes,
      metadata: bytes,
      content: bytes,
      buffers: fc.array(bytes),
    });
    fc.assert(
      fc.property(frames, (message) => {
        decode("shell", message);
      }),
    );
  });

  test("reads bytes that are no UTF-8 leniently", () => {
    const content = Buffer.concat([text('{"text":"a'), Buffer.from([0xff, 0xed, 0xa0, 0x80]), text('b"}')]);
    const message = decode("iopub", { ...signed('{"msg_type":"stream"}'), content });
    assert.ok(!("fault" in message));
    assert.match(field(message.content, "text"), /^a�+b$/);
  });

  test("does without a header only where there is none", () => {
    assert.ok("fault" in decode("iopub", signed("{}")));
    assert.ok("fault" in decode("iopub", signed('{"msg_type":"stream"}', "nonsense")));
    const message = decode("iopub", signed('{"msg_type":"status"}'));
    assert.ok(!("fault" in message));
    assert.equal(message.parent_header, undefined);
    assert.deepEqual(message.metadata, {});
  });
});
