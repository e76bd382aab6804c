/** Parameters in JavaScript, evaluated by the engine that runs this test. */
import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import fc from "fast-check";
import { javascript } from "../../../src/notebook/parameters/languages/javascript.ts";
import { translateParameters } from "../../../src/notebook/parameters/translate.ts";
import { injectParameters, readNotebook, type ParameterValue } from "../../../src/notebook/index.ts";
import { WholeFloat } from "../../../src/text/whole-float.ts";
import { notebook } from "../../support/program.ts";
import { isoOf, values } from "./values.ts";

/** The value as JavaScript has it: one kind of number, beside big integers. */
function native(value: ParameterValue): unknown {
  if (value instanceof WholeFloat) return value.value;
  if (value instanceof Date) return isoOf(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map((item: ParameterValue) => native(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, native(item)]));
}

/** Objects of the other context, as this one's. */
function here(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, here);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, here(item)]));
}

for (const mode of ["", '"use strict";\n']) {
  test(`JavaScript reads back every value${mode === "" ? "" : ", in strict code too"}`, () => {
    fc.assert(
      fc.property(fc.array(values(), { minLength: 1, maxLength: 12 }), (list) => {
        const given = Object.fromEntries(list.map((value, index) => [`v${index}`, value]));
        const context = vm.createContext({});
        vm.runInContext(mode + translateParameters(given, javascript), context);
        assert.deepEqual(here(context), native(given));
      }),
      { numRuns: 400 },
    );
  });
}

test("JavaScript takes as names what is taken here", () => {
  const characters = Array.from("ab_09$ .-=;\n#\u00b7\u0301éßﬁ𝐚日本٣\\");
  const name = fc.oneof(
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 4 }),
    fc.constantFrom("if", "let", "await", "async", "of", "undefined", "yield", "eval", "get", "__proto__", "static"),
  );
  fc.assert(
    fc.property(name, (each) => {
      let source: string;
      try {
        source = translateParameters({ [each]: 1 }, javascript);
      } catch {
        return;
      }
      assert.deepEqual(Object.keys(here(vm.runInNewContext(`"use strict"; ${source}; ({ ${each} })`)) as object), [
        each,
      ]);
    }),
    { numRuns: 500 },
  );
});

test("a parameter is set as its declaration in the parameters cell allows", () => {
  const declared = "let a = 1, b = {c: 2}; // two\nvar d = 3\nexport let e = 4\nfor (let f of []) {}";
  const made = readNotebook(
    Buffer.from(notebook([{ source: declared, tags: ["parameters"] }, "const g = 1"], "deno")),
    "n.ipynb",
  );
  injectParameters(made, { a: 5, b: 6, d: 7, e: 8, f: 9, g: 10 }, { language: "typescript" });
  const source = made.cells[1]?.source;
  assert.equal(source, "// Parameters\na = 5;\nb = 6;\nvar d = 7;\ne = 8;\nvar f = 9;\nvar g = 10;\n");
  const context = vm.createContext({});
  vm.runInContext(declared.replace("export ", ""), context);
  vm.runInContext(source, context);
  assert.deepEqual(here(vm.runInContext("[a, b, d, e, f]", context)), [5, 6, 7, 8, 9]);
});
