/** Notebooks of nbformat 2 and 3 as cells of version 4, as Python's nbformat upgrades them. */
import { at, isObject, type Faults, type JsonObject } from "./faults.ts";
import { JsonSyntaxError, parseJson } from "./json-reader.ts";
import { splitLines } from "./lines.ts";
import { isTextList } from "./mime.ts";
import type { Json } from "./types.ts";

/** A cell and where in the file it stands. */
export interface PlacedCell {
  readonly cell: JsonObject;
  readonly path: string;
}

/** The short names that outputs had for their types. */
const mimes: Readonly<Record<string, string>> = {
  text: "text/plain",
  html: "text/html",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  latex: "text/latex",
  json: "application/json",
  javascript: "application/javascript",
};

/** Names of outputs' data that stood in lines. */
const inLines = ["text", "html", "svg", "latex", "javascript", "json"];

/** The cells of all worksheets, one after the other. */
export function upgradeOld(document: JsonObject, major: 2 | 3, faults: Faults): PlacedCell[] {
  const join = major === 2 ? joinBare : joinLines;
  const placed: PlacedCell[] = [];
  for (const [sheetIndex, sheet] of (faults.list("$.worksheets", document["worksheets"]) ?? []).entries()) {
    const sheetPath = `$.worksheets[${sheetIndex}]`;
    const cells = faults.list(`${sheetPath}.cells`, faults.object(sheetPath, sheet)?.["cells"] ?? undefined);
    for (const [index, raw] of (cells ?? []).entries()) {
      const path = `${sheetPath}.cells[${index}]`;
      const cell = faults.object(path, raw);
      if (cell) placed.push({ cell: upgradeCell(cell, path, join, faults), path });
    }
  }
  return placed;
}

type Join = (lines: string[]) => string;

/** Version 2 wrote lines without their ends. */
const joinBare: Join = (lines) => lines.join("\n");

/** Version 3 wrote them with their ends, but read what version 2 had written. */
const joinLines: Join = (lines) => lines.join(/[\n\r]$/.test(lines[0] ?? "") ? "" : "\n");

function upgradeCell(raw: JsonObject, path: string, join: Join, faults: Faults): JsonObject {
  const { cell_type: type, metadata = {}, language: _, rendered: __, trusted: ___, ...rest } = raw;
  if (type === "code") {
    const { input = "", prompt_number: count = null, outputs, collapsed, ...others } = rest;
    const list = faults.list(at(path, "outputs"), outputs) ?? [];
    return {
      ...others,
      cell_type: type,
      metadata: collapsed === undefined || !isObject(metadata) ? metadata : { ...metadata, collapsed },
      source: joined(input, join),
      execution_count: count,
      outputs: list.map((output, index) => upgradeOutput(output, `${at(path, "outputs")}[${index}]`, join, faults)),
    };
  }
  const source = joined(rest["source"] ?? "", join);
  if (type === "heading") {
    const { level = 1, ...others } = rest;
    const hashes = "#".repeat(typeof level === "number" && level > 0 && level < 1000 ? level : 1);
    return { ...others, cell_type: "markdown", metadata, source: `${hashes} ${oneLine(source)}` };
  }
  return { ...rest, cell_type: type === "html" ? "markdown" : (type ?? null), metadata, source };
}

function joined(value: Json, join: Join): Json {
  return isTextList(value) ? join(value) : value;
}

function oneLine(source: Json): string {
  if (typeof source !== "string") return "";
  return splitLines(source)
    .map((line) => line.replace(/(?:\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029])$/, "")) // oxlint-disable-line no-control-regex -- Python's line ends
    .join(" ");
}

function upgradeOutput(value: Json, path: string, join: Join, faults: Faults): Json {
  if (!isObject(value)) return value;
  const raw = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, inLines.includes(key) ? joined(item, join) : item]),
  );
  const { output_type: type, ...rest } = raw;
  if (type === "pyerr") return { ...rest, output_type: "error" };
  if (type === "stream") {
    const { stream = "stdout", ...others } = rest;
    return { ...others, output_type: type, name: stream };
  }
  if (type !== "pyout" && type !== "display_data") return raw;
  const { metadata = {}, prompt_number: count, ...others } = rest;
  const data = toMimes(others);
  if (data["application/json"] !== undefined) data["application/json"] = parsed(data["application/json"], path, faults);
  const output = { data, metadata: isObject(metadata) ? toMimes(metadata) : metadata };
  if (type === "display_data") return { ...output, output_type: type };
  return { ...output, output_type: "execute_result", execution_count: count ?? null };
}

function toMimes(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [mimes[key] ?? key, item]));
}

/** JSON was kept as its text. */
function parsed(value: Json, path: string, faults: Faults): Json {
  try {
    if (typeof value === "string") return parseJson(value);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  faults.add(at(path, "json"), value, "a text that is JSON");
  return null;
}
