/** What is said on launch's command line holds in the run: its job file read there is the one read here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { overrideVariables } from "../../src/launch/overrides.ts";
import { applyOverrides, type Overrides } from "../../src/spec/overrides.ts";
import { toParameters } from "../../src/spec/plain.ts";
import { WholeFloat } from "../../src/text/whole-float.ts";
import type { ParameterValue } from "../../src/spec/jobspec.ts";
import { formatFlow, mapOf, nodeOf } from "../../src/spec/yaml/flow.ts";
import type { MapNode } from "../../src/spec/yaml/node.ts";
import { parseYaml } from "../../src/spec/yaml/parse.ts";

const empty: MapNode = { kind: "map", entries: [], place: {} };

function here(root: MapNode, overrides: Overrides, env: Readonly<Record<string, string>> = {}) {
  return applyOverrides(root, overrides, { env });
}

function there(root: MapNode, variables: Readonly<Record<string, string>>): unknown {
  const { root: read, problems } = applyOverrides(root, {}, { env: variables });
  assert.deepEqual(problems, []);
  return toParameters(read);
}

const name = fc.constantFrom("a", "b", "a.b", "x y", 'q"uote', "0");
const text = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0")),
  fc.constantFrom("1", "1.0", "true", "2024-01-01", "010", "null", "", "9007199254740993", "-0", "0.1", ".inf"),
);
const yaml = fc.constantFrom(
  "1",
  "1.0",
  "2024-01-01",
  "[1, 2.0, {a: 010}]",
  "{b: {c: '2024-01-01'}}",
  "'x: y'",
  "",
  "0x1F",
);

test("parameters and settings mean in the run what they mean here, in the same order of strength", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, text), { maxLength: 4 }),
      fc.array(fc.tuple(name, text), { maxLength: 4 }),
      fc.array(
        fc.tuple(fc.constantFrom("parameters.a", "parameters.b.c", "parameters", "timeout", 'inputs."a.csv"'), yaml),
        { maxLength: 4 },
      ),
      (parameters, rawParameters, set) => {
        const given = here(empty, { parameters, rawParameters, set: set.map(([key, value]) => `${key}=${value}`) });
        fc.pre(given.problems.length === 0);
        assert.deepEqual(there(empty, overrideVariables(given.assignments)), toParameters(given.root));
      },
    ),
  );
});

test("what came from the environment is weaker than the command line, in the run too", () => {
  const env = { NBJOB_SET: '{"parameters.a": 1, "timeout": "1h"}', NBJOB_PARAMETERS: '{"a": 0, "b": 2}' };
  const given = here(empty, { parameters: [["a", "3"]] }, env);
  assert.deepEqual(there(empty, overrideVariables(given.assignments)), {
    parameters: { a: 3, b: 2 },
    timeout: "1h",
  });
});

test("where OCI runs it does not travel", () => {
  const { assignments } = here(empty, { set: ["jobName=x", "infrastructure.shape=y", "logId=z"] });
  assert.deepEqual(overrideVariables(assignments), {});
});

test("any tree survives being written as a flow, and any parameter's value", () => {
  const root = parseYaml(
    'a: [1, 1.0, "1", 2024-01-01, ~, true, 9007199254740993, .nan, !!float 3.0]\nb: {"x y": !!str 5}\nc: |\n  two\n  lines\nd:\n',
  ).root;
  assert.ok(root?.kind === "map");
  for (const indent of [0, 2]) {
    const again = parseYaml(formatFlow(root, indent));
    assert.deepEqual(again.problems, []);
    assert.ok(again.root?.kind === "map");
    assert.deepEqual(toParameters(again.root), toParameters(root));
  }
  const value: fc.Arbitrary<ParameterValue> = fc.letrec<{ value: ParameterValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.oneof(
        fc.constantFrom<ParameterValue>(
          null,
          true,
          -0,
          new WholeFloat(1),
          new WholeFloat(-0),
          Infinity,
          NaN,
          2n ** 70n,
          1e17,
          -48186417927712490,
        ),
        fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
        fc.double(),
        fc.maxSafeInteger(),
        fc.date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") }),
      ),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
        tie("value"),
        { maxKeys: 3 },
      ),
    ),
  })).value;
  fc.assert(
    fc.property(value, (given) => {
      const { root: read, problems } = parseYaml(formatFlow(mapOf([["value", nodeOf(given, {})]], {})));
      assert.deepEqual(problems, []);
      assert.ok(read?.kind === "map");
      assert.deepEqual(toParameters(read)["value"], asRead(given));
    }),
  );
});

function asRead(value: ParameterValue): ParameterValue {
  if (Array.isArray(value)) return value.map((item: ParameterValue) => asRead(item));
  if (Object.is(value, -0)) return asNumber("-0");
  if (typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof WholeFloat))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asRead(item)]));
  return value;
}

function asNumber(text: string): number {
  const root = parseYaml(text).root;
  assert.ok(root?.kind === "scalar" && typeof root.value === "number");
  return root.value;
}
