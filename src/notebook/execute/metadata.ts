/**
 * What an executed notebook says of its own execution, where tools look for it: nbformat's `metadata.execution` (times, per cell)
 * and papermill's `metadata.papermill` (times, statuses, parameters), in papermill's words: `completed`, `failed`, and
 * `pending` for cells that were never reached. What papermill has no word for stands in `metadata.nbjob`.
 */
import type { CodeCell, Metadata, Notebook } from "../nbformat/types.ts";
import { isJsonObject } from "../kernel/decode.ts";
import type { Kernel } from "../kernel/connection.ts";
import { widgetStateMime } from "../outputs/widgets.ts";
import type { Timing } from "./conversation.ts";
import type { CellStatus, ExecuteOptions } from "./types.ts";

/** Removes everything that an earlier execution left in the notebook. */
export function clearExecution(notebook: Notebook): void {
  const { widgets } = notebook.metadata;
  if (isJsonObject(widgets)) {
    const { [widgetStateMime]: _, ...others } = widgets;
    if (Object.keys(others).length > 0) notebook.metadata.widgets = others;
    else delete notebook.metadata.widgets;
  }
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    cell.outputs = [];
    cell.execution_count = null;
    delete cell.metadata.execution;
    delete cell.metadata.nbjob;
    cell.metadata.papermill = papermillCell("pending");
  }
}

/** The kernel that really runs the notebook. */
export function describeKernel(notebook: Notebook, kernel: Kernel): void {
  notebook.metadata.kernelspec = {
    display_name: kernel.displayName,
    language: kernel.language,
    name: kernel.name,
  };
  if (Object.keys(kernel.info.languageInfo).length > 0) notebook.metadata.language_info = kernel.info.languageInfo;
}

export function describeStart(notebook: Notebook, options: ExecuteOptions, started: Date): void {
  const before = isJsonObject(notebook.metadata.papermill) ? notebook.metadata.papermill : {};
  notebook.metadata.papermill = {
    default_parameters: {},
    environment_variables: {},
    parameters: options.parameters ?? before.parameters ?? {},
    input_path: options.inputPath ?? before.input_path ?? null,
    output_path: options.outputPath ?? before.output_path ?? null,
    start_time: timeOf(started),
    end_time: null,
    duration: null,
    exception: null,
    version: options.version ?? "nbjob",
  };
}

export function describeEnd(notebook: Notebook, started: Date, ended: Date, failed: boolean): void {
  const { papermill } = notebook.metadata;
  if (!isJsonObject(papermill)) return;
  papermill.end_time = timeOf(ended);
  papermill.duration = secondsBetween(started, ended);
  papermill.exception = failed ? true : null;
}

export function describeCellStart(cell: CodeCell, started: Date): void {
  cell.metadata.papermill = { ...papermillCell("running"), start_time: timeOf(started) };
}

export function describeCellEnd(
  cell: CodeCell,
  status: CellStatus,
  times: { readonly started: Date; readonly ended: Date; readonly timing: Timing },
): void {
  const { started, ended, timing } = times;
  cell.metadata.execution = { ...timing };
  cell.metadata.papermill = {
    status: status === "succeeded" ? "completed" : "failed",
    exception: status !== "succeeded",
    start_time: timeOf(started),
    end_time: timeOf(ended),
    duration: secondsBetween(started, ended),
  };
  if (status === "interrupted") cell.metadata.nbjob = { status };
}

/** A cell that did not run. */
export function describeIdle(cell: CodeCell, status: "skipped" | "excluded"): void {
  cell.metadata.nbjob = { status };
}

function papermillCell(status: "pending" | "running"): Metadata {
  return { status, exception: null, start_time: null, end_time: null, duration: null };
}

/** As papermill writes it: UTC, without a zone. */
function timeOf(date: Date): string {
  return date.toISOString().slice(0, -1);
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}
