import type { KernelChoice } from "../kernel/resolve.ts";
import type { Metadata, Notebook } from "../nbformat/types.ts";

export type CellStatus = "succeeded" | "failed" | "skipped" | "excluded" | "interrupted";

export interface CellRef {
  /** Index in the input notebook, from 0; undefined for the injected parameters cell, which is in no input. */
  readonly index: number | undefined;
  /** How many cells the input notebook has. */
  readonly of: number;
  /** First line of its source that is not blank. */
  readonly firstLine: string;
}

export interface CellResult extends CellRef {
  readonly status: CellStatus;
  /** Wall time in seconds; 0 for a cell that did not run. */
  readonly seconds: number;
  readonly executionCount: number | null;
  /** Resident memory of the kernel's process when the cell ended, and the most it ever had; where /proc tells. */
  readonly memoryBytes?: number;
  readonly peakMemoryBytes?: number;
  /** What `maxOutput` left out of the notebook. */
  readonly cut?: { readonly bytes: number; readonly outputs: number };
}

/** What the executor tells while it runs. It awaits what `output` returns, so that a slow log slows the reading. */
export interface ExecuteObserver {
  kernelReady?(kernel: {
    readonly name: string;
    readonly language: string;
    readonly pid: number;
    readonly seconds: number;
  }): void;
  cellStarted?(cell: CellRef): void;
  /** Text output as it arrives: streams, and the text/plain of results and displays, as UTF-8. */
  output?(stream: "stdout" | "stderr", bytes: Uint8Array, cell: CellRef): void | Promise<void>;
  cellEnded?(cell: CellResult): void;
  warning?(message: string): void;
}

export interface ExecuteOptions {
  /**
   * The notebook to run, parameters already injected. Metadata and execution counts are changed in place as cells run;
   * outputs are not kept in memory: they are only in the file at `path`, and these cells' lists end up empty.
   */
  readonly notebook: Notebook;
  /** Where the notebook as executed so far is saved, atomically. */
  readonly path: string;
  /** Where the notebook came from and where it will go, as the user would write it; for the notebook's own metadata. */
  readonly inputPath?: string;
  readonly outputPath?: string;
  /** The parameters that were injected, for the notebook's own metadata. */
  readonly parameters?: Metadata;
  /** This program's name and version, likewise. */
  readonly version?: string;
  /**
   * Which cell was added to the input, so that indices are those of the input; null for none.
   * Default: the one tagged `injected-parameters`.
   */
  readonly injectedCell?: number | null;
  readonly cwd: string;
  /** The kernel's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders of Python or conda environments whose kernels come first. */
  readonly prefixes?: readonly string[];
  /** Kernel name, or the kernel that `resolveKernel` found; default the notebook's own. */
  readonly kernel?: string | KernelChoice;
  readonly excludeTags?: readonly string[];
  /** Milliseconds a cell may run before it is interrupted, then killed. */
  readonly cellTimeout?: number;
  readonly allowErrors?: boolean;
  /** First and last cell to run: an index of the input notebook, from 0, or a tag. An injected cell always runs. */
  readonly startCell?: number | string;
  readonly endCell?: number | string;
  /** Bytes of output kept per cell and per notebook; default 128 MiB and 512 MiB. */
  readonly maxOutput?: { readonly cell: number; readonly notebook: number };
  /** Milliseconds for the kernel to answer; default 60,000. */
  readonly startTimeout?: number;
  /** Milliseconds a kernel may take to shut down by itself at the end; default 10,000. */
  readonly shutdownGrace?: number;
  /**
   * Ends the notebook: interrupt first. The abort reason, `{ kind: "timeout" | "canceled" }`, says why.
   * After `stopGrace` milliseconds, or when `killSignal` aborts, the kernel's group is killed.
   */
  readonly signal?: AbortSignal;
  /** Milliseconds a cell has to end after it was interrupted, for whatever reason; default 10,000. */
  readonly stopGrace?: number;
  readonly killSignal?: AbortSignal;
  readonly observer?: ExecuteObserver;
  /** Milliseconds between saves, at least; default 3,000. A large notebook is saved less often, so that saving stays a small part of the work. */
  readonly saveInterval?: number;
  /** Applied to every output before it is kept or saved, so that secrets are masked in the notebook too. */
  readonly mask?: (text: string) => string;
}

/**
 * How a notebook ended. `executeNotebook` never throws for what the notebook did; only for what could not be begun (no kernel,
 * bad notebook, no place to write it), and where the last save failed.
 */
export interface NotebookResult {
  readonly status: "succeeded" | "failed" | "canceled";
  readonly cells: readonly CellResult[];
  /** Only where status is not succeeded. */
  readonly failure?: {
    readonly reason: "cell-failed" | "kernel-died" | "out-of-memory" | "timeout" | "canceled";
    /** One sentence that names cell, exception and message. */
    readonly message: string;
    readonly cell?: CellRef & { readonly executionCount: number | null };
    readonly ename?: string;
    readonly evalue?: string;
    readonly traceback?: readonly string[];
    /** `SystemExit(n)`'s n, or 128+n for a kernel that died of signal n. */
    readonly exitCode?: number;
    /** Signal name, as `SIGKILL`. */
    readonly signal?: string;
    readonly oom?: { readonly killed: boolean; readonly peakBytes?: number; readonly limitBytes?: number };
    /** The most memory that a kernel that died was seen to have, in bytes. */
    readonly peakMemoryBytes?: number;
    /** The kernel process's own last stderr. */
    readonly kernelLog?: string;
  };
  readonly outputsMayBeIncomplete: boolean;
  readonly kernel: {
    readonly name: string;
    readonly displayName: string;
    readonly language: string;
    readonly languageVersion?: string;
  };
}
