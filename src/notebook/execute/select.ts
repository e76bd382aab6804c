/** Which cells run, decided before anything does. */
import type { Cell, CodeCell, Notebook } from "../nbformat/types.ts";
import { NbjobError } from "../../text/errors.ts";
import type { CellRef, ExecuteOptions } from "./types.ts";

export interface PlannedCell {
  readonly cell: CodeCell;
  readonly ref: CellRef;
  /** `skipped`: blank, tagged `skip-execution`, or outside startCell…endCell. */
  readonly action: "run" | "skipped" | "excluded";
  /** An exception is what the cell is there to show. */
  readonly mayRaise: boolean;
}

/** The tag of the cell that sets parameters. */
export const injectedTag = "injected-parameters";

/**
 * The code cells of a notebook and what is to be done with each.
 * @throws {NbjobError} `invalid-job-file` where startCell or endCell names no cell
 */
export function planCells(
  notebook: Notebook,
  options: Pick<ExecuteOptions, "excludeTags" | "startCell" | "endCell" | "injectedCell" | "mask">,
): readonly PlannedCell[] {
  const { cells } = notebook;
  const { mask = (text: string) => text } = options;
  const injected =
    options.injectedCell === undefined
      ? cells.findIndex((cell) => tagsOf(cell).includes(injectedTag))
      : (options.injectedCell ?? -1);
  const of = cells.length - (injected < 0 ? 0 : 1);
  const indexOf = (at: number): number | undefined =>
    at === injected ? undefined : injected >= 0 && at > injected ? at - 1 : at;
  const first = bound(cells, options.startCell, "startCell", of, indexOf) ?? 0;
  const last = bound(cells, options.endCell, "endCell", of, indexOf) ?? of;
  const excluded = new Set(options.excludeTags);
  return cells.flatMap((cell, at) => {
    if (cell.cell_type !== "code") return [];
    const index = indexOf(at);
    const tags = tagsOf(cell);
    const outside = index !== undefined && (index < first || index > last);
    const idle = outside || cell.source.trim() === "" || tags.includes("skip-execution");
    return [
      {
        cell,
        ref: { index, of, firstLine: mask(firstLine(cell.source)) },
        action: tags.some((tag) => excluded.has(tag)) ? "excluded" : idle ? "skipped" : "run",
        mayRaise: tags.includes("raises-exception"),
      },
    ];
  });
}

export function tagsOf(cell: Cell): readonly string[] {
  const { tags } = cell.metadata;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

function firstLine(source: string): string {
  return (
    source
      .split("\n")
      .map((line) => line.trimEnd())
      .find((line) => line !== "") ?? ""
  );
}

/** An index of the input notebook. A tag means the first cell that has it as a start, the last one as an end. */
function bound(
  cells: readonly Cell[],
  wanted: number | string | undefined,
  key: "startCell" | "endCell",
  of: number,
  indexOf: (at: number) => number | undefined,
): number | undefined {
  if (wanted === undefined) return undefined;
  const has = (cell: Cell): boolean => tagsOf(cell).includes(String(wanted));
  const at = key === "startCell" ? cells.findIndex(has) : cells.findLastIndex(has);
  const index = typeof wanted === "number" ? wanted : at < 0 ? undefined : indexOf(at);
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index < of) return index;
  throw new NbjobError(
    "invalid-job-file",
    typeof wanted === "number"
      ? `${key} is ${wanted}, but the notebook's cells are numbered 0 to ${of - 1}.`
      : `${key} is "${wanted}", but no cell of the notebook has that tag.`,
  );
}
