import type { CellResult } from "../notebook/index.ts";
import type { Reason } from "../text/errors.ts";
import type { Metrics } from "./metrics.ts";
import type { RecordedFailure } from "./record.ts";

/** How the work ended, notebook or artifact alike: what execute hands to publish. */
export interface WorkOutcome {
  readonly status: "succeeded" | "failed" | "canceled";
  /** The work's own code, or the documented one of what ended it. */
  readonly exitCode: number;
  readonly reason: Reason | undefined;
  readonly failure: RecordedFailure | undefined;
  readonly cells: readonly CellResult[];
  readonly outputsMayBeIncomplete: boolean;
  /** Figures that the work told of itself. */
  readonly metrics: Metrics;
  readonly kernel: { readonly name: string; readonly language: string } | undefined;
}

/** Why the supervision ends the work; the abort reason of its signal. */
export type StopCause =
  | { readonly kind: "canceled"; readonly signal: NodeJS.Signals }
  | { readonly kind: "timeout"; readonly milliseconds: number };
