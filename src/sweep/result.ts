import type { Metrics } from "../run/metrics.ts";
import type { RunRecord } from "../run/record.ts";
import type { Reason } from "../text/errors.ts";
import type { SweepCause } from "../spec/sweep.ts";
import type { SweepRun } from "./expand.ts";

export type SweepRunStatus = "pending" | "succeeded" | "failed" | "canceled";

/** How one run of a sweep ended, or that it has not begun. */
export interface SweepResult {
  readonly run: SweepRun;
  readonly status: SweepRunStatus;
  readonly exitCode: number | null;
  readonly reason: Reason | null;
  /** What other than an exit code ended it. */
  readonly cause?: SweepCause;
  /** From its start to its end. */
  readonly seconds: number | null;
  /** How often it was started. */
  readonly attempts: number;
  readonly metrics: Metrics;
  /** One sentence, of a run that failed. */
  readonly message: string | null;
  /** OCID, where it ran on Data Science. */
  readonly jobRun?: string;
}

export function pending(run: SweepRun): SweepResult {
  const nothing = { exitCode: null, reason: null, seconds: null, metrics: {}, message: null };
  return { run, status: "pending", attempts: 0, ...nothing };
}

/** What its record says of a run that has ended. */
export function resultOf(
  run: SweepRun,
  record: RunRecord | undefined,
  ended: { readonly exitCode: number; readonly attempts: number; readonly canceled: boolean; readonly seconds: number },
): SweepResult {
  const { exitCode, attempts, canceled, seconds } = ended;
  const status = exitCode === 0 ? "succeeded" : canceled || record?.status === "canceled" ? "canceled" : "failed";
  return {
    run,
    status,
    exitCode,
    reason: record?.reason ?? null,
    seconds: secondsOf(record) ?? seconds,
    attempts,
    metrics: record?.metrics ?? {},
    message: record?.failure?.message ?? null,
  };
}

export function secondsOf(record: RunRecord | undefined): number | undefined {
  if (record?.finishedAt == null) return undefined;
  return (Date.parse(record.finishedAt) - Date.parse(record.startedAt)) / 1000;
}
