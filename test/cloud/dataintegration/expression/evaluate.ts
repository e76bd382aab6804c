/** Evaluates expressions on a response, with SQL's idea of what is unknown: NULL compared with anything is NULL. */
import type { CallAnswer } from "../../identity/caller.ts";
import { jsonPath } from "./json-path.ts";
import { parseExpression, type Expression, type Operator } from "./parse.ts";
import { ExpressionError } from "./tokens.ts";

/** `json` is what is structured: an object or a list. */
export type Value = string | number | boolean | null | { readonly json: unknown };

/** @throws {ExpressionError} */
export function evaluate(expression: Expression | string, response: CallAnswer): Value {
  return valueOf(typeof expression === "string" ? parseExpression(expression) : expression, response);
}

/** Whether a condition holds; what is unknown does not. @throws {ExpressionError} */
export function holds(condition: string, response: CallAnswer): boolean {
  const value = evaluate(condition, response);
  if (value !== null && typeof value !== "boolean") {
    throw new ExpressionError(`The condition is ${textOf(value)}, which is neither true nor false.`);
  }
  return value === true;
}

/** A value as text, for a URL. */
export function textOf(value: Value): string {
  if (value === null) return "null";
  return typeof value === "object" ? JSON.stringify(value.json) : String(value);
}

function valueOf(expression: Expression, response: CallAnswer): Value {
  const of = (inner: Expression): Value => valueOf(inner, response);
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "variable":
      return variableOf(expression.name, response);
    case "not": {
      const value = truth(of(expression.of));
      return value === null ? null : !value;
    }
    case "minus": {
      const value = numeric(of(expression.of));
      return value === null ? null : -value;
    }
    case "isNull":
      return of(expression.of) === null;
    case "isNotNull":
      return of(expression.of) !== null;
    case "cast": {
      const value = of(expression.of);
      if (value === null) return null;
      return expression.type === "STRING" ? textOf(value) : fromJson(parsed(value));
    }
    case "binary":
      return binary(expression.operator, of(expression.left), of(expression.right));
    case "call":
      return call(expression.name, expression.args.map(of));
    default:
      return expression satisfies never;
  }
}

function variableOf(name: string, { status, payload, headers }: CallAnswer): Value {
  if (name === "SYS.RESPONSE_STATUS") return status;
  if (name === "SYS.RESPONSE_PAYLOAD") return payload;
  if (name === "SYS.RESPONSE_HEADERS") return JSON.stringify(headers);
  return fromJson(name === "SYS.RESPONSE_HEADERS_JSON" ? headers : parsed(payload));
}

function binary(operator: Operator, left: Value, right: Value): Value {
  if (operator === "AND" || operator === "OR") return logical(operator, truth(left), truth(right));
  if (operator === "+" || operator === "-" || operator === "*") {
    const [a, b] = [numeric(left), numeric(right)];
    if (a === null || b === null) return null;
    return operator === "+" ? a + b : operator === "-" ? a - b : a * b;
  }
  return compare(operator, left, right);
}

function logical(operator: "AND" | "OR", a: boolean | null, b: boolean | null): boolean | null {
  const decisive = operator === "OR";
  if (a === decisive || b === decisive) return decisive;
  return a === null || b === null ? null : !decisive;
}

function compare(operator: Operator, left: Value, right: Value): boolean | null {
  if (left === null || right === null) return null;
  const numbers = typeof left === "number" || typeof right === "number";
  const [a, b] = numbers ? [toNumber(left), toNumber(right)] : [textOf(left), textOf(right)];
  if (a === null || b === null) return null;
  switch (operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

function call(name: string, args: readonly Value[]): Value {
  const [first = null, second = null] = args;
  if (name === "NVL") return first ?? second;
  if (args.includes(null)) return null;
  switch (name) {
    case "JSON_PATH":
      return fromJson(jsonPath(parsed(first), textOf(second)));
    case "CONCAT":
      return args.map(textOf).join("");
    case "LENGTH":
      return textOf(first).length;
    case "UPPER":
      return textOf(first).toUpperCase();
    case "LOWER":
      return textOf(first).toLowerCase();
    default:
      return dateAdd(textOf(first), numeric(second) ?? 0);
  }
}

/** `DATE_ADD('2026-01-31', 1)` is `2026-02-01`. */
function dateAdd(date: string, days: number): string | null {
  const time = /^\d{4}-\d{2}-\d{2}/.test(date) ? Date.parse(date.slice(0, 10)) : Number.NaN;
  const moved = new Date(time + Math.trunc(days) * 86_400_000);
  return Number.isNaN(moved.getTime()) ? null : moved.toISOString().slice(0, 10);
}

/** JSON of a text; what is no JSON has nothing in it. */
function parsed(value: Value): unknown {
  if (typeof value === "object") return value?.json;
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}

function fromJson(value: unknown): Value {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return { json: value };
}

function truth(value: Value): boolean | null {
  if (value === null || typeof value === "boolean") return value;
  throw new ExpressionError(`AND, OR and NOT take conditions, not ${textOf(value)}.`);
}

function numeric(value: Value): number | null {
  if (value === null) return null;
  const number = toNumber(value);
  if (number === null) throw new ExpressionError(`Arithmetic takes numbers, not ${textOf(value)}.`);
  return number;
}

function toNumber(value: Value): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^\s*[-+]?\d+(\.\d+)?\s*$/.test(value)) return null;
  return Number(value);
}
