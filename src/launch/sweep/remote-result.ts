import type { JobRunSummary } from "../../oci/datascience/models.ts";
import type { RunRecord } from "../../run/record.ts";
import type { SweepCause } from "../../spec/sweep.ts";
import type { SweepRun } from "../../sweep/expand.ts";
import { resultOf, type SweepResult } from "../../sweep/result.ts";
import type { NbjobError } from "../../text/errors.ts";
import type { RunEnd } from "./watcher.ts";

/** How a job run ended, as a result of its sweep. */
export function remoteResult(
  run: SweepRun,
  attempts: number,
  ended: Pick<RunEnd, "outcome"> & {
    readonly record: RunRecord | undefined;
    readonly job: JobRunSummary;
    readonly started: number;
  },
): SweepResult {
  const { outcome, record, job, started } = ended;
  const { exitCode, reason } = outcome;
  const seconds = (performance.now() - started) / 1000;
  const result = resultOf(run, record, { exitCode, attempts, canceled: reason === "canceled", seconds });
  const cause = causeOf(outcome);
  return {
    ...result,
    reason: record?.reason ?? reason ?? null,
    message: result.message ?? (exitCode === 0 ? null : outcome.message),
    ...(cause === undefined ? {} : { cause }),
    jobRun: job.id,
  };
}

function causeOf({ reason, message }: RunEnd["outcome"]): SweepCause | undefined {
  if (reason === "timeout") return "maximum-runtime";
  if (reason !== "service-failed" && reason !== "needs-attention") return undefined;
  return /capacity|quota|limit exceeded/i.test(message) ? "capacity" : "service";
}

/** One that a cancel forestalled. */
export function notBegun(run: SweepRun, attempts: number): SweepResult {
  const nothing = { exitCode: null, seconds: null, metrics: {}, message: null };
  return { run, status: "canceled", reason: "canceled", attempts: attempts - 1, ...nothing };
}

/** One that the service has no room for. */
export function refused(run: SweepRun, attempts: number, { reason, exitCode, message }: NbjobError): SweepResult {
  return { run, status: "failed", exitCode, reason, cause: "capacity", seconds: null, attempts, metrics: {}, message };
}
