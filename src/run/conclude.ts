import { displayLocation } from "../storage/location.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { oneLine } from "../text/one-line.ts";
import { describeError } from "../text/describe.ts";
import { exitCodes, NbjobError } from "../text/errors.ts";
import { duration } from "./duration.ts";
import type { RunHost } from "./host.ts";
import type { Journal } from "./journal.ts";
import type { StopCause, WorkOutcome } from "./outcome.ts";
import { shorten, type RecordedOutput, type RunRecord } from "./record.ts";
import { exitCodeOfSignal } from "./supervise.ts";
import { messageOf } from "../text/message-of.ts";

/** How a run ended, before its last record is written. */
export interface Ended {
  readonly outcome: WorkOutcome;
  readonly outputs: readonly RecordedOutput[];
  /** What of nbjob's own failed, to be told in full; not the work's failure. */
  readonly error: unknown;
  /** Publishing itself broke down: what became of the outputs is not known. */
  readonly outputsLost?: boolean;
}

export interface RunResult {
  readonly exitCode: number;
  /** False where outputs are left behind in the workspace. */
  readonly publishedAll: boolean;
  readonly record: RunRecord;
}

/**
 * Writes the last record, says how the run ended, and decides its exit code.
 *
 * @param signal ends the writing
 */
export async function conclude(
  spec: JobSpec,
  ended: Ended,
  journal: Journal,
  host: RunHost,
  signal: AbortSignal,
): Promise<RunResult> {
  const { log } = host;
  const lost = ended.outputs.filter((output) => output.status === "failed");
  // The work itself reports so where the executed notebook could not be written as it ended.
  const stale = ended.outcome.reason === "publish-incomplete";
  const whole = lost.length === 0 && ended.outputsLost !== true && !stale;
  const outcome = whole ? ended.outcome : incomplete(ended.outcome, lost);
  journal.enter(undefined);
  journal.update({ outputs: ended.outputs, complete: whole });
  journal.finish(outcome);
  let exitCode = outcome.exitCode;
  let publishedAll = whole;
  try {
    await journal.write(signal, { last: true });
  } catch (error) {
    publishedAll = false;
    log.error(`The last run.json could not be written: ${describeError(error).join(" ")}`);
    if (exitCode === 0) exitCode = exitCodes["publish-incomplete"];
  }
  for (const output of lost) log.error(oneLine(`Not published: ${output.path}: ${output.error ?? "unknown"}`));
  tell(spec, { ...ended, outcome }, exitCode, journal.record, host);
  return { exitCode, publishedAll, record: journal.record };
}

function tell(
  spec: JobSpec,
  { outcome, outputs, error }: Ended,
  exitCode: number,
  record: RunRecord,
  { log }: RunHost,
): void {
  if (error !== undefined) for (const line of describeError(error)) log.error(line);
  else if (outcome.failure !== undefined) log.error(outcome.failure.message, { reason: outcome.reason });
  const published = outputs.filter((output) => output.status === "published");
  if (published.length > 0) {
    log.info(
      `${published.length === 1 ? "1 output is" : `${published.length} outputs are`} in ${displayLocation(spec.outputFolder)}:`,
    );
    for (const output of published.slice(0, 50))
      log.info(oneLine(`  ${output.path}${output.bytes === null ? "" : ` (${size(output.bytes)})`}`));
    if (published.length > 50) log.info(`  … and ${published.length - 50} more, all named in run.json`);
  }
  const verdict = exitCode === 0 ? "succeeded" : outcome.status === "canceled" ? "was cancelled" : "failed";
  const seconds = (Date.parse(record.finishedAt ?? record.startedAt) - Date.parse(record.startedAt)) / 1000;
  log[exitCode === 0 ? "info" : "error"](`The run ${verdict} after ${duration(seconds)}, exit code ${exitCode}`, {
    event: "run-ended",
    exitCode,
    reason: outcome.reason ?? null,
  });
}

function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** Work that succeeded is a failed run where its outputs are lost; work that failed keeps its own code. */
function incomplete(outcome: WorkOutcome, lost: readonly RecordedOutput[]): WorkOutcome {
  if (outcome.status !== "succeeded") return outcome;
  const which =
    lost.length === 0 ? "its outputs" : `${lost.length} of its outputs, first ${oneLine(lost[0]?.path ?? "")},`;
  const message = `The work succeeded, but ${which} could not be published`;
  return {
    ...outcome,
    status: "failed",
    reason: "publish-incomplete",
    exitCode: exitCodes["publish-incomplete"],
    failure: bareFailure(message),
  };
}

/** A cancel that came before the work began. */
export function canceledEarly(signal: NodeJS.Signals): NbjobError {
  return new NbjobError("canceled", `The run was cancelled by ${signal} before its work began`, {
    exitCode: exitCodeOfSignal(signal),
  });
}

/** What a failure of nbjob's own, or a cancel before the work began, makes of the run. */
export function failureOf(error: unknown, cause: StopCause | undefined): Ended {
  const base = { cells: [], metrics: {}, outputsMayBeIncomplete: false, kernel: undefined };
  if (cause?.kind === "canceled") {
    const { message } = canceledEarly(cause.signal);
    const outcome: WorkOutcome = {
      ...base,
      status: "canceled",
      reason: "canceled",
      exitCode: exitCodeOfSignal(cause.signal),
      failure: bareFailure(message),
    };
    return { outcome, outputs: [], error: undefined };
  }
  const known = error instanceof NbjobError ? error : new NbjobError("bug", messageOf(error), { cause: error });
  const message = describeError(known).join("\n");
  return {
    outcome: {
      ...base,
      status: "failed",
      reason: known.reason,
      exitCode: known.exitCode,
      failure: bareFailure(message),
    },
    outputs: [],
    error,
  };
}

function bareFailure(message: string): NonNullable<WorkOutcome["failure"]> {
  return { message: shorten(message), cell: null, ename: null, evalue: null, signal: null, oom: null, logTail: null };
}
