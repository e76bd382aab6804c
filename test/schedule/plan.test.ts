/** What the plan counts as a difference, and the graphs that pipelines become. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FlowNode, type GraphTask, nodesOf } from "../../src/schedule/pipeline/graph.ts";
import { differences } from "../../src/schedule/plan/differences.ts";

test("nothing differs from itself, nor from itself with what a service adds", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (sketch) => {
      const text = JSON.stringify(sketch);
      const [wanted, copy] = [JSON.parse(text), JSON.parse(text)] as readonly Readonly<Record<string, unknown>>[];
      assert.deepEqual(differences(wanted, copy), []);
      assert.deepEqual(differences(wanted, Object.assign(Object.create(null), copy, { "\u0000added": 1 })), []);
    }),
  );
});

test("differences are told by their paths, items of lists by their names", () => {
  const actual = { a: 1, b: { c: "x", d: null }, list: [{ name: "one", v: 1 }, { name: "gone" }], plain: [1, 2] };
  const wanted = { a: 2, b: { c: "x", d: 3, e: 4 }, list: [{ name: "new" }, { name: "one", v: 2 }], plain: [1, 2, 3] };
  assert.deepEqual(
    differences(wanted, actual).map(({ path }) => path),
    ["a", "list.new", "list.one.v", "list.gone", "plain"],
  );
});

/** Tasks that wait only for earlier ones. */
const tasks: fc.Arbitrary<readonly GraphTask[]> = fc
  .uniqueArray(
    fc.oneof(fc.constantFrom("START", "END", "MERGE_a", "a", "b", "c"), fc.string({ minLength: 1, maxLength: 5 })),
    { minLength: 1, maxLength: 8 },
  )
  .chain((names) =>
    fc.tuple(
      ...names.map((name, index) =>
        fc.record({
          name: fc.constant(name),
          after: fc.subarray(names.slice(0, index)),
          when: fc.constantFrom("succeeded" as const, "done" as const),
          key: fc.constant(`key of ${name}`),
          title: fc.constant(name),
          identifier: fc.constant("X"),
        }),
      ),
    ),
  );

function typeOf({ operator }: FlowNode): string {
  return operator?.modelType ?? "";
}

test("no name of a task gets in the way of the nodes around it", () => {
  const task = (name: string, after: readonly string[] = []): GraphTask => {
    return { name, after, when: "succeeded", key: name, title: name, identifier: "X" };
  };
  const given = [
    task("MERGE_a"),
    task("START"),
    task("END"),
    task("a", ["START", "END"]),
    task("a_", ["START", "END"]),
  ];
  const names = nodesOf("P", given).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test("every pipeline has one start, one end, and links that meet; tasks come after what they wait for", () => {
  fc.assert(
    fc.property(tasks, (given) => {
      const nodes = nodesOf("P", given);
      assert.deepEqual(nodes, nodesOf("P", given));
      for (const type of ["START_OPERATOR", "END_OPERATOR"]) {
        assert.equal(nodes.filter((node) => typeOf(node) === type).length, 1);
      }
      const keys = nodes.flatMap(({ key, operator, inputLinks = [], outputLinks = [] }) => [
        key,
        operator?.key,
        ...[...inputLinks, ...outputLinks].map((link) => link.key),
      ]);
      assert.equal(new Set(keys).size, keys.length, "keys are unique");
      assert.equal(new Set(nodes.map(({ name }) => name)).size, nodes.length, "names are unique");
      const before = new Map(
        nodes.map((node): [FlowNode, readonly FlowNode[]] => {
          const from = (node.inputLinks ?? []).map(({ key, fromLink }) => {
            const source = nodes.find(({ outputLinks = [] }) => outputLinks.some((link) => link.key === fromLink));
            assert.ok(source, "an input link comes from an output link");
            assert.ok(
              source.outputLinks?.some(({ toLinks }) => toLinks?.includes(key ?? "")),
              "which leads to it",
            );
            return source;
          });
          assert.equal(from.length === 0, typeOf(node) === "START_OPERATOR");
          assert.ok(typeOf(node) !== "TASK_OPERATOR" || from.length === 1, "a task has one way in");
          return [node, from];
        }),
      );
      for (const { name, after } of given) {
        const node = nodes.find((each) => each.name === name && typeOf(each) === "TASK_OPERATOR");
        const direct = node === undefined ? [] : (before.get(node) ?? []);
        const through = direct.flatMap((each) =>
          typeOf(each) === "MERGE_OPERATOR" ? (before.get(each) ?? []) : [each],
        );
        const waited = through.filter((each) => typeOf(each) === "TASK_OPERATOR").map((each) => each.name);
        assert.deepEqual(new Set(waited), new Set(after));
      }
    }),
  );
});
