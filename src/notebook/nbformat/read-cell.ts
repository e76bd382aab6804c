import { at, type JsonObject } from "./faults.ts";
import { isJsonMime, joinBundle } from "./mime.ts";
import { readCellMetadata } from "./read-metadata.ts";
import type { Reading } from "./read.ts";
import type { Cell, Json, Metadata, MimeBundle, Output, TextCell } from "./types.ts";

/** A cell of version 4, of any minor one; undefined where its faults leave nothing. */
export function readCell(raw: JsonObject, path: string, reading: Reading): Cell | undefined {
  const { faults } = reading;
  const type = raw["cell_type"];
  const id = typeof raw["id"] === "string" ? raw["id"] : "";
  if (type !== "code" && type !== "markdown" && type !== "raw") {
    if (reading.newer && typeof type === "string") return unknownCell(raw, path, id, reading);
    faults.add(at(path, "cell_type"), type, '"code", "markdown" or "raw"');
    return undefined;
  }
  const metadata = readCellMetadata(raw["metadata"], at(path, "metadata"), type, reading);
  const source = faults.lines(at(path, "source"), raw["source"]);
  if (type === "code") {
    const keys = ["id", "cell_type", "metadata", "source", "outputs", "execution_count"];
    const rawOutputs = faults.list(at(path, "outputs"), raw["outputs"]) ?? [];
    const outputs = rawOutputs.flatMap((output, index) =>
      readOutput(output, `${at(path, "outputs")}[${index}]`, reading),
    );
    const count = faults.count(at(path, "execution_count"), raw["execution_count"]);
    return {
      ...others(raw, keys, path, reading),
      cell_type: type,
      id,
      metadata,
      source,
      outputs,
      execution_count: count,
    };
  }
  const rest = others(raw, ["id", "cell_type", "metadata", "source", "attachments"], path, reading);
  const cell: TextCell = { ...rest, cell_type: type, id, metadata, source };
  if (raw["attachments"] !== undefined)
    cell.attachments = readAttachments(raw["attachments"], at(path, "attachments"), reading);
  return cell;
}

/** A cell of a kind that a later version has: nothing looks at it, and it is written as it was. */
function unknownCell(raw: JsonObject, path: string, id: string, reading: Reading): Cell {
  const metadata = { ...reading.faults.object(at(path, "metadata"), raw["metadata"]) };
  const source = raw["source"] === undefined ? "" : reading.faults.lines(at(path, "source"), raw["source"]);
  // Whoever runs or shows cells asks for "code" and "markdown" only, so any other type may pass for "raw".
  return { ...raw, id, metadata, source } as JsonObject & TextCell;
}

/** The properties beside the known ones: none, but in a notebook of a later version. */
function others(raw: JsonObject, known: readonly string[], path: string, { newer, warn }: Reading): JsonObject {
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => !known.includes(key)));
  if (newer) return rest;
  for (const key of Object.keys(rest)) warn(`${at(path, key)} has no place in a notebook; it is left out`);
  return {};
}

function readAttachments(value: Json, path: string, reading: Reading): { [name: string]: MimeBundle } {
  const attachments = Object.entries(reading.faults.object(path, value) ?? {});
  return Object.fromEntries(attachments.map(([name, bundle]) => [name, readBundle(bundle, at(path, name), reading)]));
}

function readBundle(value: Json | undefined, path: string, { faults }: Reading): MimeBundle {
  const bundle = joinBundle(faults.object(path, value) ?? {});
  for (const [mime, data] of Object.entries(bundle)) {
    if (typeof data !== "string" && !isJsonMime(mime)) faults.lines(at(path, mime), data);
  }
  return bundle;
}

/** A list of one output, or of none where its faults leave nothing. */
function readOutput(value: Json, path: string, reading: Reading): Output[] {
  const { faults } = reading;
  const raw = faults.object(path, value);
  if (!raw) return [];
  const type = raw["output_type"];
  if (type === "stream") {
    // Only these two are known; nbformat allows any.
    const name = faults.text(at(path, "name"), raw["name"]) as "stdout" | "stderr";
    const text = faults.lines(at(path, "text"), raw["text"]);
    return [{ ...others(raw, ["output_type", "name", "text"], path, reading), output_type: type, name, text }];
  }
  if (type === "error") {
    const ename = faults.text(at(path, "ename"), raw["ename"]);
    const evalue = faults.text(at(path, "evalue"), raw["evalue"]);
    const traceback = faults.texts(at(path, "traceback"), raw["traceback"]);
    const rest = others(raw, ["output_type", "ename", "evalue", "traceback"], path, reading);
    return [{ ...rest, output_type: type, ename, evalue, traceback }];
  }
  if (type === "display_data" || type === "execute_result") return [readDisplay(raw, type, path, reading)];
  // What a later version adds is kept, and shown by nobody.
  if (reading.newer && typeof type === "string") return [raw as JsonObject & Output];
  faults.add(at(path, "output_type"), type, '"stream", "display_data", "execute_result" or "error"');
  return [];
}

function readDisplay(raw: JsonObject, type: "display_data" | "execute_result", path: string, reading: Reading): Output {
  const data = readBundle(raw["data"], at(path, "data"), reading);
  const metadata: Metadata = { ...reading.faults.object(at(path, "metadata"), raw["metadata"]) };
  const known = ["output_type", "data", "metadata"];
  if (type === "display_data") return { ...others(raw, known, path, reading), output_type: type, data, metadata };
  const count = reading.faults.count(at(path, "execution_count"), raw["execution_count"]);
  const rest = others(raw, [...known, "execution_count"], path, reading);
  return { ...rest, output_type: type, data, metadata, execution_count: count };
}
