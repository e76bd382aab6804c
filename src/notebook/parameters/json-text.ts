import { floatText, type Plain } from "./value.ts";

/** The value as JSON on one line, in its own order; integers digit for digit, NaN and Infinity bare, as Python writes and reads them. */
export function jsonText(value: Plain): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "boolean":
    case "integer":
      return String(value.value);
    case "float":
      return Number.isFinite(value.value) ? floatText(value.value) : String(value.value);
    case "string":
      return JSON.stringify(value.value);
    case "list":
      return `[${value.items.map(jsonText).join(",")}]`;
    case "map":
      return `{${value.entries.map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(",")}}`;
  }
}
