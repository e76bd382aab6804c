import type { Notebook } from "../nbformat/types.ts";

/** The index of the first cell with the tag, whatever its type; -1 for none. */
export function findTagged(notebook: Notebook, tag: string): number {
  return notebook.cells.findIndex(({ metadata: { tags } }) => Array.isArray(tags) && tags.includes(tag));
}
