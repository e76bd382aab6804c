import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MaskWindow } from "../../../src/notebook/outputs/mask-window.ts";
import { createMask } from "../../../src/text/mask/index.ts";

const mask = (text: string): string => text.replaceAll(/abc|ab\nab/g, "***");

test("pieces are masked as the whole is, wherever they are cut", () => {
  const character = fc.constantFrom("a", "b", "c", "\n", "x");
  const piece = fc.array(character, { maxLength: 40 }).map((characters) => characters.join(""));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const window = new MaskWindow(mask, 5);
      const given = pieces.map((one) => window.push(one)).join("");
      const whole = mask(pieces.join(""));
      assert.equal(given + window.peek(""), whole, "a look ahead");
      assert.equal(given + window.end(), whole);
    }),
    { numRuns: 3_000 },
  );
});

test("without a mask nothing is held back", () => {
  const window = new MaskWindow(undefined);
  assert.equal(window.push("abc"), "abc");
  assert.equal(window.end(), "");
});

test("a long text does not wait for its end", () => {
  const window = new MaskWindow(mask, 100);
  let given = 0;
  for (let line = 0; line < 1_000; line++) given += window.push(`line ${line} abc\n`).length;
  assert.ok(given > 10_000);
});

test("a character of two units is never parted, which a mask of bytes would spoil", () => {
  const { text: masked } = createMask([{ name: "SECRET", value: "secretsecret" }]);
  for (const odd of ["", "a"]) {
    const window = new MaskWindow(masked, 100);
    const pieces = [odd, ...Array<string>(400).fill("😀"), "secretsecret", "😀"];
    const given = pieces.map((piece) => window.push(piece)).join("") + window.end();
    assert.equal(given, `${odd}${"😀".repeat(400)}***😀`);
  }
});
