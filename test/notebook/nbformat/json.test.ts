import assert from "node:assert/strict";
import { test } from "node:test";
import { execa } from "execa";
import fc from "fast-check";
import { JsonSyntaxError, parseJson } from "../../../src/notebook/nbformat/json-reader.ts";
import { jsonText, sortedKeys } from "../../../src/notebook/nbformat/json-writer.ts";
import { pythonFloat, RawNumber } from "../../../src/notebook/nbformat/raw-number.ts";
import type { Json } from "../../../src/notebook/nbformat/types.ts";
import { anyJson } from "./arbitrary.ts";

const read = (text: string): Json => parseJson(Buffer.from(text));

/** A JSON value with every RawNumber as the number that JavaScript makes of it. */
function plain(value: Json): unknown {
  if (value instanceof RawNumber) return Number(value.raw);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Where it is refused, as `line:column`. */
function refusal(source: Uint8Array | string): string {
  try {
    parseJson(typeof source === "string" ? Buffer.from(source) : source);
  } catch (error) {
    assert.ok(error instanceof JsonSyntaxError);
    return `${error.line}:${error.column}`;
  }
  return "accepted";
}

test("reads all that JSON.parse reads, to the same value", () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: "binary" }), fc.constantFrom(undefined, 1, "\t"), (text, indent) => {
      const value: unknown = JSON.parse(text);
      assert.deepEqual(plain(read(JSON.stringify(value, undefined, indent))), value);
    }),
  );
});

test("refuses what JSON.parse refuses, Python's words for numbers aside", () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", ...Array.from('{}[]",:\\-+.eE01 nt\n\u0001')))
    .map(([text, at, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + 1);
    });
  const accepted = (parse: () => unknown): boolean => {
    try {
      parse();
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(damaged, (text) =>
      assert.equal(
        accepted(() => read(text)),
        accepted(() => JSON.parse(text)),
        text,
      ),
    ),
    { numRuns: 1000 },
  );
});

test("writes what it read unchanged", () => {
  fc.assert(
    fc.property(anyJson, (text) => {
      const value = read(text);
      assert.deepEqual(read(jsonText(value)), value);
    }),
  );
});

test("keeps numbers that JavaScript would change", () => {
  const kept = [
    "1.0",
    "1e-07",
    "12345678901234567890",
    "-9007199254740993",
    "NaN",
    "Infinity",
    "-Infinity",
    "-0.0",
    "1e400",
  ];
  for (const text of kept) {
    assert.deepEqual(read(text), new RawNumber(text));
    assert.equal(jsonText(read(text)), text);
  }
  for (const text of ["0", "-1", "9007199254740991", "0.5", "1e+22", "123456789.125"]) {
    assert.equal(read(text), Number(text));
    assert.equal(jsonText(read(text)), text);
  }
});

test("tells a number kept as text from an object that looks like one", () => {
  assert.equal(jsonText(read('{"raw": "1.0"}')), '{\n "raw": "1.0"\n}');
});

test("keeps a key that JavaScript gives a meaning, and the last of two alike", () => {
  assert.equal(
    jsonText(read('{"__proto__": {"a": 1}, "constructor": 2}')),
    '{\n "__proto__": {\n  "a": 1\n },\n "constructor": 2\n}',
  );
  assert.deepEqual(read('{"a": 1, "a": 2}'), { a: 2 });
});

test("reads lone surrogates and writes them as escapes", () => {
  for (const text of ['"\\ud800"', '"a\\udfffb"', '"\\udc00\\ud800"']) assert.equal(jsonText(read(text)), text);
  assert.equal(jsonText(read('"\\ud83d\\ude00"')), '"😀"');
  assert.equal(parseJson('"\ud800"'), "\ud800");
});

test("reads and writes what is deeply nested, and refuses what is too deep for any file", () => {
  const nested = (depth: number): string => `[{"a":`.repeat(depth / 2) + "1" + "}]".repeat(depth / 2);
  assert.equal(jsonText(read(nested(2000))), JSON.stringify(JSON.parse(nested(2000)), undefined, 1));
  assert.equal(refusal(nested(2002)), "1:6002");
  assert.equal(refusal("[".repeat(1_000_000)), "1:2002");
});

test("reads a byte order mark, in UTF-8 and UTF-16", () => {
  const text = '{"ä": "😀\\n"}';
  const value = read(text);
  assert.deepEqual(read(`\ufeff${text}`), value);
  assert.deepEqual(parseJson(Buffer.from(`\ufeff${text}`, "utf16le")), value);
  assert.deepEqual(parseJson(Buffer.from(`\ufeff${text}`, "utf16le").swap16()), value);
});

test("says where a text stops being JSON", () => {
  assert.equal(refusal(""), "1:1");
  assert.equal(refusal('{"a": 1,\n "b": tru}'), "2:7");
  assert.equal(refusal('{"a": 1,\n  }'), "2:3");
  assert.equal(refusal("[1\n2]"), "2:1");
  assert.equal(refusal('["ä😀", x]'), "1:8");
  assert.equal(refusal('\ufeff["a" x]'), "1:6");
  assert.equal(refusal('"a\\x"'), "1:3");
  assert.equal(refusal('"a\nb"'), "1:3");
  assert.equal(refusal('["a'), "1:2");
  assert.equal(refusal("01"), "1:1");
  assert.equal(refusal("[1.]"), "1:2");
  assert.equal(refusal("{} {}"), "1:4");
  assert.equal(refusal(Buffer.from([0x5b, 0x22, 0x0a, 0xc3, 0xa4, 0xff, 0x22, 0x5d])), "2:2");
});

test("writes floats, and sorts keys, as Python does", async () => {
  const floats = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 500);
  const near = [1e-5, 1e-4, 9.999e-5, 1e15, 1e16, 9999999999999998, 1e17, 1e21, 1e22, 5e-324, -0, 0.1, 100, 1.5e300];
  const keys = fc.sample(fc.array(fc.string({ unit: "binary", maxLength: 4 }), { maxLength: 5 }), 300);
  const code = `
import json, sys
floats, keys = json.load(sys.stdin)
json.dump([[repr(float(x)) for x in floats], [sorted(set(k)) for k in keys]], sys.stdout)`;
  const values = [...floats, ...near];
  const input = JSON.stringify([values.map((value) => (Object.is(value, -0) ? "-0.0" : String(value))), keys]);
  const { stdout } = await execa(process.env.NBJOB_TEST_PYTHON ?? "python3", ["-c", code], { input });
  const [texts, sorted] = JSON.parse(stdout) as [string[], string[][]];
  assert.deepEqual(values.map(pythonFloat), texts);
  assert.deepEqual(
    keys.map((list) => sortedKeys(Object.fromEntries(list.map((key) => [key, 0])))),
    sorted,
  );
});
