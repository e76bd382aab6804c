/** A notebook's execution: kernel, cells, end; and the notebook on disk whatever happened. */
import type { Kernel } from "../kernel/connection.ts";
import { startKernel } from "../kernel/launch.ts";
import { resolveKernel, type KernelChoice } from "../kernel/resolve.ts";
import { Document } from "./document.ts";
import { failureOf } from "./failure.ts";
import { doubtOf, leftBy } from "./kernel-end.ts";
import { clearExecution, describeEnd, describeIdle, describeKernel, describeStart } from "./metadata.ts";
import { NotebookRun, type CellsRun } from "./run.ts";
import { planCells, type PlannedCell } from "./select.ts";
import { abortKind } from "./stopper.ts";
import type { ExecuteOptions, NotebookResult } from "./types.ts";

const defaultShutdownGrace = 10_000;

/**
 * Runs a notebook in a kernel of its own, saving it on the way, and resolves with how it ended.
 * @throws {NbjobError} for what could not be begun: no kernel, no place to write, a cell to start at that is not there;
 *   and where the notebook's last save failed
 */
export async function executeNotebook(options: ExecuteOptions): Promise<NotebookResult> {
  const { notebook, observer } = options;
  const started = new Date();
  const plan = planCells(notebook, options);
  const warn = (message: string): void => observer?.warning?.(message);
  const choice = await kernelFor(options, warn);
  clearExecution(notebook);
  describeStart(notebook, options, started);
  const document = new Document(options);
  try {
    const kernel = await begin(document, start(choice, options, warn)).catch(async (error: unknown) => {
      describeEnd(notebook, started, new Date(), true);
      await document.file.finish().catch(() => undefined); // what was thrown tells more
      throw error;
    });
    const ran = kernel ? await runIn(kernel, options, document, plan) : notBegun(options, plan);
    describeEnd(notebook, started, new Date(), ran.failure !== undefined);
    await document.file.finish();
    return result(ran, choice, kernel);
  } finally {
    document.close();
  }
}

async function kernelFor(options: ExecuteOptions, warn: (message: string) => void): Promise<KernelChoice> {
  const { env, kernel, notebook, prefixes } = options;
  if (typeof kernel === "object") return kernel;
  return resolveKernel({
    env,
    metadata: notebook.metadata,
    warn,
    ...(kernel === undefined ? {} : { requested: kernel }),
    ...(prefixes === undefined ? {} : { prefixes }),
  });
}

/** Writes the notebook for the first time while the kernel starts. No kernel is left running where that fails. */
async function begin(document: Document, starting: Promise<Kernel | undefined>): Promise<Kernel | undefined> {
  const [written, started] = await Promise.allSettled([document.file.begin(), starting]);
  if (written.status === "fulfilled") return starting;
  if (started.status === "fulfilled") await letGo(started.value);
  throw written.reason;
}

/** Undefined where the run was ended before the kernel was ready. */
async function start(
  choice: KernelChoice,
  options: ExecuteOptions,
  warn: (message: string) => void,
): Promise<Kernel | undefined> {
  const signals = [options.signal, options.killSignal].filter((signal) => signal !== undefined);
  try {
    const kernel = await startKernel({
      kernel: choice,
      cwd: options.cwd,
      env: options.env,
      warn,
      signal: AbortSignal.any(signals),
      ...(options.startTimeout === undefined ? {} : { startTimeout: options.startTimeout }),
    });
    describeKernel(options.notebook, kernel);
    const { name, language, pid, seconds } = kernel;
    options.observer?.kernelReady?.({ name, language, pid, seconds });
    return kernel;
  } catch (error) {
    if (signals.some((signal) => signal.aborted)) return undefined;
    throw error;
  }
}

async function runIn(
  kernel: Kernel,
  options: ExecuteOptions,
  document: Document,
  plan: readonly PlannedCell[],
): Promise<CellsRun> {
  const { shutdownGrace = defaultShutdownGrace, killSignal, observer } = options;
  const run = new NotebookRun(options, kernel, document);
  try {
    const ran = await run.cells(plan);
    // What is left of a cancelled run's time is the kernel's, but a moment it always has.
    const grace = Math.min(shutdownGrace, Math.max(run.stopper.graceLeft ?? shutdownGrace, 500));
    const exit = await kernel.shutdown({ grace, ...(killSignal === undefined ? {} : { signal: killSignal }) });
    await run.lastWords();
    const left = leftBy(exit);
    const doubt = doubtOf({ exit, connection: kernel.connection, grace });
    // Where a cell was cut off, or a second signal wanted it so, it has been said.
    const known = ran.outputsMayBeIncomplete || killSignal?.aborted === true;
    for (const told of [left, known ? undefined : doubt]) if (told !== undefined) observer?.warning?.(told);
    return { ...ran, outputsMayBeIncomplete: ran.outputsMayBeIncomplete || doubt !== undefined };
  } finally {
    run.dispose();
    await letGo(kernel);
  }
}

async function letGo(kernel: Kernel | undefined): Promise<void> {
  await kernel?.kill();
  kernel?.connection.close();
}

/** The run was ended while the kernel started: no cell ran. */
function notBegun(options: ExecuteOptions, plan: readonly PlannedCell[]): CellsRun {
  const cells = plan.map(({ cell, ref, action }) => {
    const status = action === "excluded" ? action : ("skipped" as const);
    describeIdle(cell, status);
    return { ...ref, status, seconds: 0, executionCount: null };
  });
  const cause = { kind: abortKind(options.signal) };
  const failure = failureOf(
    { kind: "stopped", cause },
    { cell: undefined, kernel: undefined, exit: undefined, peak: undefined, mask: options.mask },
  );
  return { cells, failure, outputsMayBeIncomplete: false };
}

function result(
  { cells, failure, outputsMayBeIncomplete }: CellsRun,
  choice: KernelChoice,
  kernel: Kernel | undefined,
): NotebookResult {
  const version = kernel?.info.languageInfo.version;
  const status = failure === undefined ? "succeeded" : failure.reason === "canceled" ? "canceled" : "failed";
  return {
    status,
    cells,
    ...(failure === undefined ? {} : { failure }),
    outputsMayBeIncomplete,
    kernel: {
      name: choice.name,
      displayName: choice.displayName,
      language: kernel?.language ?? choice.language,
      ...(typeof version === "string" ? { languageVersion: version } : {}),
    },
  };
}
