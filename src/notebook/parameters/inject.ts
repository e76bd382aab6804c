import { freshId, randomId, type NewId } from "../nbformat/cell-ids.ts";
import type { CodeCell, Notebook } from "../nbformat/types.ts";
import type { Language } from "./language.ts";
import { requireLanguage } from "./languages.ts";
import { recordParameters } from "./metadata.ts";
import { findTagged } from "./tags.ts";
import { translateParameters } from "./translate.ts";
import type { ParameterValue } from "./value.ts";

export interface InjectOptions {
  /** The language of the kernel that will run the notebook, as its kernelspec says. */
  readonly language: string | undefined;
  readonly kernelName?: string;
  /** Makes ids for cells: 1 to 64 of letters, digits, `-` and `_`. Default: 8 random hexadecimal digits. */
  readonly newId?: NewId;
}

/** Where the parameters went. */
export interface Injected {
  /** Index of the cell, from 0. */
  readonly index: number;
  /** Whether a cell of an earlier run gave its place, so that the notebook has no cell more than before. */
  readonly replaced: boolean;
}

/**
 * Puts a cell tagged `injected-parameters` into the notebook, in place: instead of the first one there is, else after the first cell
 * tagged `parameters`, else at the top. The values are recorded in `metadata.papermill.parameters` too.
 * Without values nothing changes and nothing is returned.
 * @throws NbjobError `invalid-job-file` where the language, a name or a value does not allow it.
 */
export function injectParameters(
  notebook: Notebook,
  values: Readonly<Record<string, ParameterValue>>,
  { language, kernelName, newId = randomId }: InjectOptions,
): Injected | undefined {
  if (Object.keys(values).length === 0) return undefined;
  const cell: CodeCell = {
    cell_type: "code",
    id: freshId(new Set(notebook.cells.map(({ id }) => id)), newId),
    metadata: { tags: ["injected-parameters"] },
    source: sourceOf(notebook, values, requireLanguage(language, kernelName)),
    outputs: [],
    execution_count: null,
  };
  const earlier = findTagged(notebook, "injected-parameters");
  const index = earlier === -1 ? findTagged(notebook, "parameters") + 1 : earlier;
  const replaced = earlier !== -1;
  notebook.cells.splice(index, replaced ? 1 : 0, cell);
  recordParameters(notebook, values);
  return { index, replaced };
}

function sourceOf(notebook: Notebook, values: Readonly<Record<string, ParameterValue>>, language: Language): string {
  const cell = notebook.cells[findTagged(notebook, "parameters")];
  const declarations = cell?.cell_type === "code" ? language.declarations?.(cell.source) : undefined;
  return translateParameters(values, language, (name) => declarations?.get(name));
}
