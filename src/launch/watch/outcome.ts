import type { JobRunSummary } from "../../oci/datascience/models.ts";
import { exitCodes, type Reason } from "../../text/errors.ts";

export type RunState = JobRunSummary["lifecycleState"];

/** How a job run ended, or why it is not watched any longer. */
export interface RunOutcome {
  readonly state: RunState;
  /** The run's own where Data Science tells one, else a documented one. */
  readonly exitCode: number;
  readonly reason: Reason | undefined;
  /** As a sentence without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

const over: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "CANCELED", "DELETED"]);

/** Whether nothing further happens to a run by itself. */
export function isOver(state: RunState): boolean {
  return over.has(state);
}

/**
 * The outcome of a run that has ended or needs attention; undefined for one that goes on. Data Science has no field for
 * the exit code: it is in a sentence, `Job run artifact execution failed with exit code 21.`
 */
export function outcomeOf(state: RunState, details = ""): RunOutcome | undefined {
  const because = details.trim().replace(/\.$/, "");
  const why = because === "" ? "" : `: ${because}`;
  switch (state) {
    case "SUCCEEDED":
      return { state, exitCode: 0, reason: undefined, message: "The job run succeeded" };
    case "FAILED": {
      const code = Number(/exit code:? (\d+)/i.exec(details)?.[1] ?? NaN);
      if (code >= 1 && code <= 255) {
        return { state, exitCode: code, reason: "work-failed", message: "The job run failed" };
      }
      return {
        ...ending(state, "service-failed", `Data Science could not run it to its end${why}`),
        remedy:
          "No exit code of the work is known. Infrastructure fails by chance, too: try again, or look at its log.",
      };
    }
    case "CANCELED":
      return /max(?:imum)?\W?(?:job)?\W?run\W?time|timed? ?out/i.test(details)
        ? ending(state, "timeout", `The job run was ended by its maximum runtime${why}`)
        : ending(state, "canceled", "The job run was cancelled");
    case "DELETED":
      return ending(state, "service-failed", "The job run was deleted");
    case "NEEDS_ATTENTION":
      return {
        ...ending(state, "needs-attention", `The job run needs attention${why}`),
        remedy:
          "Data Science lost hold of its machines: it may still run, and may never end by itself. Look at its outputs and log, then cancel it.",
      };
    default:
      return undefined;
  }
}

function ending(state: RunState, reason: Reason, message: string): RunOutcome {
  return { state, exitCode: exitCodes[reason], reason, message };
}
