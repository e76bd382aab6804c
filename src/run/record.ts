/**
 * The run record, `run.json` in the output folder: the contract with whoever reads a run by machine.
 *
 * It is written when the run starts (`status: "running"`), at checkpoints, and in its final form twice: before the
 * outputs are published and after. Only that last one has `complete: true`, so that whoever reads it there
 * knows that every output is in place. Everything in it is masked. New keys may appear; those that are here keep their meaning.
 */
import type { CellStatus } from "../notebook/index.ts";
import type { Reason } from "../text/errors.ts";
import type { Metrics } from "./metrics.ts";
import type { SweepMark } from "./sweep-mark.ts";

export const recordName = "run.json";

/** How long the output folder may be out of reach when the work is done: days of work may hang on it. */
export const longestOutage = 30 * 60_000;

export type RunStatus = "running" | "succeeded" | "failed" | "canceled";

export interface RunRecord {
  readonly schema: "nbjob.run/1";
  readonly status: RunStatus;
  readonly complete: boolean;
  /** The process's exit code; null while running. */
  readonly exitCode: number | null;
  /** Why, unless the run succeeded or is running. */
  readonly reason: Reason | null;
  readonly jobFile: { readonly location: string; readonly sha256: string } | null;
  readonly work: {
    readonly kind: "notebook" | "artifact" | "repository";
    readonly location: string;
    readonly sha256: string | null;
    readonly etag: string | null;
    /** A repository's, once it is fetched. */
    readonly commit?: string;
  } | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Of a run of a sweep. */
  readonly sweep: SweepMark | null;
  /** How often the work was started: more than once where `retries` has it. */
  readonly attempts: number;
  readonly seconds: { readonly stage: number | null; readonly execute: number | null; readonly publish: number | null };
  readonly failure: RecordedFailure | null;
  /** A notebook's cells, by their index in the input notebook; empty for an artifact. */
  readonly cells: readonly { readonly index: number | null; readonly status: CellStatus; readonly seconds: number }[];
  /** What the work told of itself: `metrics.ts` says how. */
  readonly metrics: Metrics;
  readonly outputsMayBeIncomplete: boolean;
  readonly outputs: readonly RecordedOutput[];
  readonly environment: {
    readonly nbjob: string;
    readonly image: string | null;
    readonly kernel: string | null;
    readonly language: string | null;
    readonly host: {
      readonly hostname: string;
      readonly platform: string;
      readonly cpus: number;
      readonly memoryBytes: number;
    };
  };
}

export interface RecordedFailure {
  /** One sentence, at most 1,024 characters, what matters most first. */
  readonly message: string;
  readonly cell: { readonly index: number | null; readonly executionCount: number | null } | null;
  readonly ename: string | null;
  readonly evalue: string | null;
  readonly signal: string | null;
  readonly oom: { readonly killed: boolean; readonly peakBytes?: number; readonly limitBytes?: number } | null;
  /** The last of what the work printed, at most 4,096 characters. */
  readonly logTail: string | null;
}

export interface RecordedOutput {
  /** Relative to the output folder, with slashes. */
  readonly path: string;
  readonly location: string;
  readonly bytes: number | null;
  /** Base64, where known. */
  readonly md5: string | null;
  readonly status: "published" | "failed";
  readonly error?: string;
}

/** A record as it stands in its file: two spaces, a line end, big integers and dates as text, every string masked. */
export function formatRecord(record: object, mask: (text: string) => string): string {
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === "string") return mask(value);
    if (typeof value === "bigint") return value.toString();
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    return value;
  };
  return `${JSON.stringify(record, plain, 2)}\n`;
}

/** At most `most` characters: the head of a message, with a mark where it was cut. */
export function shorten(text: string, most = 1024): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
