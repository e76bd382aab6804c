import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { SweepSpec } from "../../src/spec/sweep.ts";
import { digestOf, duplicates, expandSweep } from "../../src/sweep/expand.ts";
import { WholeFloat } from "../../src/text/whole-float.ts";

const names = fc.constantFrom("lr", "depth", "a b", "größe");
const values = fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)), {
  minLength: 1,
  maxLength: 4,
});

test("a grid has every combination once, the last parameter fastest", () => {
  fc.assert(
    fc.property(fc.dictionary(names, values, { minKeys: 1, maxKeys: 4 }), (parameters) => {
      const runs = expandSweep({ kind: "grid", parameters }, 0);
      const keys = Object.keys(parameters);
      assert.equal(
        runs.length,
        keys.reduce((product, key) => product * (parameters[key]?.length ?? 0), 1),
      );
      for (const { index, name, parameters: set } of runs) {
        assert.equal(name, String(index).padStart(4, "0"));
        // The index written in the grid's own mixed base names the set.
        let rest = index;
        for (const key of keys.toReversed()) {
          const list = parameters[key] ?? [];
          assert.ok(Object.is(set[key], list[rest % list.length]));
          rest = Math.floor(rest / list.length);
        }
      }
    }),
  );
});

/** The documented generator, written anew: bytes into bits, one by one. */
function fraction(seed: number, index: number, name: string): number {
  const bytes = createHash("sha256").update(`${seed}/${index}/${name}`, "utf8").digest();
  let value = 0;
  for (let bit = 0; bit < 53; bit++) value = value * 2 + (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
  return value / 2 ** 53;
}

const random = (count: number, parameters: Extract<SweepSpec["sets"], { kind: "random" }>["parameters"]) =>
  ({ kind: "random", count, seed: undefined, parameters }) as const;

test("random values are those of the documented generator, for ever", () => {
  const linear = { min: -1, max: 3, scale: "linear", integer: false } as const;
  const log = { min: 1e-4, max: 1e-1, scale: "log", integer: false } as const;
  const whole = { min: 1, max: 3, scale: "linear", integer: true } as const;
  const set = { list: ["a", "b", "c"], linear, log, whole };
  // Figures that an earlier version drew: they stand in people's results.
  const [first] = expandSweep(random(1, set), 7);
  assert.deepEqual(first?.parameters, golden);
  fc.assert(
    fc.property(fc.nat(), fc.nat(30), (seed, index) => {
      const run = expandSweep(random(index + 1, set), seed)[index];
      const u = (name: string): number => fraction(seed, index, name);
      assert.equal(run?.parameters["list"], ["a", "b", "c"][Math.floor(u("list") * 3)]);
      assert.equal(run?.parameters["whole"], 1 + Math.floor(u("whole") * 3));
      assert.ok(Math.abs(Number(run?.parameters["linear"]) - (-1 + 4 * u("linear"))) < 1e-9);
      assert.ok(Math.abs(Number(run?.parameters["log"]) / (1e-4 * 1000 ** u("log")) - 1) < 1e-9);
    }),
  );
});

const golden = { list: "c", linear: 0.859833806748, log: 0.0560763562601, whole: 3 };

test("values lie in their range, whole numbers at both its ends too", () => {
  const ranges = fc
    .tuple(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.constantFrom("linear", "log"),
    )
    .map(([a, b, scale]) => ({ min: Math.min(a, b), max: Math.max(a, b), scale }) as const);
  fc.assert(
    fc.property(ranges, fc.boolean(), fc.nat(), (range, integer, seed) => {
      fc.pre(!integer || Math.ceil(range.min) <= Math.floor(range.max));
      for (const { parameters } of expandSweep(random(20, { x: { ...range, integer } }), seed)) {
        const { x } = parameters;
        const value = x instanceof WholeFloat ? x.value : Number(x);
        assert.ok(value >= range.min && value <= range.max, `${value} in ${range.min} to ${range.max}`);
        if (integer) assert.ok(Number.isInteger(x));
        else assert.ok(!Number.isSafeInteger(x), "a float stays one");
      }
    }),
  );
  const drawn = (scale: "linear" | "log"): ReadonlySet<unknown> =>
    new Set(
      expandSweep(random(500, { x: { min: 1, max: 4, scale, integer: true } }), 1).map((run) => run.parameters["x"]),
    );
  assert.deepEqual(drawn("linear"), new Set([1, 2, 3, 4]));
  assert.deepEqual(drawn("log"), new Set([1, 2, 3, 4]));
});

test("more runs keep the earlier ones, and another parameter keeps the others", () => {
  const x = { min: 0, max: 1, scale: "linear", integer: false } as const;
  const few = expandSweep(random(5, { x }), 3);
  assert.deepEqual(expandSweep(random(9, { x }), 3).slice(0, 5), few);
  const more = expandSweep(random(5, { y: [1, 2], x }), 3);
  assert.deepEqual(
    more.map((run) => run.parameters["x"]),
    few.map((run) => run.parameters["x"]),
  );
});

test("equal sets are found, and a digest tells sweeps apart", () => {
  const list = [{ a: 1, b: 2 }, { a: 1 }, { b: 2, a: 1 }, { a: new WholeFloat(1) }, { a: "1" }, { a: 1 }];
  const runs = expandSweep({ kind: "list", list }, 0);
  assert.deepEqual(duplicates(runs), [
    ["0000", "0002"],
    ["0001", "0005"],
  ]);
  const digest = (sets: typeof list): string => digestOf(expandSweep({ kind: "list", list: sets }, 0));
  assert.equal(digest(list), digest([{ b: 2, a: 1 }, ...list.slice(1)]));
  assert.notEqual(digest(list), digest(list.toReversed()));
  assert.notEqual(digest([{ a: 1 }]), digest([{ a: new WholeFloat(1) }]));
});
