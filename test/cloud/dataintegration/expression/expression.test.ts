import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { CallAnswer } from "../../identity/caller.ts";
import { evaluate, holds, type Value } from "./evaluate.ts";
import { parseExpression, type Expression } from "./parse.ts";
import { ExpressionError } from "./tokens.ts";

const response: CallAnswer = {
  status: 200,
  payload: JSON.stringify({
    lifecycleState: "SUCCEEDED",
    id: "ocid1.run",
    n: 3,
    none: null,
    deep: { "a-b": [{ c: "x" }, { c: "y" }] },
    items: [{ status: "SUCCESS" }],
  }),
  headers: { "opc-work-request-id": ["w1"], status: ["COMPLETED"] },
};

const of = (text: string): Value => evaluate(text, response);

/** Writes an expression with all its brackets. */
function written(expression: Expression): string {
  switch (expression.kind) {
    case "value":
      return typeof expression.value === "string"
        ? `'${expression.value.replaceAll("'", "''")}'`
        : String(expression.value);
    case "variable":
      return expression.name;
    case "not":
      return `(NOT ${written(expression.of)})`;
    case "minus":
      return `(- ${written(expression.of)})`;
    case "isNull":
      return `(${written(expression.of)} is null)`;
    case "isNotNull":
      return `(${written(expression.of)} IS NOT NULL)`;
    case "binary":
      return `(${written(expression.left)} ${expression.operator} ${written(expression.right)})`;
    case "call":
      return `${expression.name.toLowerCase()}(${expression.args.map(written).join(", ")})`;
    default:
      return `CAST(${written(expression.of)} AS ${expression.type})`;
  }
}

const { expression: anyExpression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string({ unit: "binary" }), fc.nat()).map((value): Expression => ({ kind: "value", value })),
    fc
      .constantFrom("SYS.RESPONSE_STATUS", "SYS.RESPONSE_PAYLOAD_JSON")
      .map((name): Expression => ({ kind: "variable", name })),
    fc
      .tuple(fc.constantFrom("not", "minus", "isNull", "isNotNull"), tie("expression"))
      .map(([kind, inner]): Expression => ({ kind, of: inner })),
    fc
      .tuple(
        fc.constantFrom("OR", "AND", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*"),
        tie("expression"),
        tie("expression"),
      )
      .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right })),
    fc
      .tuple(fc.constantFrom("CONCAT", "NVL", "JSON_PATH"), tie("expression"), tie("expression"))
      .map(([name, ...args]): Expression => ({ kind: "call", name, args })),
    fc
      .tuple(fc.constantFrom("STRING", "JSON_TEXT"), tie("expression"))
      .map(([type, inner]): Expression => ({ kind: "cast", of: inner, type })),
  ),
}));

suite("the expression language", () => {
  test("published conditions mean what they say", () => {
    const state = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String)";
    assert.ok(holds(`SYS.RESPONSE_STATUS >= 200 AND SYS.RESPONSE_STATUS < 300 AND ${state} == 'SUCCEEDED'`, response));
    assert.ok(!holds(`${state} != 'SUCCEEDED' AND ${state} != 'FAILED'`, response));
    assert.ok(holds("(CAST(JSON_PATH(SYS.RESPONSE_PAYLOAD, '$.items[0].status') as String) == 'SUCCESS')", response));
    assert.ok(holds("SYS.RESPONSE_STATUS < 300 and JSON_PATH(SYS.RESPONSE_PAYLOAD, '$.id') == 'ocid1.run'", response));
    assert.equal(of("json_path(SYS.RESPONSE_PAYLOAD_JSON, '$.id')"), "ocid1.run");
    assert.equal(of("CAST(json_path(SYS.RESPONSE_HEADERS, '$.opc-work-request-id[0]') AS String)\t"), "w1");
    assert.equal(of("CAST(json_path(SYS.RESPONSE_PAYLOAD, 'id') AS String)"), "ocid1.run");
  });

  test("paths lead to names, indices and everything", () => {
    assert.equal(of("json_path(SYS.RESPONSE_PAYLOAD, '$.deep.a-b[1].c')"), "y");
    assert.equal(of("json_path(SYS.RESPONSE_PAYLOAD, '$[''deep''][\"a-b\"][-1].c')"), "y");
    assert.equal(of("CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.deep.a-b[*].c') AS String)"), '["x","y"]');
    assert.equal(of("CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.deep') AS String)"), '{"a-b":[{"c":"x"},{"c":"y"}]}');
    assert.equal(of("json_path(CAST('{\"a\":1}' AS JSON_TEXT), '$.a') + 1"), 2);
    for (const absent of ["$.absent", "$.none", "$.n.x", "$.deep[0]", "$.items[7]", "$.toString"]) {
      assert.equal(of(`json_path(SYS.RESPONSE_PAYLOAD, '${absent}')`), null, absent);
    }
    assert.equal(evaluate("json_path(SYS.RESPONSE_PAYLOAD, '$.id')", { ...response, payload: "<html>" }), null);
    assert.throws(() => of("json_path(SYS.RESPONSE_PAYLOAD, '$..id')"), ExpressionError);
  });

  test("functions, arithmetic, precedence", () => {
    assert.equal(of("CONCAT(UPPER('a'), LOWER('B'), 1 + 2 * 3 - -1)"), "Ab8");
    assert.equal(of("LENGTH('it''s')"), 4);
    assert.equal(of("NVL(json_path(SYS.RESPONSE_PAYLOAD, '$.none'), 'x')"), "x");
    assert.equal(of("DATE_ADD('2026-01-31', 1)"), "2026-02-01");
    assert.equal(of("NOT 1 == 2 AND 1 == 1"), true);
    assert.equal(of("1 == 1 OR 1 == 2 AND 1 == 3"), true);
    assert.equal(of("'10' > 9"), true);
  });

  test("what is unknown is neither true nor false, and stops polling", () => {
    const absent = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.absent') AS String)";
    assert.equal(of(`${absent} != 'SUCCEEDED'`), null);
    assert.ok(!holds(`${absent} != 'SUCCEEDED'`, response));
    assert.equal(of(`${absent} == 'a' OR 1 == 1`), true);
    assert.equal(of(`${absent} == 'a' AND 1 == 2`), false);
    assert.equal(of(`NOT (${absent} == 'a')`), null);
    assert.ok(holds(`${absent} IS NULL AND SYS.RESPONSE_STATUS IS NOT NULL`, response));
  });

  test("what is not of the language is refused", () => {
    const wrong = [
      "",
      "   ",
      "1 = 1",
      "1 === 1",
      "1 <> 2",
      "a",
      "TRUE",
      "1 / 2",
      "1 % 2",
      "x LIKE 'a'",
      "1 IN (1)",
      "'a",
      '"a"',
      "1 == 2 == 3",
      "1 +",
      "(1",
      "1)",
      "AND",
      "NVL(1)",
      "UPPER()",
      "UPPER('a', 'b')",
      "REGEXP_REPLACE('a','b','c')",
      "CAST(1 AS INTEGER)",
      "CAST(1)",
      "SYS.REGION",
      "SYS.RESPONSE",
      "${A} == 1",
      "#{A}",
      "1; 2",
      "a.b",
      "IS NULL",
      "1 IS 2",
      "(".repeat(5000),
      "NOT ".repeat(100_000),
      "- ".repeat(100_000),
    ];
    for (const text of wrong) assert.throws(() => parseExpression(text), ExpressionError, text.slice(0, 40));
    assert.throws(() => holds("1 + 1", response), ExpressionError);
    assert.throws(() => of("'a' + 1"), ExpressionError);
    assert.throws(() => of("1 AND 2"), ExpressionError);
  });

  test("property: whatever is written with all its brackets is read as it was meant", () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        assert.deepEqual(parseExpression(written(expression)), expression);
      }),
    );
  });

  test("property: evaluation ends in a value or says why not", () => {
    const any = fc.record({ status: fc.nat(), payload: fc.oneof(fc.string(), fc.json()), headers: fc.constant({}) });
    fc.assert(
      fc.property(anyExpression, any, (expression, values) => {
        try {
          const value = evaluate(expression, values);
          assert.ok(value === null || ["string", "number", "boolean", "object"].includes(typeof value));
        } catch (error) {
          assert.ok(error instanceof ExpressionError, String(error));
        }
      }),
    );
  });

  test("property: any text at all is an expression or is refused", () => {
    const words = fc.constantFrom(
      "NOT",
      "AND",
      "(",
      ")",
      "1",
      "'a'",
      "IS",
      "NULL",
      "==",
      "-",
      "CAST",
      "AS",
      "String",
      ",",
      "UPPER",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(text, (any) => {
        try {
          parseExpression(any);
        } catch (error) {
          assert.ok(error instanceof ExpressionError, String(error));
        }
      }),
    );
  });

  test("property: AND, OR and NOT are those of arithmetic with three values", () => {
    const value = fc.constantFrom(0, 0.5, 1);
    const text = (three: number): string => (three === 0.5 ? "(NULL == 1)" : `(${three} == 1)`);
    const number = (result: Value): number => (result === null ? 0.5 : Number(result));
    fc.assert(
      fc.property(value, value, (a, b) => {
        assert.equal(number(of(`${text(a)} AND ${text(b)}`)), Math.min(a, b));
        assert.equal(number(of(`${text(a)} OR ${text(b)}`)), Math.max(a, b));
        assert.equal(number(of(`NOT ${text(a)}`)), 1 - a);
      }),
    );
  });
});
