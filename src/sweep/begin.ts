import { RunMask } from "../run/secrets.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { SweepSpec } from "../spec/sweep.ts";
import { displayLocation } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import type { Logger } from "../text/logger.ts";
import { everyRun, tellRuns } from "./conclude.ts";
import type { SweepRun } from "./expand.ts";
import { type Progress, tellProgress } from "./progress.ts";
import type { SweepResult } from "./result.ts";
import { checkNames } from "./run-overrides.ts";
import { openSweep, succeededRuns, type SweepState, writeState } from "./state.ts";

export interface SweepHost {
  readonly log: Logger;
  readonly stores: Stores;
  readonly now: () => Date;
  readonly env: Readonly<Record<string, string>>;
  readonly newId: () => string;
  readonly newSeed: () => number;
}

export interface SweepOptions {
  readonly maxParallel: number;
  /** Go on with the sweep in the output folder, where there is one. */
  readonly resume: boolean;
}

/** A sweep that is about to run. */
export interface Begun {
  readonly state: SweepState;
  /** Runs that an earlier start of it brought to a good end. */
  readonly kept: readonly SweepResult[];
  /** Runs that are to be done. */
  readonly left: readonly SweepRun[];
  readonly progress: Progress;
  readonly mask: (text: string) => string;
}

/**
 * Opens a sweep, says what is odd about it and what will be done, and writes its state for the first time, which proves
 * that the output folder can be written.
 *
 * @throws NbjobError where that cannot be, the folder holds another sweep, or a script cannot be given the parameters
 */
export async function beginSweep(
  spec: JobSpec,
  sweep: SweepSpec,
  host: SweepHost,
  { resume, maxParallel, signal }: SweepOptions & { readonly signal: AbortSignal },
): Promise<Begun> {
  const { log, stores, now, env } = host;
  const masking = new RunMask(spec, { ...env, ...spec.environment.variables }, log);
  const mask = (text: string): string => masking.text(text);
  const state = await openSweep(spec, sweep, { ...host, now: now(), resume, signal });
  checkNames(spec, state.runs);
  tellRuns(state.runs, log);
  if (state.seed !== null) log.info(`The sweep's seed is ${state.seed}`);
  const kept = state.resumed ? await succeededRuns(spec, state, stores, signal) : [];
  const left = state.runs.filter((run) => !kept.some((result) => result.run === run));
  const results = everyRun(state.runs, kept);
  await writeState(spec, state, { status: "running", exitCode: null, finishedAt: null, results }, { stores, mask });
  const into = displayLocation(spec.outputFolder);
  log.info(`${left.length} of ${state.runs.length} runs are to be done, ${maxParallel} at a time, into ${into}`);
  const progress = tellProgress(log, { all: state.runs.length, done: kept.length });
  return { state, kept, left, progress, mask };
}
