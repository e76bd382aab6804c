import { executeNotebook, type NotebookResult } from "../notebook/index.ts";
import { runArtifact } from "../artifact/index.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayLocation, joinLocation } from "../storage/location.ts";
import { exitCodes, type Reason } from "../text/errors.ts";
import { heldBack } from "./held-back.ts";
import type { RunHost } from "./host.ts";
import { MetricsReader } from "./metrics.ts";
import { observeCells } from "./observe.ts";
import type { StopCause, WorkOutcome } from "./outcome.ts";
import { shorten, type RecordedFailure } from "./record.ts";
import type { Staged, StagedWork } from "./stage.ts";
import { exitCodeOfSignal, type Supervision } from "./supervise.ts";

/** Runs the staged work to its end, whatever that is. What the work did never throws. */
export async function execute(
  spec: JobSpec,
  staged: Staged,
  host: RunHost,
  supervision: Supervision,
  mask: (text: string) => string,
): Promise<WorkOutcome> {
  const metrics = new MetricsReader(staged.cwd, mask, (message) => host.log.warn(message));
  await metrics.begin();
  const log = heldBack(host.log, supervision, spec.gracePeriod);
  const watched = { ...host, log: { ...log, work: tapped(log, metrics) } };
  const outcome =
    staged.work.kind === "notebook"
      ? await executeNotebookWork(spec, staged, staged.work, watched, supervision, mask)
      : await executeArtifactWork(spec, staged, staged.work, watched, supervision, mask);
  host.log.endWork();
  const lost = host.log.failure();
  if (lost !== undefined)
    host.log.warn(`The log can be written no more (${lost.code ?? lost.message}): what was to be in it is lost`);
  return { ...outcome, metrics: await metrics.end() };
}

/** The work's output on its way to the log, with the metrics that it tells read from it. */
function tapped(log: RunHost["log"], metrics: MetricsReader): RunHost["log"]["work"] {
  return (stream, chunk, fields) => {
    metrics.push(stream, chunk);
    return log.work(stream, chunk, fields);
  };
}

type Unmeasured = Omit<WorkOutcome, "metrics">;

async function executeNotebookWork(
  spec: JobSpec,
  staged: Staged,
  work: Extract<StagedWork, { kind: "notebook" }>,
  host: RunHost,
  supervision: Supervision,
  mask: (text: string) => string,
): Promise<Unmeasured> {
  const { notebookOptions: options } = spec;
  const result = await executeNotebook({
    notebook: work.notebook,
    path: work.executed,
    inputPath: work.input,
    outputPath: displayLocation(joinLocation(spec.outputFolder, work.name)),
    version: host.version,
    injectedCell: work.injectedCell,
    cwd: staged.cwd,
    env: staged.env,
    kernel: work.kernel,
    excludeTags: options.excludeTags,
    allowErrors: options.allowErrors,
    maxOutput: options.maxOutput,
    startTimeout: options.startTimeout,
    shutdownGrace: options.shutdownGrace,
    ...(options.cellTimeout === undefined ? {} : { cellTimeout: options.cellTimeout }),
    ...(options.startCell === undefined ? {} : { startCell: options.startCell }),
    ...(options.endCell === undefined ? {} : { endCell: options.endCell }),
    signal: supervision.stop,
    stopGrace: spec.gracePeriod,
    killSignal: supervision.kill,
    observer: observeCells(host.log, host.now, Object.keys(spec.parameters)),
    mask,
  });
  const base = {
    cells: result.cells,
    outputsMayBeIncomplete: result.outputsMayBeIncomplete,
    kernel: { name: result.kernel.name, language: result.kernel.language },
  };
  if (result.status === "succeeded")
    return { ...base, status: "succeeded", exitCode: 0, reason: undefined, failure: undefined };
  const reason: Reason = result.failure?.reason ?? "cell-failed";
  return {
    ...base,
    status: reason === "canceled" ? "canceled" : "failed",
    reason,
    exitCode: notebookExitCode(result, reason, supervision.cause),
    failure: notebookFailure(result),
  };
}

function notebookExitCode(result: NotebookResult, reason: Reason, cause: StopCause | undefined): number {
  return stopCode(reason, cause) ?? result.failure?.exitCode ?? exitCodes[reason];
}

/** The code of a run that was ended from outside; undefined for one that ended by itself. */
function stopCode(reason: Reason, cause: StopCause | undefined): number | undefined {
  if (reason === "timeout") return exitCodes.timeout;
  if (reason === "canceled" && cause?.kind === "canceled") return exitCodeOfSignal(cause.signal);
  return undefined;
}

function notebookFailure({ failure }: NotebookResult): RecordedFailure | undefined {
  if (failure === undefined) return undefined;
  return {
    message: shorten(failure.message),
    cell:
      failure.cell === undefined
        ? null
        : { index: failure.cell.index ?? null, executionCount: failure.cell.executionCount },
    ename: failure.ename ?? null,
    evalue: failure.evalue === undefined ? null : shorten(failure.evalue),
    signal: failure.signal ?? null,
    oom: failure.oom ?? null,
    logTail: failure.kernelLog === undefined ? null : failure.kernelLog.slice(-4096),
  };
}

async function executeArtifactWork(
  spec: JobSpec,
  staged: Staged,
  work: Extract<StagedWork, { kind: "artifact" }>,
  host: RunHost,
  supervision: Supervision,
  mask: (text: string) => string,
): Promise<Unmeasured> {
  const result = await runArtifact({
    path: work.path,
    ...(work.mainClass === undefined ? {} : { mainClass: work.mainClass }),
    arguments: work.arguments,
    cwd: staged.cwd,
    env: staged.env,
    onOutput: (stream, chunk) => host.log.work(stream, chunk),
    onWarning: (message) => host.log.warn(message),
    signal: supervision.stop,
    killSignal: supervision.kill,
    gracePeriod: spec.gracePeriod,
    mask,
  });
  // What an artifact prints is nowhere but in the log.
  const outputsMayBeIncomplete = result.cutOff || host.log.failure() !== undefined;
  const base = { cells: [], outputsMayBeIncomplete, kernel: undefined };
  const cause = supervision.cause;
  if (result.exitCode === 0 && cause === undefined)
    return { ...base, status: "succeeded", exitCode: 0, reason: undefined, failure: undefined };
  const reason = artifactReason(result, cause);
  return {
    ...base,
    status: reason === "canceled" ? "canceled" : "failed",
    reason,
    exitCode: stopCode(reason, cause) ?? result.exitCode,
    failure: {
      message: shorten(
        cause?.kind === "timeout"
          ? `The run's timeout ended the work`
          : cause === undefined
            ? result.message
            : `The run was cancelled by ${cause.signal}`,
      ),
      cell: null,
      ename: null,
      evalue: null,
      signal: result.signal ?? null,
      oom: result.oom ?? null,
      logTail: result.logTail === "" ? null : result.logTail,
    },
  };
}

function artifactReason(result: { signal?: string; oom?: { killed: boolean } }, cause: StopCause | undefined): Reason {
  if (cause !== undefined) return cause.kind;
  if (result.oom?.killed === true) return "out-of-memory";
  return result.signal === undefined ? "work-failed" : "work-signaled";
}
