import { exitCodeOf, spawnGroup } from "../process/group.ts";
import { formatSweepMark, sweepVariable } from "../run/sweep-mark.ts";
import { exitCodeOfSignal, type SignalSource, supervise, type Supervision } from "../run/supervise.ts";
import { RunMask } from "../run/secrets.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { SweepSpec } from "../spec/sweep.ts";
import { displayLocation, formatLocation } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import type { Logger } from "../text/logger.ts";
import { concludeSweep, everyRun, type SweepEnd, tellRuns } from "./conclude.ts";
import { drive } from "./drive.ts";
import type { SweepRun } from "./expand.ts";
import { PrefixedOutput } from "./prefixed-output.ts";
import { type SweepResult, resultOf } from "./result.ts";
import { checkNames, folderOf, overridesOfRun, setText } from "./run-overrides.ts";
import { openSweep, ownRecord, succeededRuns, type SweepState, writeState } from "./state.ts";
import { tellProgress } from "./progress.ts";

export interface LocalSweepHost {
  readonly log: Logger;
  readonly stores: Stores;
  readonly signals: SignalSource;
  readonly now: () => Date;
  /** Inherited by every run. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The program itself and what it was asked, up to what a run has of its own. */
  readonly command: readonly [string, ...string[]];
  readonly newId: () => string;
  readonly newSeed: () => number;
}

export interface LocalSweepOptions {
  readonly maxParallel: number;
  readonly resume: boolean;
  /** Say how each run ended, instead of showing its log. */
  readonly summary: boolean;
}

/** How long a run may take to publish once it was told to stop, beside the grace of its work. */
const publishGrace = 30_000;

/**
 * Runs a sweep on this machine, each run a process of the program itself.
 * @throws NbjobError where the output folder cannot be written, or holds another sweep than is to go on
 */
export async function sweepLocally(
  spec: JobSpec,
  sweep: SweepSpec,
  host: LocalSweepHost,
  options: LocalSweepOptions,
): Promise<SweepEnd> {
  const { log, stores, now } = host;
  const mask = new RunMask(spec, { ...host.env, ...spec.environment.variables }, log);
  const writing = { stores, mask: (text: string) => mask.text(text), log, now };
  const supervision = supervise(host.signals, (signal, again) =>
    log.warn(
      again ? `${signal} again: no more waiting` : `${signal}: stopping all runs, then publishing what there is`,
    ),
  );
  try {
    const { stop } = supervision;
    const state = await openSweep(spec, sweep, { ...host, now: now(), resume: options.resume, signal: stop });
    checkNames(spec, state.runs);
    tellRuns(state.runs, log);
    if (state.seed !== null) log.info(`The sweep's seed is ${state.seed}`);
    const kept = state.resumed ? await succeededRuns(spec, state, stores, stop) : [];
    const left = state.runs.filter((run) => !kept.some((result) => result.run === run));
    await writeState(
      spec,
      state,
      { status: "running", exitCode: null, finishedAt: null, results: everyRun(state.runs, kept) },
      writing,
    );
    log.info(
      `${left.length} of ${state.runs.length} runs are to be done, ${options.maxParallel} at a time, into ${displayLocation(spec.outputFolder)}`,
    );
    const progress = tellProgress(log, { all: state.runs.length, done: kept.length });
    const ended = await drive(left, {
      maxParallel: options.maxParallel,
      retries: sweep.retries,
      stop,
      execute: (run, attempt) => {
        progress.started(run, attempt);
        return runOnce(spec, { run, attempt, state }, host, supervision, options);
      },
      onEnd: progress.ended,
    });
    const { cause } = supervision;
    const canceledWith = cause?.kind === "canceled" ? exitCodeOfSignal(cause.signal) : undefined;
    return await concludeSweep(spec, sweep, state, { known: [...kept, ...ended], canceledWith }, writing);
  } finally {
    supervision.dispose();
  }
}

/** One process, from its start to its record. */
async function runOnce(
  spec: JobSpec,
  { run, attempt, state }: { readonly run: SweepRun; readonly attempt: number; readonly state: SweepState },
  host: LocalSweepHost,
  { stop, kill }: Supervision,
  { summary }: LocalSweepOptions,
): Promise<SweepResult> {
  const { log, stores, command, cwd } = host;
  const overrides = overridesOfRun(spec, run).filter(({ path }) => path[0] !== "outputFolder");
  const folder = formatLocation(folderOf(spec, run)).replaceAll("$", "$$$$");
  const words = [...overrides.flatMap((one) => ["--set", setText(one)]), "--output-folder", folder];
  const mark = formatSweepMark({ id: state.id, run: run.name, attempt });
  const output = new PrefixedOutput(log, run.name);
  const started = performance.now();
  const group = spawnGroup([...command, ...words], {
    cwd,
    env: { ...host.env, [sweepVariable]: mark },
    onOutput: (stream, chunk) => (summary ? undefined : output.push(stream, chunk)),
    signal: stop,
    // As it came: a run tells Ctrl-C from a kill.
    stopSignal: (reason) => signalOf(reason),
    stopGrace: spec.gracePeriod + publishGrace,
  });
  // The second signal means the same to a run as to us.
  const hurry = (): void => void group.signal(signalOf(kill.reason));
  kill.addEventListener("abort", hurry);
  const settled = await group.settled.finally(() => kill.removeEventListener("abort", hurry));
  output.end();
  const record = await ownRecord(spec, { id: state.id, run, attempt }, stores).catch((error: unknown) => {
    log.warn(`The record of run ${run.name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  const seconds = (performance.now() - started) / 1000;
  return resultOf(run, record, { exitCode: exitCodeOf(settled), attempts: attempt, canceled: stop.aborted, seconds });
}

function signalOf(reason: unknown): NodeJS.Signals {
  const named = typeof reason === "object" && reason !== null && "signal" in reason ? reason.signal : undefined;
  return named === "SIGINT" || named === "SIGHUP" ? named : "SIGTERM";
}
