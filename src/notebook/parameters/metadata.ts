import { pythonFloat, RawNumber } from "../nbformat/raw-number.ts";
import type { Json, Metadata, Notebook } from "../nbformat/types.ts";
import { plainOf, type ParameterValue, type Plain } from "./value.ts";

/** The values as a notebook's JSON keeps them: integers digit for digit, and NaN and Infinity bare, as Python's json writes them. */
function parametersAsJson(values: Readonly<Record<string, ParameterValue>>): Metadata {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, jsonOf(plainOf(value, `parameters.${name}`))]),
  );
}

/** Records the values where papermill and its readers look for them, `metadata.papermill.parameters`. */
export function recordParameters(notebook: Notebook, values: Readonly<Record<string, ParameterValue>>): void {
  const { papermill } = notebook.metadata;
  const before = isObject(papermill) ? papermill : {};
  notebook.metadata["papermill"] = { ...before, parameters: parametersAsJson(values) };
}

function jsonOf(value: Plain): Json {
  switch (value.kind) {
    case "null":
      return null;
    case "boolean":
    case "string":
      return value.value;
    case "integer": {
      const number = Number(value.value);
      return Number.isSafeInteger(number) ? number : new RawNumber(String(value.value));
    }
    case "float":
      return Number.isInteger(value.value) || !Number.isFinite(value.value)
        ? new RawNumber(pythonFloat(value.value))
        : value.value;
    case "list":
      return value.items.map(jsonOf);
    case "map":
      return Object.fromEntries(value.entries.map(([key, item]) => [key, jsonOf(item)]));
  }
}

function isObject(value: Json | undefined): value is Metadata {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof RawNumber);
}
