/** Parameters in the languages that are not at hand to run: their literals are data by each language's lexical rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { requireLanguage } from "../../../src/notebook/parameters/languages.ts";
import { translateParameters } from "../../../src/notebook/parameters/translate.ts";
import type { ParameterValue } from "../../../src/notebook/parameters/index.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { WholeFloat } from "../../../src/text/whole-float.ts";
import {
  csharpText,
  decode,
  fsharpText,
  juliaText,
  matlabText,
  powershellText,
  rText,
  scalaText,
  type ReadText,
} from "./decode.ts";
import { textsIn, values, type ValueRules } from "./values.ts";

const number = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;

interface Case {
  readonly language: string;
  readonly read: ReadText;
  /** All that a literal may be made of, but for its texts, which are `§`. */
  readonly tokens: string;
  /** A whole statement, the literal in a group. */
  readonly statement: RegExp;
  readonly rules?: ValueRules;
  /** What stands before texts that are no text of the value: digits of big integers. */
  readonly digits?: RegExp;
  /** A text that the language's own form of a map has. */
  readonly option?: string;
}

const cases: readonly Case[] = [
  {
    language: "R",
    read: rText,
    tokens: `NULL|TRUE|FALSE|NaN|-?Inf|${number}|structure\\(list\\(|names = c\\(|list\\(|\\)|, |§ = |§`,
    statement: /^value = (.*)$/,
    rules: { nul: false, surrogates: false, big: false },
  },
  {
    language: "Julia",
    read: juliaText,
    tokens: `nothing|true|false|NaN|-?Inf|${number}|Any\\[|\\[|\\]|Dict\\(|\\)|, |§ => |§`,
    statement: /^value = (.*)$/,
  },
  {
    language: "Scala",
    read: scalaText,
    tokens: `None|true|false|Double\\.(?:NaN|PositiveInfinity|NegativeInfinity)|${number}L?|BigInt\\(§\\)|Seq(?:\\[Any\\])?\\(|Map\\(|\\)|, |§ -> |§`,
    statement: /^val value = (.*)$/,
    digits: /BigInt\($/,
  },
  {
    language: "C#",
    read: csharpText,
    tokens: `default\\(object\\)|true|false|double\\.(?:NaN|PositiveInfinity|NegativeInfinity)|${number}L?|System\\.Numerics\\.BigInteger\\.Parse\\(§\\)|new (?:object)?\\[\\] \\{ |new System\\.Collections\\.Generic\\.Dictionary<string, object> \\{| \\{ | \\}|, |,(?= \\{)|\\}|§`,
    statement: /^var value = (.*);$/,
    digits: /Parse\($/,
  },
  {
    language: "F#",
    read: fsharpText,
    tokens: `None|true|false|System\\.Double\\.(?:NaN|PositiveInfinity|NegativeInfinity)|${number}[LI]?|box \\(|\\)|\\(§, |Map\\.ofList<string, obj> |\\[ | \\]|\\[\\]|; |§`,
    statement: /^let value = (.*)$/,
  },
  {
    language: "PowerShell",
    read: powershellText,
    tokens: `\\$(?:null|true|false)|\\[double\\]::(?:NaN|PositiveInfinity|NegativeInfinity)|${number}|\\(\\[bigint\\]§\\)|@\\(|\\)|@\\{|\\}|, |; |§ = |§`,
    statement: /^\$value = (.*)$/,
    digits: /\[bigint\]$/,
  },
  {
    language: "MATLAB",
    read: matlabText,
    tokens: `NaN|true|false|-?Inf|${number}|0x[\\da-f]{16}[su]64|\\{|\\}|containers\\.Map\\(|\\)|, |§`,
    statement: /^value = (.*);$/,
    rules: { big: false },
    option: "UniformValues",
  },
];

for (const { language: title, read, tokens, statement, rules, digits, option } of cases) {
  const language = requireLanguage(title, undefined);
  test(`${title}: a literal is its texts, and nothing but data between them`, () => {
    fc.assert(
      fc.property(values(rules), (value) => {
        let source: string;
        try {
          source = translateParameters({ value }, language);
        } catch (error) {
          // Keys that PowerShell cannot tell apart.
          assert.ok(error instanceof NbjobError && title === "PowerShell");
          return;
        }
        const [comment, line = "", ...more] = source.split("\n");
        assert.equal(comment, language.comment("Parameters"));
        assert.deepEqual(more, [""]);
        const literal = statement.exec(line)?.[1];
        assert.ok(literal !== undefined, line);
        const { texts, rest } = decode(literal, read);
        assert.match(rest, new RegExp(`^(?:${tokens})+$`));
        const before = rest.split("§");
        const own = texts.filter((text, index) => digits?.test(before[index] ?? "") !== true && text !== option);
        assert.deepEqual(own.toSorted(), textsIn(value).toSorted(), literal);
      }),
      { numRuns: 1500 },
    );
  });

  test(`${title}: a list of texts keeps their order`, () => {
    const text = values(rules).filter((value) => typeof value === "string");
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (list) => {
        const line = translateParameters({ value: list }, language).split("\n")[1] ?? "";
        assert.deepEqual(decode(statement.exec(line)?.[1] ?? "", read).texts, list);
      }),
    );
  });
}

test("Scala before 2.13.2, which reads \\u before it reads texts, reads the same", () => {
  const scala = requireLanguage("scala", undefined);
  fc.assert(
    fc.property(values(), (value) => {
      const source = translateParameters({ value }, scala);
      const early = source.replaceAll(/(\\+)u([\da-f]{4})/g, (whole, slashes: string, digits: string) =>
        slashes.length % 2 === 1 ? slashes.slice(1) + String.fromCharCode(Number.parseInt(digits, 16)) : whole,
      );
      const [, ...lines] = early.split("\n");
      assert.deepEqual(decode(lines.join("\n"), scalaText), decode(source.split("\n")[1] + "\n", scalaText));
    }),
    { numRuns: 1000 },
  );
});

const shapes: readonly (readonly [language: string, value: ParameterValue, literal: string])[] = [
  ["R", { a: [1, null], "": true }, 'structure(list(list(1, NULL), TRUE), names = c("a", ""))'],
  ["Julia", [1, true], "Any[1, true]"],
  ["Julia", [1, 0.5], "[1, 0.5]"],
  ["Julia", [2n ** 62n, 0.5], "Any[4611686018427387904, 0.5]"],
  ["Julia", [{ a: 1 }, { a: "b" }], 'Any[Dict("a" => 1), Dict("a" => "b")]'],
  ["Scala", [5_000_000_000, 0.5], "Seq[Any](5000000000L, 0.5)"],
  ["Scala", 2n ** 64n, 'BigInt("18446744073709551616")'],
  ["Scala", -(2n ** 63n), "-9223372036854775808L"],
  ["C#", [1, 2], "new [] { 1, 2 }"],
  ["C#", [1, 2_147_483_648], "new object[] { 1, 2147483648L }"],
  ["C#", [], "new object[] { }"],
  ["C#", { a: null }, 'new System.Collections.Generic.Dictionary<string, object> { { "a", default(object) } }'],
  ["F#", [-1, "a"], '[ box (-1); box ("a") ]'],
  ["F#", 2n ** 64n, "18446744073709551616I"],
  ["F#", { a: 1 }, 'Map.ofList<string, obj> [ ("a", box (1)) ]'],
  ["PowerShell", [[1, 2]], "@(, @(1, 2))"],
  ["PowerShell", -(2n ** 63n), "([bigint]'-9223372036854775808')"],
  ["PowerShell", "it's", "'it''s'"],
  ["PowerShell", { a: "b\n" }, "@{'a' = ('b' + [char]0x000a)}"],
  ["MATLAB", 2n ** 53n + 1n, "0x0020000000000001s64"],
  ["MATLAB", -(2n ** 53n) - 1n, "0xffdfffffffffffffs64"],
  ["MATLAB", 2n ** 64n - 1n, "0xffffffffffffffffu64"],
  ["MATLAB", 'say "hi"\n', '("say ""hi""" + char(10))'],
  ["MATLAB", { "a\n": [1] }, "containers.Map({['a' char(10)]}, {{1}}, 'UniformValues', false)"],
  ["JavaScript", { __proto__x: 1, ["__proto__"]: 2 }, '{ "__proto__x": 1, ["__proto__"]: 2 }'],
  ["JavaScript", new WholeFloat(3), "3.0"],
];
for (const [title, value, literal] of shapes) {
  test(`${title}: ${literal}`, () => {
    const language = requireLanguage(title, undefined);
    const line = translateParameters({ value }, language).split("\n")[1];
    assert.equal(line, language.assign("value", literal));
  });
}
