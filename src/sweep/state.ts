/**
 * A sweep's state: `sweep.json` in its output folder, with a run's own record in each of its runs' folders. Whoever has
 * the folder can go on with the sweep: nothing of it is kept on the machine that started it.
 *
 * `sweep.json` is written when the sweep starts, with its runs, and at its end, with what became of them; beside it then
 * lies `sweep.csv`. What a run did in between, its own `run.json` says, which names the sweep that it belongs to.
 */
import pMap from "p-map";
import { formatRecord, type RunRecord } from "../run/record.ts";
import { readRecord } from "../run/read-record.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { SweepSpec } from "../spec/sweep.ts";
import { asFolder, displayLocation, joinLocation } from "../storage/location.ts";
import { bytesSource } from "../storage/source.ts";
import type { Stores } from "../storage/stores.ts";
import { readWhole } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import { digestOf, expandSweep, type SweepRun } from "./expand.ts";
import { resultOf, type SweepResult } from "./result.ts";
import { folderOf } from "./run-overrides.ts";

export const sweepFile = "sweep.json";

export interface SweepState {
  /** Tells this sweep from others in the same folder. */
  readonly id: string;
  readonly seed: number | null;
  readonly digest: string;
  readonly runs: readonly SweepRun[];
  readonly startedAt: string;
  /** The state goes on from an earlier one. */
  readonly resumed: boolean;
}

export interface OpenOptions {
  readonly stores: Stores;
  readonly resume: boolean;
  readonly now: Date;
  readonly newId: () => string;
  readonly newSeed: () => number;
  readonly signal: AbortSignal;
}

/**
 * A new sweep, or with `resume` the one that the output folder holds, where it does.
 * @throws NbjobError `invalid-job-file` where that one has other runs than the job file describes
 */
export async function openSweep(spec: JobSpec, sweep: SweepSpec, options: OpenOptions): Promise<SweepState> {
  const before = options.resume ? await readState(spec, options) : undefined;
  const isRandom = sweep.sets.kind === "random";
  const given = sweep.sets.kind === "random" ? sweep.sets.seed : undefined;
  const seed = given ?? before?.seed ?? options.newSeed();
  const runs = expandSweep(sweep.sets, seed);
  const state = { seed: isRandom ? seed : null, digest: digestOf(runs), runs };
  if (before === undefined) {
    return { ...state, id: options.newId(), startedAt: options.now.toISOString(), resumed: false };
  }
  if (before.digest === state.digest) {
    return { ...state, id: before.id, startedAt: before.startedAt, resumed: true };
  }
  const folder = displayLocation(spec.outputFolder);
  throw new NbjobError("invalid-job-file", `The sweep in ${folder} has other runs than the job file describes`, {
    remedy: "Leave out --resume to run all anew, or give the new sweep an outputFolder of its own.",
  });
}

/** Runs that have succeeded in this sweep, by their records. */
export async function succeededRuns(
  spec: JobSpec,
  { id, runs }: Pick<SweepState, "id" | "runs">,
  stores: Stores,
  signal: AbortSignal,
): Promise<readonly SweepResult[]> {
  const read = async (run: SweepRun): Promise<SweepResult | undefined> => {
    const record = await ownRecord(spec, { id, run, attempt: undefined }, stores, signal);
    if (record?.status !== "succeeded" || !record.complete) return undefined;
    const attempts = record.sweep?.attempt ?? 1;
    return resultOf(run, record, { exitCode: 0, attempts, canceled: false, seconds: 0 });
  };
  const found = await pMap(runs, read, { concurrency: 16 });
  return found.filter((result) => result !== undefined);
}

/** A run's record, if it is of this sweep, and of this attempt where one is asked for. */
export async function ownRecord(
  spec: JobSpec,
  { id, run, attempt }: { readonly id: string; readonly run: SweepRun; readonly attempt: number | undefined },
  stores: Stores,
  signal?: AbortSignal,
): Promise<RunRecord | undefined> {
  const record = await readRecord(stores, folderOf(spec, run), signal);
  const mark = record?.sweep;
  const isOwn = mark?.id === id && mark.run === run.name && (attempt === undefined || mark.attempt === attempt);
  return isOwn ? record : undefined;
}

/** How a sweep stands, for its record. */
export interface SweepOutcome {
  readonly status: "running" | "succeeded" | "failed" | "canceled";
  readonly exitCode: number | null;
  readonly finishedAt: string | null;
  readonly results: readonly SweepResult[];
}

export interface WriteOptions {
  readonly stores: Stores;
  readonly mask: (text: string) => string;
}

/** Writes `sweep.json`. @throws NbjobError where the output folder cannot be written */
export async function writeState(
  spec: JobSpec,
  state: SweepState,
  outcome: SweepOutcome,
  { stores, mask }: WriteOptions,
): Promise<void> {
  await writeFile(spec, sweepFile, formatState(spec, state, outcome, mask), "application/json", stores);
}

/** The text of `sweep.json`. */
export function formatState(
  spec: JobSpec,
  { id, seed, digest, startedAt }: SweepState,
  { status, exitCode, finishedAt, results }: SweepOutcome,
  mask: (text: string) => string,
): string {
  const { jobFile } = spec;
  const record = {
    schema: "nbjob.sweep/1",
    id,
    status,
    exitCode,
    digest,
    seed,
    jobFile: jobFile === undefined ? null : { location: displayLocation(jobFile.location), sha256: jobFile.sha256 },
    startedAt,
    finishedAt,
    runs: results.map(({ run, ...result }) => ({
      run: run.name,
      parameters: run.parameters,
      ...result,
      outputFolder: displayLocation(folderOf(spec, run)),
    })),
  };
  return formatRecord(record, mask);
}

/** Writes a file beside `sweep.json`. */
export async function writeFile(
  spec: JobSpec,
  name: string,
  text: string,
  contentType: string,
  stores: Stores,
): Promise<void> {
  const location = joinLocation(asFolder(spec.outputFolder), name);
  await stores.store(location).write(location, bytesSource(Buffer.from(text)), { contentType });
}

type Before = Pick<SweepState, "id" | "digest" | "startedAt"> & { readonly seed: number | undefined };

async function readState(spec: JobSpec, { stores, signal }: OpenOptions): Promise<Before | undefined> {
  const location = joinLocation(asFolder(spec.outputFolder), sweepFile);
  let text: string;
  try {
    const { bytes } = await readWhole(stores, location, { maxBytes: 64 * 1024 * 1024, signal });
    text = bytes.toString("utf8");
  } catch (error) {
    if (error instanceof NbjobError && error.reason === "not-found") return undefined;
    throw error;
  }
  const before = beforeIn(text);
  if (before !== undefined) return before;
  const shown = displayLocation(location);
  throw new NbjobError("invalid-work", `${shown} is no state of a sweep`, {
    location: shown,
    remedy: "Leave out --resume to run all anew.",
  });
}

function beforeIn(text: string): Before | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const entries = new Map<string, unknown>(Object.entries(value));
  const [id, digest, startedAt, seed] = ["id", "digest", "startedAt", "seed"].map((key) => entries.get(key));
  if (entries.get("schema") !== "nbjob.sweep/1") return undefined;
  if (typeof id !== "string" || typeof digest !== "string" || typeof startedAt !== "string") return undefined;
  return { id, digest, startedAt, seed: typeof seed === "number" ? seed : undefined };
}
