/** Parameters in Python, evaluated by Python: every value arrives as it is, and none is ever code. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { jsonText } from "../../../src/notebook/parameters/json-text.ts";
import { python } from "../../../src/notebook/parameters/languages/python.ts";
import { translateParameters } from "../../../src/notebook/parameters/translate.ts";
import { plainOf, type ParameterValue } from "../../../src/notebook/parameters/value.ts";
import { WholeFloat } from "../../../src/text/whole-float.ts";
import { folder } from "../../support/program.ts";
import { venvOrSkip } from "../../support/venv.ts";
import { startEvaluator } from "./evaluator.ts";
import { canon, values } from "./values.ts";

test("Python reads back every value, after IPython's transformations", async (t) => {
  const path = await venvOrSkip(t, "execution");
  if (path === undefined) return;
  const cwd = await folder(t);
  const evaluator = startEvaluator(path, cwd);
  t.after(() => evaluator.end());
  await fc.assert(
    fc.asyncProperty(fc.array(values(), { minLength: 1, maxLength: 12 }), async (list) => {
      const given = Object.fromEntries(list.map((value, index) => [`v${index}`, value]));
      const bound = await evaluator.evaluate({ source: translateParameters(given, python) });
      assert.deepEqual(bound, Object.fromEntries(Object.entries(given).map(([name, value]) => [name, canon(value)])));
    }),
    { numRuns: 400 },
  );
  assert.deepEqual(await readdir(cwd), [], "nothing was run");
});

test("Python reads integers of any length", async (t) => {
  const path = await venvOrSkip(t, "execution");
  if (path === undefined) return;
  const evaluator = startEvaluator(path, await folder(t));
  t.after(() => evaluator.end());
  for (const value of [10n ** 4299n, -(10n ** 4300n), 7n ** 9999n]) {
    assert.deepEqual(await evaluator.evaluate({ source: translateParameters({ value }, python) }), {
      value: canon(value),
    });
  }
});

test("Python takes as names what is taken here, but for those that literals need", async (t) => {
  const path = await venvOrSkip(t, "execution");
  if (path === undefined) return;
  const evaluator = startEvaluator(path, await folder(t));
  t.after(() => evaluator.end());
  const characters = Array.from("ab_09 .-=;\n#\u00b7\u0301éßſﬁ𝐢𝐟𝐚µªⅷ日本٣\u2118\u212e\u200d\u203f");
  const name = fc.oneof(
    fc.string({ unit: fc.constantFrom(...characters), minLength: 0, maxLength: 4 }),
    fc.constantFrom("if", "None", "𝐢𝐟", "ﬁ", "match", "print", "async", "__debug__x", "_", "lambda", "ℕ", "nonlocal"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 20, maxLength: 40 }), async (names) => {
      const taken = names.map((each) => {
        try {
          translateParameters({ [each]: 1 }, python);
          return true;
        } catch {
          return false;
        }
      });
      assert.deepEqual(await evaluator.evaluate({ names }), taken, JSON.stringify(names));
    }),
    { numRuns: 100 },
  );
});

test("papermill's cell and ours give equal values", async (t) => {
  const path = await venvOrSkip(t, "papermill");
  if (path === undefined) return;
  const cwd = await folder(t);
  const evaluator = startEvaluator(path, cwd);
  t.after(() => evaluator.end());
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-e][a-z_]{2,5}[0-9]$/), values()), async (given) => {
      fc.pre(Object.keys(given).length > 0);
      const theirs = await evaluator.evaluate({ parameters: jsonText(plainOf(given, "parameters")) });
      assert.deepEqual(await evaluator.evaluate({ source: translateParameters(given, python) }), theirs);
    }),
    { numRuns: 200 },
  );
});

test("the cell looks as papermill writes it", () => {
  const given: Readonly<Record<string, ParameterValue>> = {
    name: "größe",
    n: 5,
    rate: 0.1,
    one: new WholeFloat(1),
    on: true,
    none: null,
    nan: Number.NaN,
    least: -Infinity,
    list: [1, "a", [2]],
    map: { a: 1, "b c": { d: false } },
    day: new Date("2026-01-31"),
    moment: new Date("2026-01-31T09:30:00Z"),
    big: 12345678901234567890n,
  };
  assert.equal(
    translateParameters(given, python),
    `# Parameters
name = "größe"
n = 5
rate = 0.1
one = 1.0
on = True
none = None
nan = float('nan')
least = float('-inf')
list = [1, "a", [2]]
map = {"a": 1, "b c": {"d": False}}
day = "2026-01-31"
moment = "2026-01-31T09:30:00Z"
big = 12345678901234567890
`,
  );
});
