/** Runs notebooks made of plain cells, with a real kernel, and reads what was saved. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { executeNotebook } from "../../../src/notebook/index.ts";
import type { CellRef, CellResult, ExecuteOptions, NotebookResult } from "../../../src/notebook/index.ts";
import type { Cell, Metadata, Notebook } from "../../../src/notebook/nbformat/types.ts";
import { venvOrSkip } from "../../support/venv.ts";

export interface CellSource {
  readonly source: string;
  readonly type?: Cell["cell_type"];
  readonly tags?: readonly string[];
  readonly metadata?: Metadata;
}

/** An output as the file has it, texts joined; only those fields are set that its type has. */
export interface SavedOutput {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
  readonly execution_count?: number | null;
}
export interface SavedCell {
  readonly cell_type: string;
  readonly source: string;
  readonly execution_count: number | null;
  readonly outputs: readonly SavedOutput[];
  readonly metadata: {
    readonly papermill?: Readonly<Record<string, unknown>>;
    readonly execution?: Readonly<Record<string, string>>;
    readonly nbjob?: { readonly status: string };
  };
}
export interface Saved {
  readonly cells: readonly SavedCell[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Ran {
  readonly result: NotebookResult;
  readonly saved: Saved;
  readonly path: string;
  readonly warnings: readonly string[];
  readonly printed: string;
  readonly started: readonly CellRef[];
  readonly ended: readonly CellResult[];
  /** One word a code cell. */
  readonly statuses: string;
}

export type RunOptions = Partial<Omit<ExecuteOptions, "env">> & {
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata?: Metadata;
};

export function notebookOf(cells: readonly (string | CellSource)[], metadata: Metadata = {}): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata,
    cells: cells.map((cell, index): Cell => {
      const { source, type = "code", tags, metadata: own = {} } = typeof cell === "string" ? { source: cell } : cell;
      const base = { id: `cell-${index}`, metadata: tags ? { ...own, tags: [...tags] } : own, source };
      if (type !== "code") return { cell_type: type, ...base };
      const stale = { output_type: "stream", name: "stdout", text: "stale" } as const;
      return { cell_type: "code", ...base, outputs: [stale], execution_count: 99 };
    }),
  };
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nbjob-execute-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment of a kernel whose Python is that of a test environment. */
export function environmentOf(python: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { HOME = "/tmp" } = process.env;
  return { HOME, PATH: `${dirname(python)}:/usr/bin:/bin`, LANG: "C.UTF-8", ...more };
}

/** Runs cells in ipykernel; undefined, and the test skipped, where that cannot be installed. */
export async function run(
  t: TestContext,
  cells: readonly (string | CellSource)[],
  options: RunOptions = {},
): Promise<Ran | undefined> {
  const python = await venvOrSkip(t, "execution");
  return python === undefined ? undefined : runWith(t, environmentOf(python, options.env), cells, options);
}

/** Runs cells, which are scripts, in the kernel of test/fixtures/notebooks-run/scripted_kernel.py. */
export async function runScripted(
  t: TestContext,
  cells: readonly (string | CellSource)[],
  options: RunOptions = {},
): Promise<Ran | undefined> {
  const python = await venvOrSkip(t, "execution");
  if (python === undefined) return undefined;
  const folder = await temporaryFolder(t);
  const program = join(import.meta.dirname, "../../fixtures/notebooks-run/scripted_kernel.py");
  const spec = { argv: [python, program, "{connection_file}"], display_name: "Scripted", language: "script" };
  await mkdir(join(folder, "kernels", "scripted"), { recursive: true });
  await writeFile(join(folder, "kernels", "scripted", "kernel.json"), JSON.stringify(spec));
  const env = environmentOf(python, { JUPYTER_PATH: folder, ...options.env });
  return runWith(t, env, cells, { kernel: "scripted", ...options });
}

async function runWith(
  t: TestContext,
  env: Readonly<Record<string, string>>,
  cells: readonly (string | CellSource)[],
  { metadata, observer, ...options }: RunOptions,
): Promise<Ran> {
  const folder = await temporaryFolder(t);
  const { path = join(folder, "executed.ipynb") } = options;
  const warnings: string[] = [];
  const printed: Buffer[] = [];
  const started: CellRef[] = [];
  const ended: CellResult[] = [];
  const result = await executeNotebook({
    notebook: notebookOf(cells, metadata),
    cwd: folder,
    shutdownGrace: 5_000,
    ...options,
    path,
    env,
    observer: {
      ...observer,
      cellStarted: (cell) => {
        started.push(cell);
        observer?.cellStarted?.(cell);
      },
      cellEnded: (cell) => {
        ended.push(cell);
        observer?.cellEnded?.(cell);
      },
      output: (stream, bytes, cell) => {
        printed.push(Buffer.from(bytes));
        return observer?.output?.(stream, bytes, cell);
      },
      warning: (message) => {
        warnings.push(message);
        observer?.warning?.(message);
      },
    },
  });
  return {
    result,
    saved: await readSaved(path),
    path,
    warnings,
    printed: Buffer.concat(printed).toString(),
    started,
    ended,
    statuses: result.cells.map(({ status }) => status).join(" "),
  };
}

export async function readSaved(path: string): Promise<Saved> {
  const joined = (_: string, value: unknown): unknown =>
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")
      ? value.join("")
      : value;
  // Tags and tracebacks are joined too, which no test minds; NaN is what Python writes.
  const text = (await readFile(path, "utf8")).replaceAll(": NaN", ": null");
  const saved = JSON.parse(text, joined) as Saved; // checked by nbformat in its own test
  const cells = saved.cells.map((cell) => (Array.isArray(cell.source) ? { ...cell, source: "" } : cell));
  return { ...saved, cells };
}

/** All that a cell's streams of one name say. */
export function streamed(cell: SavedCell | undefined, name = "stdout"): string {
  return (cell?.outputs ?? [])
    .filter((output) => output.name === name)
    .map((output) => output.text ?? "")
    .join("");
}
