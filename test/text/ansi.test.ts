import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AnsiStripper, safeCut, stripAnsi } from "../../src/text/ansi.ts";

const sequences = fc.constantFrom(
  "\u001b[0m",
  "\u001b[38;5;196m",
  "\u001b[2K",
  "\u001b[?25l",
  "\u001b]0;title\u0007",
  "\u001b]8;;https://example.com\u001b\\",
  "\u001bPq#0;2;0\u001b\\",
  "\u001b(B",
  "\u001b7",
  "\u001bM",
);
const words = fc.string({ unit: fc.constantFrom("a", "B", " ", "\n", "é", "日", "🙂", "["), maxLength: 8 });
const mixed = fc.array(fc.tuple(words, sequences));

test("drops every kind of sequence and nothing else", () => {
  fc.assert(
    fc.property(mixed, (parts) => {
      assert.equal(stripAnsi(parts.flat().join("")), parts.map(([word]) => word).join(""));
    }),
  );
});

test("drops the same from a stream, however it is cut", () => {
  fc.assert(
    fc.property(mixed, fc.array(fc.nat({ max: 200 })), (parts, cuts) => {
      const bytes = Buffer.from(parts.flat().join(""));
      const stripper = new AnsiStripper();
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const out = places.flatMap((from, index) => stripper.push(bytes.subarray(from, places[index + 1] ?? from)));
      assert.equal(Buffer.concat([...out, ...stripper.end()]).toString(), parts.map(([word]) => word).join(""));
    }),
  );
});

test("an unfinished sequence takes no more than itself", () => {
  assert.equal(stripAnsi("a\u001b[31"), "a");
  assert.equal(stripAnsi("a\u001b[31\nb"), "a\nb");
  assert.equal(stripAnsi("a\u001b]0;title\nb"), "a0;title\nb");
  const long = "x".repeat(10_000);
  assert.equal(stripAnsi(`\u001b]0;${long}`).length >= long.length, true);
});

test("a cursor that goes up and down again is at the beginning of its line, however the bytes are cut", () => {
  const inner = (percent: number, depth: number): string => {
    const lines = "\n".repeat(depth);
    return `${lines}\r ${percent}%${"\u001b[A".repeat(depth)}`;
  };
  const drawn = `outer${inner(10, 1)}${inner(20, 1)}${inner(30, 2)}${inner(40, 2)}\u001b[2A\n\nup\u001b[A and on\nend`;
  const expected = "outer\n\r 10%\r\r 20%\r\n\r 30%\r\r\r 40%\r\rup and on\nend";
  for (let at = 0; at <= drawn.length; at++) {
    const stripper = new AnsiStripper();
    const out = [drawn.slice(0, at), drawn.slice(at)].flatMap((part) => stripper.push(Buffer.from(part)));
    assert.equal(Buffer.concat([...out, ...stripper.end()]).toString(), expected, `cut at ${at}`);
  }
});

test("a safe cut parts neither characters nor sequences", () => {
  fc.assert(
    fc.property(mixed, fc.nat({ max: 300 }), (parts, at) => {
      const whole = parts.flat().join("");
      const bytes = Buffer.from(whole);
      const limit = 1 + (at % Math.max(1, bytes.length));
      const cut = safeCut(bytes, Math.min(limit, bytes.length));
      if (cut === limit && parts.length > 0) return; // Nothing shorter was whole, or it is whole.
      const [before, after] = [bytes.subarray(0, cut).toString(), bytes.subarray(cut).toString()];
      assert.equal(before + after, whole);
      assert.equal(stripAnsi(before) + stripAnsi(after), stripAnsi(whole));
    }),
  );
});
