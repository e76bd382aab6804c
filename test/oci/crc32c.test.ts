import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { combineCrc32c, Crc32c, crc32c } from "../../src/oci/objectstorage/crc32c.ts";

/** Bit by bit, as the definition says. */
function slow(bytes: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const result = Buffer.alloc(4);
  result.writeUInt32BE(~crc >>> 0);
  return result.toString("base64");
}

const bytes = fc.uint8Array({ maxLength: 300 });

test("the known values come out (RFC 3720, B.4)", () => {
  const hex = (input: Uint8Array): string => Buffer.from(crc32c(input), "base64").toString("hex");
  assert.equal(hex(Buffer.from("123456789")), "e3069283");
  assert.equal(hex(Buffer.alloc(32)), "8a9136aa");
  assert.equal(hex(Buffer.alloc(32, 0xff)), "62a8ab43");
  assert.equal(hex(Buffer.alloc(0)), "00000000");
});

test("any bytes, at any alignment and in any pieces, give what the definition gives", () => {
  fc.assert(
    fc.property(bytes, fc.nat(7), fc.nat(300), (input, offset, cut) => {
      // The same bytes at another address.
      const shifted = new Uint8Array(new ArrayBuffer(input.length + offset), offset);
      shifted.set(input);
      const expected = slow(input);
      assert.equal(crc32c(shifted), expected);
      const pieces = new Crc32c().update(shifted.subarray(0, cut)).update(shifted.subarray(cut));
      assert.equal(pieces.digest(), expected);
      assert.equal(pieces.bytes, input.length);
    }),
  );
});

test("long stretches give what the definition gives, whatever their length and however they are cut", () => {
  const long = Buffer.alloc(200_000);
  for (let at = 0; at < long.length; at += 4) long.writeInt32LE(Math.imul(at, 0x9e3779b1), at);
  const length = fc.oneof(fc.integer({ min: 13_300, max: 13_400 }), fc.integer({ min: 65_000, max: 200_000 }));
  fc.assert(
    fc.property(length, fc.nat(20), fc.nat(200_000), (size, offset, cut) => {
      const input = long.subarray(offset, offset + size);
      const pieces = new Crc32c().update(input.subarray(0, cut)).update(input.subarray(cut));
      assert.equal(pieces.digest(), slow(input));
    }),
    { numRuns: 40 },
  );
});

test("the checksum of a whole follows from those of its parts", () => {
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const whole = Buffer.concat([first, second]);
      assert.equal(combineCrc32c(crc32c(first), crc32c(second), second.length), crc32c(whole));
    }),
  );
});

test("wholes of many gigabytes combine in any order", () => {
  const block = crc32c(Buffer.alloc(1024 * 1024, 1));
  let crc = block;
  let length = 1024 * 1024;
  for (; length < 8 * 1024 ** 3; length *= 2) crc = combineCrc32c(crc, crc, length);
  const left = combineCrc32c(combineCrc32c(crc, block, 1024 * 1024), crc, length);
  const right = combineCrc32c(crc, combineCrc32c(block, crc, length), length + 1024 * 1024);
  assert.equal(left, right);
});
