import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Automaton } from "../../../src/text/mask/automaton.ts";
import { Masker } from "../../../src/text/mask/stream.ts";

/** Few letters, so that needles begin, end and lie within each other. */
const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 60 });
const needles = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 7 }), {
  minLength: 1,
  maxLength: 6,
});

/** The rule, spelt out: every occurrence covers its bytes, and those that share a byte are one. */
function maskSlowly(text: string, words: readonly string[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (let from = 0; from < text.length; from++)
    for (const word of words) if (text.startsWith(word, from)) ranges.push({ from, to: from + word.length });
  ranges.sort((a, b) => a.from - b.from);
  let masked = "";
  let at = 0;
  for (let index = 0; index < ranges.length;) {
    const from = ranges[index]?.from ?? 0;
    let to = 0;
    for (let next = ranges[index]; next !== undefined && (to === 0 || next.from < to); next = ranges[++index])
      to = Math.max(to, next.to);
    masked += `${text.slice(at, from)}***`;
    at = to;
  }
  return masked + text.slice(at);
}

function maskInChunks(chunks: readonly string[], words: readonly string[]): string {
  const masker = new Masker(new Automaton(words.map((word) => Buffer.from(word))));
  const pieces = chunks.flatMap((chunk) => masker.push(Buffer.from(chunk)));
  return Buffer.concat([...pieces, ...masker.end()]).toString();
}

test("masks what the rule says, however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 8 }), needles, (chunks, words) => {
      assert.equal(maskInChunks(chunks, words), maskSlowly(chunks.join(""), words));
    }),
    { numRuns: 2000 },
  );
});

test("finds long needles among many other bytes", () => {
  const wide = fc.string({ unit: fc.constantFrom(...Array.from("abcdefgh")), maxLength: 120 });
  const long = fc.array(fc.string({ unit: fc.constantFrom(...Array.from("abcdefgh")), minLength: 4, maxLength: 12 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(fc.array(wide), long, fc.array(fc.nat({ max: 4 })), (chunks, words, planted) => {
      // Whole and half needles between the rest.
      const mixed = chunks.flatMap((chunk, index) => {
        const word = words[(planted[index] ?? 0) % words.length] ?? "";
        return [chunk, word, chunk.slice(0, 3), word.slice(0, -1), word.slice(1)];
      });
      assert.equal(maskInChunks(mixed, words), maskSlowly(mixed.join(""), words));
    }),
    { numRuns: 1000 },
  );
});

test("gives the same bytes for every place of one cut, and byte by byte", () => {
  const text = "xx secret-one secret-onesecret-two secret-o";
  const words = ["secret-one", "secret-two", "onesec", "one"];
  const whole = maskInChunks([text], words);
  assert.equal(whole, "xx *** *** secret-o");
  for (let cut = 0; cut <= text.length; cut++)
    assert.equal(maskInChunks([text.slice(0, cut), text.slice(cut)], words), whole);
  assert.equal(maskInChunks(text.split(""), words), whole);
});

test("lets out a byte as soon as it can belong to no secret", () => {
  const masker = new Masker(new Automaton([Buffer.from("secret")]));
  const seen = (chunk: string): string => Buffer.concat(masker.push(Buffer.from(chunk))).toString();
  assert.equal(seen("hello s"), "hello ");
  assert.equal(seen("ec"), "");
  assert.equal(seen("tor"), "sector");
  assert.equal(seen("secret"), "***");
  assert.equal(seen("secre"), "");
  assert.equal(Buffer.concat(masker.end()).toString(), "secre");
});

test("an endless row of overlapping secrets is one mask and takes no memory", () => {
  const masker = new Masker(new Automaton([Buffer.from("aaaaaaaa")]));
  const chunk = Buffer.alloc(1 << 20, "a");
  let bytes = 0;
  for (let round = 0; round < 16; round++) for (const piece of masker.push(chunk)) bytes += piece.length;
  assert.equal(bytes, 0);
  assert.equal(Buffer.concat([...masker.push(Buffer.from("b")), ...masker.end()]).toString(), "***b");
});

test("takes bytes that are no text", () => {
  const masker = new Masker(new Automaton([Uint8Array.of(0xff, 0x00, 0xfe)]));
  const out = [...masker.push(Uint8Array.of(0xff, 0x00)), ...masker.push(Uint8Array.of(0xfe, 0xff)), ...masker.end()];
  assert.deepEqual(Buffer.concat(out), Buffer.of(0x2a, 0x2a, 0x2a, 0xff));
});
