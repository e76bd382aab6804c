/** A notebook in memory, always as nbformat 4.5. Source and text are joined strings here, split into lines only on disk. */

import type { RawNumber } from "./raw-number.ts";

export type { RawNumber } from "./raw-number.ts";

/** A JSON value; numbers that JavaScript would change (20-digit integers, NaN, 1.0) are kept as `RawNumber`. */
export type Json = null | boolean | number | string | RawNumber | Json[] | { [key: string]: Json };

export type MimeBundle = { [mime: string]: Json };
export type Metadata = { [key: string]: Json };

export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "display_data"; data: MimeBundle; metadata: Metadata }
  | { output_type: "execute_result"; data: MimeBundle; metadata: Metadata; execution_count: number | null }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

export interface CodeCell {
  cell_type: "code";
  id: string;
  metadata: Metadata;
  source: string;
  outputs: Output[];
  execution_count: number | null;
}
export interface TextCell {
  cell_type: "markdown" | "raw";
  id: string;
  metadata: Metadata;
  source: string;
  attachments?: { [name: string]: MimeBundle };
}
export type Cell = CodeCell | TextCell;

export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Metadata;
  cells: Cell[];
}
