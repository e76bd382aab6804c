import type { JobSpec } from "../spec/jobspec.ts";
import type { SweepSpec } from "../spec/sweep.ts";
import { exitCodes } from "../text/errors.ts";
import type { Log } from "../text/log.ts";
import { duplicates, type SweepRun } from "./expand.ts";
import { pending, type SweepResult } from "./result.ts";
import { formatState, sweepFile, type SweepState, writeFile, type WriteOptions } from "./state.ts";
import { columnsOf, csvTable, textTable } from "./table.ts";
import { messageOf } from "../text/message-of.ts";

export interface SweepEnd {
  readonly exitCode: number;
  /** As it stands in `sweep.json` and `sweep.csv`, and for people. */
  readonly tables: Readonly<Record<TableFormat, string>>;
}

export const tableFormats = ["text", "csv", "json"] as const;
export type TableFormat = (typeof tableFormats)[number];

/** Says, before anything runs, what is odd about the runs. */
export function tellRuns(runs: readonly SweepRun[], log: Pick<Log, "warn">): void {
  const groups = duplicates(runs);
  for (const names of groups.slice(0, 5)) log.warn(`Runs ${names.join(", ")} have the same parameters`);
  if (groups.length > 5) log.warn(`${groups.length - 5} further sets of parameters are given more than once`);
}

/** Every run in order: those that are known, and the rest as not begun. */
export function everyRun(runs: readonly SweepRun[], known: readonly SweepResult[]): readonly SweepResult[] {
  const byName = new Map(known.map((result) => [result.run.name, result]));
  return runs.map((run) => byName.get(run.name) ?? pending(run));
}

/**
 * Decides the sweep's exit code by its policy, writes `sweep.json` and `sweep.csv`, and says how it ended.
 *
 * @param canceledWith the exit code of a sweep that was cancelled
 */
export async function concludeSweep(
  spec: JobSpec,
  sweep: SweepSpec,
  state: SweepState,
  { known, canceledWith }: { readonly known: readonly SweepResult[]; readonly canceledWith: number | undefined },
  host: WriteOptions & { readonly log: Log; readonly now: () => Date },
): Promise<SweepEnd> {
  const { log, now, stores, mask } = host;
  const results = everyRun(state.runs, known);
  const succeeded = results.filter(({ status }) => status === "succeeded").length;
  const enough = sweep.policy === "any" ? succeeded > 0 : succeeded === results.length;
  let exitCode = canceledWith ?? (enough ? 0 : firstFailure(results));
  const status = canceledWith !== undefined ? "canceled" : enough ? "succeeded" : "failed";
  const columnsShown = columnsOf(results, sweep);
  const tables = {
    text: mask(textTable(results, columnsShown)),
    csv: mask(csvTable(results, columnsShown)),
    json: formatState(spec, state, { status, exitCode, finishedAt: now().toISOString(), results }, mask),
  };
  try {
    await writeFile(spec, "sweep.csv", tables.csv, "text/csv", stores);
    await writeFile(spec, sweepFile, tables.json, "application/json", stores);
  } catch (error) {
    log.error(`The sweep's table could not be written: ${messageOf(error)}`);
    if (exitCode === 0) exitCode = exitCodes["publish-incomplete"];
  }
  const verdict = { canceled: "was cancelled", succeeded: "succeeded", failed: "failed" }[status];
  const runs = `${succeeded} of ${results.length} ${results.length === 1 ? "run" : "runs"} succeeded`;
  log[exitCode === 0 ? "info" : "error"](`The sweep ${verdict}: ${runs}, exit code ${exitCode}`, {
    event: "sweep-ended",
    exitCode,
    succeeded,
  });
  return { exitCode, tables };
}

/** The first failed run speaks for all. */
function firstFailure(results: readonly SweepResult[]): number {
  const failed = results.find(({ status, exitCode }) => status === "failed" && exitCode !== null && exitCode > 0);
  return failed?.exitCode ?? exitCodes["work-failed"];
}
