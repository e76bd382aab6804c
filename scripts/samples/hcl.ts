import { filled } from "./setting.ts";

/** A value as Terraform's language writes it below a name: maps as blocks, lists of maps as blocks again and again. */
export function hclLines(values: Readonly<Record<string, unknown>>, indent = 1): readonly string[] {
  const pad = "  ".repeat(indent);
  const scalars = Object.entries(values).filter(([, value]) => !isBlock(value) && value !== undefined);
  const width = Math.max(0, ...scalars.map(([key]) => key.length));
  return [
    ...scalars.map(([key, value]) => `${pad}${key.padEnd(width)} = ${scalar(value)}`),
    ...Object.entries(values).flatMap(([key, value]) => {
      if (!isBlock(value)) return [];
      const blocks = Array.isArray(value) ? value : [value];
      return blocks.flatMap((block: Readonly<Record<string, unknown>>) => [
        `${pad}${key} {`,
        ...hclLines(block, indent + 1),
        `${pad}}`,
      ]);
    }),
  ];
}

/** A map that is written as a value, not as a block. */
export class MapValue {
  readonly entries: Readonly<Record<string, string>>;

  constructor(entries: Readonly<Record<string, string>>) {
    this.entries = entries;
  }
}

function isBlock(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isBlock);
  return typeof value === "object" && value !== null && !(value instanceof MapValue);
}

function scalar(value: unknown): string {
  if (value instanceof MapValue) {
    const entries = Object.entries(value.entries).map(([key, text]) => `${JSON.stringify(key)} = ${quoted(text)}`);
    return `{ ${entries.join(", ")} }`;
  }
  if (Array.isArray(value)) return `[${value.map(scalar).join(", ")}]`;
  return typeof value === "string" ? quoted(value) : String(value);
}

/** A text that is a blank and nothing else is an expression; within a text it is put in. `${` of our own is kept from it. */
function quoted(text: string): string {
  const whole = /^\ue000([^\ue001]*)\ue001$/.exec(text);
  if (whole !== null) return expression(whole[1] ?? "");
  const escaped = JSON.stringify(text).replaceAll(/[$%](?=\{)/g, "$&$&");
  return filled(escaped, (name) => `\${${expression(name)}}`);
}

/** `workspace_id` is a variable; `oci_….id` is what it is. */
function expression(name: string): string {
  return name.includes(".") ? name : `var.${name}`;
}
