import type { ScalarNode } from "./node.ts";

type ScalarValue = ScalarNode["value"];

const nulls = new Set(["", "~", "null", "Null", "NULL"]);
const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
]);

/**
 * What an unquoted scalar means, by the core schema of YAML 1.2.2 (10.3.2): `yes`, `on` and `12:30` are text.
 * Two departures, both so that no digit is lost: integers beyond 2^53 become bigint, and a leading zero makes text.
 */
export function resolvePlain(text: string): ScalarValue {
  if (nulls.has(text)) return null;
  const truth = booleans.get(text);
  if (truth !== undefined) return truth;
  const first = text.charCodeAt(0);
  // Digits, "+", "-" and "." begin every number; most scalars are none and leave here.
  if (!((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e)) return text;
  return resolveInteger(text) ?? resolveFloat(text) ?? text;
}

/** An integer of the core schema; undefined where the text is none. */
export function resolveInteger(text: string): number | bigint | undefined {
  if (/^[-+]?(?:0|[1-9][0-9]*)$/.test(text)) return exact(BigInt(text.replace("+", "")));
  if (/^0o[0-7]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return exact(BigInt(text));
  return undefined;
}

/** A float of the core schema, `.inf` and `.nan` among them; undefined where the text is none. */
export function resolveFloat(text: string): number | undefined {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN;
  if (!/^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The date or date and time that YAML 1.1 calls a timestamp; undefined where the text is none or no real day. */
export function resolveTimestamp(text: string): Date | undefined {
  const match =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d*))?[ \t]*(?:(Z)|([-+])(\d{1,2})(?::?(\d{2}))?)?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  // Without a time of day YAML wants two digits each.
  if (match[4] === undefined && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const [year, month, day, hour, minute, second] = [part(1), part(2) - 1, part(3), part(4), part(5), part(6)];
  if (hour > 23 || minute > 59 || second > 59 || part(10) > 23 || part(11) > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second, Number((match[7] ?? "").slice(0, 3).padEnd(3, "0")));
  const offset = (part(10) * 60 + part(11)) * 60_000;
  return new Date(date.getTime() - (match[9] === "-" ? -offset : offset));
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
