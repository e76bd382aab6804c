import { exitCodeOf, spawnGroup } from "../process/group.ts";
import { formatSweepMark, sweepVariable } from "../run/sweep-mark.ts";
import { exitCodeOfSignal, type SignalSource, supervise, type Supervision } from "../run/supervise.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { SweepSpec } from "../spec/sweep.ts";
import { formatLocation } from "../storage/location.ts";
import { beginSweep, type SweepHost, type SweepOptions } from "./begin.ts";
import { concludeSweep, type SweepEnd } from "./conclude.ts";
import { drive } from "./drive.ts";
import type { SweepRun } from "./expand.ts";
import { PrefixedOutput } from "./prefixed-output.ts";
import { type SweepResult, resultOf } from "./result.ts";
import { folderOf, overridesOfRun, setText } from "./run-overrides.ts";
import { ownRecord, type SweepState } from "./state.ts";
import { messageOf } from "../text/message-of.ts";

export interface LocalSweepHost extends SweepHost {
  readonly signals: SignalSource;
  readonly cwd: string;
  /** The program itself and what it was asked, up to what a run has of its own. */
  readonly command: readonly [string, ...string[]];
}

export interface LocalSweepOptions extends SweepOptions {
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
  const { log } = host;
  const supervision = supervise(host.signals, (signal, again) =>
    log.warn(
      again ? `${signal} again: no more waiting` : `${signal}: stopping all runs, then publishing what there is`,
    ),
  );
  try {
    const { stop } = supervision;
    const { state, kept, left, progress, mask } = await beginSweep(spec, sweep, host, { ...options, signal: stop });
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
    return await concludeSweep(spec, sweep, state, { known: [...kept, ...ended], canceledWith }, { ...host, mask });
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
    log.warn(`The record of run ${run.name} cannot be read: ${messageOf(error)}`);
    return undefined;
  });
  const seconds = (performance.now() - started) / 1000;
  return resultOf(run, record, { exitCode: exitCodeOf(settled), attempts: attempt, canceled: stop.aborted, seconds });
}

function signalOf(reason: unknown): NodeJS.Signals {
  const named = typeof reason === "object" && reason !== null && "signal" in reason ? reason.signal : undefined;
  return named === "SIGINT" || named === "SIGHUP" ? named : "SIGTERM";
}
