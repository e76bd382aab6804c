/** Parameters in Bash, run by Bash: every text arrives as it is, and none is ever code. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { execa } from "execa";
import fc from "fast-check";
import { bash } from "../../../src/notebook/parameters/languages/bash.ts";
import { translateParameters } from "../../../src/notebook/parameters/translate.ts";
import type { ParameterValue } from "../../../src/notebook/parameters/index.ts";
import { folder } from "../../support/program.ts";
import { isoOf, texts, values } from "./values.ts";

const rules = { nul: false, surrogates: false };

/** What each variable holds, list or not, as Bash has it. */
async function variables(
  given: Readonly<Record<string, ParameterValue>>,
  { cwd, prelude = "", locale = "C.UTF-8" }: { cwd: string; prelude?: string; locale?: string },
): Promise<string[][]> {
  const show = Object.keys(given).map((name) => `printf '%s\\0' "\${#${name}[@]}" "\${${name}[@]}"`);
  const script = `${prelude}\n${translateParameters(given, bash)}${show.join("\n")}\n`;
  const { stdout, stderr } = await execa("bash", ["--norc", "--noprofile"], {
    input: script,
    cwd,
    env: { PATH: process.env["PATH"] ?? "", LC_ALL: locale, HISTFILE: "/dev/null" },
    extendEnv: false,
    stripFinalNewline: false,
  });
  assert.equal(stderr, "");
  const words = stdout.split("\0");
  return Object.keys(given).map(() => words.splice(0, Number(words.shift())));
}

const named = (list: readonly ParameterValue[]): Record<string, ParameterValue> =>
  Object.fromEntries(list.map((value, index) => [`v${index}`, value]));

for (const [what, prelude, locale] of [
  ["a script", "", "C.UTF-8"],
  ["a Bash with history, as its kernel's is", "set -o history -o histexpand\necho first > /dev/null", "C.UTF-8"],
  ["the C locale", "", "C"],
] as const) {
  test(`Bash reads back every text: in ${what}`, async (t) => {
    const cwd = await folder(t);
    await fc.assert(
      fc.asyncProperty(fc.array(texts(rules), { minLength: 100, maxLength: 300 }), async (list) => {
        assert.deepEqual(
          await variables(named(list), { cwd, prelude, locale }),
          list.map((text) => [text]),
        );
      }),
      { numRuns: 15 },
    );
    assert.deepEqual(await readdir(cwd), [], "nothing was run");
  });
}

test("a list is an array of texts; what cannot be in one is JSON", async (t) => {
  const cwd = await folder(t);
  // JSON.parse knows no NaN and rounds big integers, so that those have their own test.
  const value = values({ ...rules, big: false, special: false });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 50, maxLength: 100 }), async (list) => {
      const found = await variables(named(list), { cwd });
      for (const [index, words] of found.entries()) {
        const given = list[index];
        const items: ParameterValue[] = Array.isArray(given) ? given : [given ?? null];
        assert.equal(words.length, items.length);
        for (const [place, item] of items.entries()) assertText(words[place] ?? "", item);
      }
    }),
    { numRuns: 10 },
  );
  assert.deepEqual(await readdir(cwd), [], "nothing was run");
});

function assertText(text: string, value: ParameterValue): void {
  if (value === null) assert.equal(text, "");
  else if (typeof value === "string") assert.equal(text, value);
  else if (value instanceof Date) assert.equal(text, isoOf(value));
  else if (typeof value === "number") assert.equal(Number(text), value);
  else if (typeof value === "boolean") assert.equal(text, String(value));
  else assert.deepEqual(JSON.parse(text), JSON.parse(jsonWithIsoDates(value)));
}

/** JSON.stringify asks a date for its own JSON before a replacer sees it: what it was stands in `this`. */
function jsonWithIsoDates(value: ParameterValue): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, item: unknown) {
    const own = this[key];
    return own instanceof Date ? isoOf(own) : item;
  });
}

test("a date in a map or a list of lists is written like one that stands alone", async (t) => {
  const given = { deep: { day: new Date("1970-01-01"), moments: [new Date("2026-02-03T04:05:06Z")] } };
  assert.deepEqual(await variables(given, { cwd: await folder(t) }), [
    ['{"day":"1970-01-01","moments":["2026-02-03T04:05:06Z"]}'],
  ]);
});

test("what Bash has no number for is written out", async (t) => {
  const given = { big: 2n ** 80n, nan: Number.NaN, least: -Infinity, deep: [[2n ** 80n, Number.NaN, -0, 1e21]] };
  assert.deepEqual(await variables(given, { cwd: await folder(t) }), [
    ["1208925819614629174706176"],
    ["NaN"],
    ["-Infinity"],
    ["[1208925819614629174706176,NaN,-0.0,1e+21]"],
  ]);
});

test("the cell looks as papermill writes it", () => {
  assert.equal(
    translateParameters({ name: "a b", plain: "a/b.c-d", quote: "it's", list: ["x", "y z", 3], on: true, n: 5 }, bash),
    `# Parameters
name='a b'
plain=a/b.c-d
quote='it'"'"'s'
list=(x 'y z' 3)
on=true
n=5
`,
  );
});
