import type { Notebook } from "../nbformat/types.ts";

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
  /** Wall time in seconds. */
  readonly seconds: number;
  readonly executionCount: number | null;
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
  /** The notebook to run, parameters already injected; it is changed in place as cells run. */
  readonly notebook: Notebook;
  /** Where the notebook as executed so far is saved, atomically. */
  readonly path: string;
  readonly cwd: string;
  /** The kernel's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Kernel name; default the notebook's own. */
  readonly kernel?: string;
  readonly excludeTags?: readonly string[];
  /** Milliseconds a cell may run before it is interrupted, then killed. */
  readonly cellTimeout?: number;
  readonly allowErrors?: boolean;
  readonly startCell?: number | string;
  readonly endCell?: number | string;
  /** Bytes of output kept per cell and per notebook. */
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
  readonly stopGrace?: number;
  readonly killSignal?: AbortSignal;
  readonly observer?: ExecuteObserver;
  /** Applied to every output before it is kept or saved, so that secrets are masked in the notebook too. */
  readonly mask?: (text: string) => string;
}

/** How a notebook ended. It never throws for what the notebook did; only for what could not be begun (no kernel, bad notebook). */
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
