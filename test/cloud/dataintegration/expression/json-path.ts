/** Goessner's JSONPath, as far as conditions use it: names, indices and `*`. */
import { isRecord } from "../../http/exchange.ts";
import { ExpressionError } from "./tokens.ts";

/** A name, an index, or `*` for everything. */
type Step = string | number;

/** What the path leads to; undefined where it leads nowhere. With `*` in it, an array of everything. */
export function jsonPath(value: unknown, path: string): unknown {
  const steps = stepsOf(path);
  let found: readonly unknown[] = [value];
  for (const step of steps) found = found.flatMap((from) => follow(from, step));
  return steps.includes("*") ? found : found[0];
}

function follow(value: unknown, step: Step): readonly unknown[] {
  if (Array.isArray(value)) {
    if (step === "*") return value;
    const item: unknown = typeof step === "number" ? value.at(step) : undefined;
    return item === undefined ? [] : [item];
  }
  if (!isRecord(value)) return [];
  if (step === "*") return Object.values(value);
  const name = String(step);
  return Object.hasOwn(value, name) && value[name] !== undefined ? [value[name]] : [];
}

/** A path without its `$.` is understood too. */
function stepsOf(path: string): readonly Step[] {
  const rest = path.startsWith("$") ? path.slice(1) : `.${path}`;
  const pattern =
    /\.(?<all>\*)|\.(?<name>[^.[\]*'"]+)|\[(?<star>\*)\]|\[(?<index>-?\d+)\]|\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]/y;
  const steps: Step[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < rest.length) {
    const groups = pattern.exec(rest)?.groups;
    if (groups === undefined) throw new ExpressionError(`The JSON path "${path}" is not understood.`);
    if (groups.index !== undefined) steps.push(Number(groups.index));
    else steps.push(groups.name ?? groups.single ?? groups.double ?? "*");
  }
  return steps;
}
