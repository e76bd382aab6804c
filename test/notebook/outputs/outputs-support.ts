/** Cells' outputs without a kernel, and what a file would hold of them. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Budget } from "../../../src/notebook/outputs/budget.ts";
import type { CellOutputs, Surroundings } from "../../../src/notebook/outputs/cell-outputs.ts";
import { Spool } from "../../../src/notebook/outputs/spool.ts";

export interface Limits {
  readonly cell?: number;
  readonly notebook?: number;
  readonly mask?: (text: string) => string;
}

/** A spool of its own for the time of `work`. */
export async function withSurroundings<T>(
  { cell = 2 ** 30, notebook = 2 ** 30, mask }: Limits,
  work: (around: Surroundings) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "nbjob-outputs-"));
  const spool = new Spool(join(folder, "spool"), (error) => assert.fail(String(error)));
  try {
    const [notebookBudget, tailBudget] = [
      new Budget(notebook - Math.floor(notebook / 8)),
      new Budget(Math.floor(notebook / 8)),
    ];
    return await work({ spool, cellLimit: cell, notebookBudget, tailBudget, mask, displays: new Map() });
  } finally {
    spool.close();
    await rm(folder, { recursive: true });
  }
}

/** The outputs as a notebook file's JSON has them, texts joined. */
export async function saved(outputs: CellOutputs, { spool }: Surroundings): Promise<unknown[]> {
  const parts: Buffer[] = [];
  for (const piece of outputs.pieces()) {
    if (piece instanceof Uint8Array) parts.push(Buffer.from(piece));
    else for await (const chunk of spool.read(piece, Buffer.alloc(1000))) parts.push(Buffer.from(chunk));
  }
  const list: unknown = JSON.parse(`[${Buffer.concat(parts).toString()}]`);
  if (!Array.isArray(list)) throw new Error("no list");
  return list.map((output: object) =>
    "text" in output && Array.isArray(output.text) ? { ...output, text: output.text.join("") } : output,
  );
}
