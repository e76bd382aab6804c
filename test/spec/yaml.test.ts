import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CORE_SCHEMA, dump, load, mergeTag } from "js-yaml";
import { toParameter } from "../../src/spec/plain.ts";
import { decodeText } from "../../src/spec/yaml/decode.ts";
import { type Node, nodeAt } from "../../src/spec/yaml/node.ts";
import { parseYaml } from "../../src/spec/yaml/parse.ts";
import { lineFinder } from "../../src/spec/yaml/position.ts";
import { resolvePlain, resolveTimestamp } from "../../src/spec/yaml/scalar.ts";

function tree(text: string): Node {
  const { root, problems } = parseYaml(text);
  assert.deepEqual(problems, []);
  return root ?? assert.fail("nothing was read");
}

/** The tree as plain values: dates as the text they were, big integers rounded as js-yaml rounds them. */
function plain(node: Node): unknown {
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "map") return Object.fromEntries(node.entries.map((entry) => [entry.key, plain(entry.value)]));
  return typeof node.value === "bigint" ? Number(node.value) : node.value;
}

test("documents that js-yaml writes are read as js-yaml reads them", () => {
  const key = fc.string({ minLength: 1 }).filter((text) => text !== "__proto__" && text.trim() !== "");
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(null, true, false, "", "yes", "null", "<<", "- a", "a: b", "# c", "2026-01-31", "5", "é\n b\n"),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.string(),
      fc.array(tie("node"), { maxLength: 4 }),
      fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).node;
  fc.assert(
    fc.property(value, fc.boolean(), (given, flow) => {
      const text = dump(given, flow ? { flowLevel: 0 } : {});
      assert.deepEqual(plain(tree(text)), load(text, { schema: CORE_SCHEMA.withTags(mergeTag) }), text);
    }),
    { numRuns: 500 },
  );
});

test("JSON is read as JSON", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.constantFrom(undefined, 2, "\t"), (json, indent) => {
      const value: unknown = JSON.parse(json, (_, inner: unknown) => (Object.is(inner, -0) ? 0 : inner));
      const text = JSON.stringify(value, undefined, indent);
      fc.pre(!text.includes("__proto__") && !text.includes('"":'));
      assert.deepEqual(plain(tree(text)), value, text);
    }),
  );
});

test("no text, however wrong, throws or takes long", () => {
  const unit = fc.constantFrom(
    ..."ab:-?,[]{}#&*!|>'\"%@` \n\t\r0.~<\u0000\u0085\u2028\ud800".split(""),
    "- ",
    ": ",
    "<<: *a",
    "&a ",
    "*a",
    "\n  ",
    "---\n",
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      const { problems } = parseYaml(text);
      for (const { line, column } of problems) {
        assert.ok((line ?? 0) >= 1 && (column ?? 0) >= 1);
        assert.ok((line ?? 0) <= text.split(/\r\n|\n|\r/).length + 1);
      }
    }),
    { numRuns: 3000 },
  );
});

test("every value is placed where it was written", () => {
  const text = [
    "a: 1",
    "b: 'x'",
    "c:",
    "  - {d: &e f, g: [h]}",
    "  - |",
    "    block",
    "i: *e",
    '"j": !!str k',
    "l:",
    "? m",
    ": n",
  ];
  for (const newline of ["\n", "\r\n", "\r"]) {
    const root = tree(text.join(newline));
    for (const [path, at] of [
      [["a"], "1:4"],
      [["b"], "2:4"],
      [["c"], "4:3"],
      [["c", 0], "4:5"],
      [["c", 0, "d"], "4:12"],
      [["c", 0, "g", 0], "4:19"],
      [["c", 1], "6:1"],
      [["i"], "4:12"],
      [["j"], "8:12"],
      [["l"], "9:1"],
      [["m"], "11:3"],
    ] as const) {
      const place = nodeAt(root, path)?.place;
      assert.equal(`${place?.line}:${place?.column}`, at, path.join("."));
    }
  }
});

test("lines are counted as editors count them", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "é", "\n", "\r", "\r\n") }), fc.nat(40), (text, offset) => {
      fc.pre(offset <= text.length && !(text[offset] === "\n" && text[offset - 1] === "\r"));
      const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
      assert.deepEqual(lineFinder(text)(offset), { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 });
    }),
  );
});

test("numbers keep every digit", () => {
  fc.assert(
    fc.property(fc.bigInt(), (number) => {
      assert.equal(BigInt(resolvePlain(String(number)) as number), number); // An integer's text is an integer.
    }),
  );
  assert.equal(resolvePlain("9007199254740993"), 9007199254740993n);
  assert.equal(resolvePlain("0xffffffffffffffff"), 0xffffffffffffffffn);
  for (const text of ["010", "-08", "1_000", "1e400", "0b1", "1:30", "+", ".", "1e", "0x", "0o8", "١"]) {
    assert.equal(resolvePlain(text), text);
  }
});

test("dates are those of YAML, and real ones", () => {
  for (const [text, iso] of [
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2026-1-3 4:05:06", "2026-01-03T04:05:06.000Z"],
    ["2026-01-31T04:05:06.78Z", "2026-01-31T04:05:06.780Z"],
    ["2026-01-31t04:05:06 -05:30", "2026-01-31T09:35:06.000Z"],
    ["0050-01-01", "0050-01-01T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ] as const)
    assert.equal(resolveTimestamp(text)?.toISOString(), iso, text);
  for (const text of ["2026-02-29", "2026-13-01", "2026-1-3", "2026-01-31T25:00:00", "26-01-31", "2026-01-31T10:00"]) {
    assert.equal(resolveTimestamp(text), undefined, text);
  }
  assert.equal(toParameter(tree("'2026-01-31'")), "2026-01-31");
});

test("bytes that are not UTF-8 are named by their place", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "é", "€", "🙂", "\n") }),
      fc.constantFrom(0xff, 0x80, 0xc0),
      (text, byte) => {
        const decoded = decodeText(Buffer.concat([Buffer.from(text), Buffer.from([byte]), Buffer.from("rest")]));
        assert.ok("problem" in decoded);
        const lines = text.split("\n");
        assert.equal(decoded.problem.line, lines.length);
        assert.equal(decoded.problem.column, (lines.at(-1)?.length ?? 0) + 1);
      },
    ),
  );
});
