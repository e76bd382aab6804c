/**
 * A notebook's file, whole or in the pieces of which it is made, so that a save after each cell need not write what it
 * wrote before:
 *
 * `notebookHead` (cell head, outputs, cell tail) `cellSeparator` (…) `notebookTail`
 *
 * An output is `outputText`, and `outputSeparator` stands between two of them.
 */
import { jsonText, sortedKeys } from "./json-writer.ts";
import { splitLines } from "./lines.ts";
import { splitBundle } from "./mime.ts";
import type { Cell, Json, Metadata, MimeBundle, Notebook, Output } from "./types.ts";

/** Levels in which a cell stands. */
const cellDepth = 2;
const outputDepth = 4;

/** Between two cells. */
export const cellSeparator = `,\n${" ".repeat(cellDepth)}`;
/** Between two outputs of one cell. */
export const outputSeparator = `,\n${" ".repeat(outputDepth)}`;

/**
 * The whole file, as nbformat writes it, in UTF-8. Its result is that of the pieces put together.
 * Metadata that is not for files is left out: `signature`, `orig_nbformat`, `orig_nbformat_minor`, `trusted`.
 */
export function serializeNotebook(notebook: Notebook): Buffer {
  return Buffer.concat([...notebookChunks(notebook)]);
}

/** The whole file, a cell at a time. */
export function* notebookChunks(notebook: Notebook): Generator<Buffer> {
  const any = notebook.cells.length > 0;
  yield Buffer.from(notebookHead(any));
  for (const [index, cell] of notebook.cells.entries())
    yield Buffer.from((index === 0 ? "" : cellSeparator) + cellText(cell));
  yield Buffer.from(notebookTail(notebook));
}

/** What stands before the first cell. */
export function notebookHead(anyCells: boolean): string {
  return anyCells ? `{\n "cells": [\n${" ".repeat(cellDepth)}` : '{\n "cells": [';
}

/** What stands after the last cell: metadata and version. */
export function notebookTail(notebook: Notebook): string {
  const { cells, nbformat, nbformat_minor: minor } = notebook;
  const { signature: _, orig_nbformat: __, orig_nbformat_minor: ___, ...metadata } = notebook.metadata;
  return `${cells.length > 0 ? "\n ]" : "]"},\n "metadata": ${jsonText(metadata, 1)},\n "nbformat": ${nbformat},\n "nbformat_minor": ${minor}\n}\n`;
}

/** A whole cell, with its outputs. */
export function cellText(cell: Cell): string {
  if (cell.cell_type !== "code") return jsonText(diskCell(cell), cellDepth);
  return cellHead(cell) + cell.outputs.map(outputText).join(outputSeparator) + cellTail(cell, cell.outputs.length > 0);
}

/**
 * A code cell up to where its first output begins.
 * @param anyOutputs whether it will have outputs; the cell's own are not looked at
 */
export function cellHead(cell: Cell & { cell_type: "code" }, anyOutputs = cell.outputs.length > 0): string {
  return `{${members(cell, (key) => key < "outputs")},\n   "outputs": [${anyOutputs ? `\n${" ".repeat(outputDepth)}` : ""}`;
}

/** A code cell from where its last output ended. */
export function cellTail(cell: Cell & { cell_type: "code" }, anyOutputs = cell.outputs.length > 0): string {
  return `${anyOutputs ? "\n   ]" : "]"},${members(cell, (key) => key > "outputs")}\n  }`;
}

function members(cell: Cell, wanted: (key: string) => boolean): string {
  const onDisk = diskCell(cell);
  return sortedKeys(onDisk)
    .filter(wanted)
    .map((key) => `\n   ${JSON.stringify(key)}: ${jsonText(onDisk[key] ?? null, cellDepth + 1)}`)
    .join(",");
}

/** A cell as it stands on disk, without its outputs. */
function diskCell(cell: Cell): { [key: string]: Json } {
  const { trusted: _, ...metadata } = cell.metadata;
  const onDisk: { [key: string]: Json } = { ...cell, metadata, source: splitLines(cell.source) };
  if (cell.cell_type === "code") delete onDisk["outputs"];
  else if (cell.attachments) onDisk["attachments"] = splitAttachments(cell.attachments);
  return onDisk;
}

function splitAttachments(attachments: { [name: string]: MimeBundle }): Metadata {
  return Object.fromEntries(Object.entries(attachments).map(([name, bundle]) => [name, splitBundle(bundle)]));
}

/** One output. */
export function outputText(output: Output): string {
  return jsonText(diskOutput(output), outputDepth);
}

function diskOutput(output: Output): { [key: string]: Json } {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  if (output.output_type === "execute_result" || output.output_type === "display_data")
    return { ...output, data: splitBundle(output.data) };
  return output;
}
