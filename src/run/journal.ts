import { availableParallelism, hostname, totalmem } from "node:os";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayWork } from "../spec/work.ts";
import { displayLocation, joinLocation, type Location } from "../storage/location.ts";
import { bytesSource } from "../storage/source.ts";
import type { Store } from "../storage/store.ts";
import { Patience } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import type { WorkOutcome } from "./outcome.ts";
import type { SweepMark } from "./sweep-mark.ts";
import { formatRecord, longestOutage, recordName, type RunRecord } from "./record.ts";
import type { Staged } from "./stage.ts";

type Phase = keyof RunRecord["seconds"];

/** Keeps the run record and writes it, one write at a time, each whole. */
export class Journal {
  #record: RunRecord;
  readonly #store: Store;
  readonly #location: Location;
  readonly #now: () => Date;
  readonly #mask: (text: string) => string;
  #writing: Promise<void> = Promise.resolve();
  #phase: { name: Phase; since: number } | undefined;

  constructor(
    spec: JobSpec,
    host: {
      store: Store;
      now: () => Date;
      mask: (text: string) => string;
      version: string;
      image: string | undefined;
      sweep: SweepMark | undefined;
    },
  ) {
    this.#store = host.store;
    this.#location = joinLocation(spec.outputFolder, recordName);
    this.#now = host.now;
    this.#mask = host.mask;
    this.#record = {
      schema: "nbjob.run/1",
      status: "running",
      complete: false,
      exitCode: null,
      reason: null,
      jobFile:
        spec.jobFile === undefined
          ? null
          : { location: displayLocation(spec.jobFile.location), sha256: spec.jobFile.sha256 },
      work:
        spec.work === undefined
          ? null
          : { kind: spec.work.kind, location: displayWork(spec.work), sha256: null, etag: null },
      parameters: spec.parameters,
      startedAt: host.now().toISOString(),
      finishedAt: null,
      sweep: host.sweep ?? null,
      attempts: 1,
      seconds: { stage: null, execute: null, publish: null },
      failure: null,
      cells: [],
      metrics: {},
      outputsMayBeIncomplete: false,
      outputs: [],
      environment: {
        nbjob: host.version,
        image: host.image ?? null,
        kernel: null,
        language: null,
        host: {
          hostname: hostname(),
          platform: `${process.platform}-${process.arch}`,
          cpus: availableParallelism(),
          memoryBytes: totalmem(),
        },
      },
    };
  }

  get record(): RunRecord {
    return this.#record;
  }

  get location(): Location {
    return this.#location;
  }

  /** Changes the record in memory; `write` puts it in the output folder. */
  update(change: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  /** The work's bytes are here. */
  staged({ fetched, commit }: Pick<Staged, "fetched" | "commit">): void {
    const { work } = this.#record;
    if (work === null) return;
    if (fetched !== undefined) this.update({ work: { ...work, sha256: fetched.sha256, etag: fetched.etag ?? null } });
    if (commit !== undefined) this.update({ work: { ...work, commit } });
  }

  /** The work has ended; its outputs may still be on their way. */
  finish(outcome: WorkOutcome): void {
    this.update({
      status: outcome.status,
      exitCode: outcome.exitCode,
      reason: outcome.reason ?? null,
      failure: outcome.failure ?? null,
      cells: outcome.cells
        .filter((cell) => cell.index !== undefined)
        .map(({ index = null, status, seconds }) => ({ index, status, seconds: Math.round(seconds * 1000) / 1000 })),
      metrics: outcome.metrics,
      outputsMayBeIncomplete: outcome.outputsMayBeIncomplete,
      environment: {
        ...this.#record.environment,
        kernel: outcome.kernel?.name ?? null,
        language: outcome.kernel?.language ?? null,
      },
    });
  }

  /** Begins a phase and ends the one before it. Undefined: the run is over. */
  enter(phase: Phase | undefined): void {
    const now = this.#now();
    if (this.#phase !== undefined) {
      const seconds = Math.round(now.getTime() - this.#phase.since) / 1000;
      this.update({ seconds: { ...this.#record.seconds, [this.#phase.name]: seconds } });
    }
    this.#phase = phase === undefined ? undefined : { name: phase, since: now.getTime() };
    if (phase === undefined) this.update({ finishedAt: now.toISOString() });
  }

  /**
   * @param last no other record of this run follows: once the work has run, this one is worth waiting for
   * @throws NbjobError with reason `output-folder` where the folder cannot be written.
   */
  async write(signal: AbortSignal, { last = false } = {}): Promise<void> {
    const text = formatRecord(this.#record, this.#mask);
    const before = this.#writing;
    const writing = (async () => {
      await before.catch(() => undefined);
      await this.#store.write(this.#location, bytesSource(Buffer.from(text)), {
        contentType: "application/json",
        provisional: !last,
        signal,
        ...(last && this.#record.seconds.execute !== null ? { patience: new Patience(longestOutage) } : {}),
      });
    })();
    this.#writing = writing.catch(() => undefined);
    await writing;
  }
}

/** A failure to write the output folder, told as one whatever the store called it. */
export function outputFolderError(folder: Location, cause: unknown): NbjobError {
  if (
    cause instanceof NbjobError &&
    (cause.reason === "not-authorized" || cause.reason === "unreachable" || cause.reason === "usage")
  )
    return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NbjobError("output-folder", `The output folder ${displayLocation(folder)} cannot be written: ${why}`, {
    location: displayLocation(folder),
    cause,
    ...(cause instanceof NbjobError && cause.remedy !== undefined ? { remedy: cause.remedy } : {}),
  });
}
