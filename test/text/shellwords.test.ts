import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { quoteShellWord, ShellWordsError, splitShellWords } from "../../src/text/shellwords.ts";

/** Texts rich in quotes, backslashes and blanks. */
const quotable = fc.string({
  unit: fc.constantFrom("a", "é", "🙂", " ", "\t", "\n", "'", '"', "\\", "-", "=", "/", "x"),
});

test("splits as written", () => {
  for (const [text, words] of [
    ["", []],
    [" \n\t ", []],
    ["--epochs 10  --name 'my run'", ["--epochs", "10", "--name", "my run"]],
    [`a"b c"d'e f'`, ["ab cde f"]],
    [`'' ""`, ["", ""]],
    [String.raw`"\$HOME \x \\ \""`, [String.raw`$HOME \x \ "`]],
    [String.raw`a\ b \'c\'`, ["a b", "'c'"]],
    ["a\\\nb", ["ab"]],
    ['"a\\\nb"', ["ab"]],
    ["$HOME *.txt # x | y > z ~", ["$HOME", "*.txt", "#", "x", "|", "y", ">", "z", "~"]],
  ] as const)
    assert.deepEqual(splitShellWords(text), words, text);
});

test("says where an unfinished quote begins", () => {
  for (const [text, index] of [
    ["a 'b", 2],
    ['ab "c\\"', 3],
    ["a\\", 1],
  ] as const)
    assert.throws(
      () => splitShellWords(text),
      (error) => error instanceof ShellWordsError && error.index === index,
    );
});

test("gives back what was quoted", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), quotable)), (words) => {
      assert.deepEqual(splitShellWords(words.map(quoteShellWord).join(" ")), words);
    }),
  );
});

test("agrees with sh, also on what is a mistake", () => {
  const texts = fc.sample(quotable, { numRuns: 300, seed: 7 });
  for (const text of texts) {
    let mine: readonly string[] | undefined;
    try {
      mine = splitShellWords(text);
    } catch (error) {
      assert.ok(error instanceof ShellWordsError);
    }
    // Outside quotes sh ends a command at a newline, which is a blank for us, and keeps a last backslash.
    if (text.endsWith("\\") || /\n/.test(text)) continue;
    const shell = spawnSync("sh", ["-c", `for word in ${text}\ndo printf '%s\\0' "$word"; done`], { encoding: "utf8" });
    const theirs = shell.status === 0 && shell.stderr === "" ? shell.stdout.split("\0").slice(0, -1) : undefined;
    assert.deepEqual(mine, theirs, JSON.stringify(text));
  }
});
