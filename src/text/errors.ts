/**
 * The one place that knows how nbjob fails: a closed list of reasons, and one table from reason to exit code.
 * Errors carry data; `describe.ts` makes the sentence, once, at the end.
 */

/** Why a run of ours failed, as `run.json` records it in `reason`. */
export type Reason =
  | "cell-failed"
  | "work-failed"
  | "work-signaled"
  | "kernel-died"
  | "out-of-memory"
  | "usage"
  | "invalid-work"
  | "not-found"
  | "unreachable"
  | "refused"
  | "bug"
  | "output-folder"
  | "publish-incomplete"
  | "not-authorized"
  | "invalid-job-file"
  | "environment"
  | "timeout"
  | "canceled"
  | "service-failed"
  | "needs-attention";

/**
 * Exit codes of nbjob's own failures: sysexits(3)'s numbers, and timeout(1)'s 124.
 * The work's own code, 128+n for a signal, and 143/130 for a cancel do not come from here.
 */
export const exitCodes: Readonly<Record<Reason, number>> = {
  "cell-failed": 1,
  "work-failed": 1,
  "work-signaled": 137,
  "kernel-died": 137,
  "out-of-memory": 137,
  usage: 64,
  "invalid-work": 65,
  "not-found": 66,
  unreachable: 69,
  refused: 76,
  bug: 70,
  "output-folder": 73,
  "publish-incomplete": 74,
  "not-authorized": 77,
  "invalid-job-file": 78,
  environment: 78,
  timeout: 124,
  canceled: 143,
  "service-failed": 71,
  "needs-attention": 75,
};

/** What a shell answers where a command cannot be run at all, and the number to which it adds a signal's. */
export const shellExitCodes = { notExecutable: 126, notFound: 127, signaled: 128 } as const;

/** One thing that is wrong in a document: where it is and what to do about it. Lines and columns count from 1. */
export interface Problem {
  readonly message: string;
  /** Dotted path of the key, as in `infrastructure.ocpus`. */
  readonly key?: string;
  readonly line?: number;
  readonly column?: number;
  /** The flag or variable that the value came from, where it is not in the document: `--set timeout=`. */
  readonly origin?: string;
  /** What to do instead, as a sentence: `Did you mean "outputFolder"?` */
  readonly remedy?: string;
}

export interface ErrorDetails {
  /** The file, URL or object that the failure is about, as the user would write it. */
  readonly location?: string;
  /** Every problem found, where one document has several. */
  readonly problems?: readonly Problem[];
  /** What to do about it, as a sentence. */
  readonly remedy?: string;
  /** What a program said that failed, in its own lines. */
  readonly said?: string;
  /** The exit code, where the reason alone does not decide it (a signal, the work's own code). */
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/** A failure that nbjob expects and explains. Anything else that is thrown is a bug and exits 70. */
export class NbjobError extends Error {
  override readonly name = "NbjobError";
  readonly reason: Reason;
  readonly location: string | undefined;
  readonly problems: readonly Problem[];
  readonly remedy: string | undefined;
  readonly said: string | undefined;
  readonly exitCode: number;

  constructor(reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.location = details.location;
    this.problems = details.problems ?? [];
    this.remedy = details.remedy;
    this.said = details.said;
    this.exitCode = details.exitCode ?? exitCodes[reason];
  }
}
