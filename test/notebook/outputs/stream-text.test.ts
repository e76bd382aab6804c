import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StreamText } from "../../../src/notebook/outputs/stream-text.ts";

/** The rules as JupyterLab states them, on the whole text and one character at a time. */
function byTheRules(text: string): string {
  let shown: string[] = [];
  let cursor = 0;
  for (const character of text.split("")) {
    if (character === "\n") {
      shown.push("\n");
      cursor = shown.length;
    } else if (character === "\r") cursor = shown.lastIndexOf("\n", cursor - 1) + 1;
    else if (character === "\b") {
      if (cursor > 0 && shown[cursor - 1] !== "\n") {
        shown = [...shown.slice(0, cursor - 1), ...shown.slice(cursor + 1)];
        cursor--;
      }
    } else shown[cursor++] = character;
  }
  return shown.join("");
}

function inChunks(chunks: readonly string[]): string {
  const text = new StreamText();
  const settled = chunks.map((chunk) => text.append(chunk)).join("");
  return settled + text.line;
}

const cases: readonly [name: string, printed: string, shown: string][] = [
  ["a carriage return at the end changes nothing", "abc\r", "abc"],
  ["what follows a carriage return overwrites", "abcdef\rXY", "XYcdef"],
  ["Windows line ends become line ends", "a\r\nb\r\n", "a\nb\n"],
  ["a line end goes to the end of the line, wherever the cursor is", "abc\rX\nd", "Xbc\nd"],
  ["a backspace deletes", "abc\b\bd", "ad"],
  ["a backspace stops at the line's beginning", "a\n\b\bb", "a\nb"],
  ["a backspace within a line takes the character under the cursor too, as Lab does", "abcd\rX\b", "cd"],
  ["a progress bar leaves its last state", "\r 0%\r50%\r100%\n", "100%\n"],
];
for (const [name, printed, shown] of cases)
  test(name, () => {
    assert.equal(inChunks([printed]), shown);
    assert.equal(byTheRules(printed), shown);
  });

test("any chunks give what the rules give for the whole", () => {
  const character = fc.constantFrom("a", "b", "é", "😀", "\n", "\n", "\r", "\b");
  fc.assert(
    fc.property(fc.array(fc.array(character).map((characters) => characters.join(""))), (chunks) => {
      assert.equal(inChunks(chunks), byTheRules(chunks.join("")));
    }),
    { numRuns: 2_000 },
  );
});

test("a line longer than memory should hold is handed on, whole", () => {
  const chunks = Array.from({ length: 50 }, (_, index) => String(index % 10).repeat(100_000));
  const text = new StreamText();
  let settled = "";
  for (const chunk of chunks) {
    settled += text.append(chunk);
    assert.ok(text.line.length <= 2 ** 20);
  }
  assert.ok(settled + text.line === chunks.join(""));
});
