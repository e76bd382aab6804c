/** Why a notebook did not succeed, as data and as one sentence. */
import { exitCodeOf } from "../../process/exit.ts";
import type { Kernel, KernelExit } from "../kernel/connection.ts";
import type { RaisedError } from "../kernel/messages.ts";
import type { Ending } from "./cell-outcome.ts";
import type { CellRef, NotebookResult } from "./types.ts";

export type Failure = NonNullable<NotebookResult["failure"]>;

export interface FailureFacts {
  readonly cell: (CellRef & { readonly executionCount: number | null }) | undefined;
  readonly kernel: Pick<Kernel, "log" | "name"> | undefined;
  /** Where the kernel is gone; a kernel that died without is one that restarted itself. */
  readonly exit: KernelExit | undefined;
  /** The most memory that the kernel's process was seen to have, in bytes. */
  readonly peak: number | undefined;
  readonly mask: ((text: string) => string) | undefined;
}

/** UTF-16 units of an exception's message that a sentence repeats. */
const longestEvalue = 500;
const longestText = 64 * 1024;

/** The failure that an ending is; undefined for an early, good end. */
export function failureOf(ending: Ending, facts: FailureFacts): Failure | undefined {
  const { cell, mask = (text: string) => text } = facts;
  const where = cell === undefined ? "The notebook" : nameOf(cell);
  const base = cell === undefined ? {} : { cell };
  const failed = { ...base, reason: "cell-failed" as const };
  switch (ending.kind) {
    case "exit":
      return undefined;
    case "raised": {
      const { error, exitCode } = ending;
      return {
        ...failed,
        message: `${where} ${mask(sentenceOf(error))}`,
        ...describeError(error, mask),
        ...(exitCode === undefined ? {} : { exitCode }),
      };
    }
    case "prompt": {
      const asked = ending.text.trim() === "" ? "" : ` (${JSON.stringify(mask(ending.text.trim()))})`;
      return {
        ...failed,
        message: `${where} asked for input${asked}, which a batch job cannot give: pass it as a parameter or in a variable`,
        ...(ending.error ? describeError(ending.error, mask) : {}),
      };
    }
    case "no-reply":
      return { ...failed, message: `${where} ended without the kernel saying how: its reply never came` };
    case "aborted":
      return { ...failed, message: `${where} was aborted by the kernel before it ran` };
    case "stopped": {
      const { cause } = ending;
      if (cause.kind === "canceled")
        return { ...base, reason: "canceled", message: `${where} was interrupted: the run was cancelled` };
      const limit =
        cause.kind === "cell-timeout"
          ? `after its timeout of ${cause.milliseconds / 1000} s`
          : "when the run's timeout was over";
      return { ...base, reason: "timeout", message: `${where} was interrupted ${limit}` };
    }
    case "died":
      return { ...base, ...death(where, facts, mask) };
  }
}

/** As people see it in a notebook: cells counted from 1. */
export function nameOf(cell: CellRef & { readonly executionCount?: number | null }): string {
  if (cell.index === undefined) return "The parameters cell";
  const count = cell.executionCount == null ? "" : ` (In [${cell.executionCount}])`;
  return `Cell ${cell.index + 1} of ${cell.of}${count}`;
}

function death(where: string, facts: FailureFacts, mask: (text: string) => string): Omit<Failure, "cell"> {
  const { exit, kernel, peak } = facts;
  const log = kernel?.log().trim() ?? "";
  const rest = {
    ...(log === "" ? {} : { kernelLog: mask(log) }),
    ...(peak === undefined ? {} : { peakMemoryBytes: peak }),
  };
  const during =
    where === "The notebook" ? "" : ` while ${where.replace(/^The|^Cell/, (word) => word.toLowerCase())} ran`;
  if (!exit || exit.restarted === true)
    return {
      reason: "kernel-died",
      message: `The kernel restarted itself${during}: everything it held is lost`,
      ...rest,
    };
  const { oom } = exit;
  const signal = exit.signal === null ? {} : { signal: exit.signal };
  // A kernel that exits with 0 in the middle of a cell has failed all the same.
  const exitCode = exitCodeOf(exit);
  const code = exitCode === 0 ? {} : { exitCode };
  const figures = { ...(oom ? { oom } : {}), ...signal, ...code, ...rest };
  if (oom?.killed === true)
    return {
      reason: "out-of-memory",
      message: `The kernel was killed for lack of memory${during}${memory(oom, peak)}`,
      ...figures,
    };
  const how = exit.signal === null ? `exited with code ${exit.code}` : `died of ${exit.signal}`;
  return {
    reason: "kernel-died",
    message: `The kernel ${how}${during}${memory(oom, exit.signal === "SIGKILL" ? peak : undefined)}`,
    ...figures,
  };
}

function memory({ peakBytes, limitBytes }: Omit<NonNullable<KernelExit["oom"]>, "killed"> = {}, peak?: number): string {
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  const parts = [
    ...(peak === undefined ? [] : [`the kernel was last seen with at most ${mebibytes(peak)}`]),
    ...(peakBytes === undefined ? [] : [`all together at most ${mebibytes(peakBytes)}`]),
    ...(limitBytes === undefined ? [] : [`the limit is ${mebibytes(limitBytes)}`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function sentenceOf({ ename, evalue }: RaisedError): string {
  const short = shorten(evalue, longestEvalue);
  // Bash's kernel has no name for a command that failed, only its status.
  if (ename === "") return short.trim() === "" ? "failed" : `failed: ${short}`;
  return short.trim() === "" ? `raised ${ename}` : `raised ${ename}: ${short}`;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function describeError({ ename, evalue, traceback }: RaisedError, mask: (text: string) => string): Partial<Failure> {
  const lines: string[] = [];
  let left = longestText;
  // The end of a traceback says what happened.
  for (const line of traceback.toReversed()) {
    if (left <= 0) break;
    const masked = shorten(mask(line), left);
    lines.unshift(masked);
    left -= masked.length;
  }
  return { ename, evalue: shorten(mask(evalue), longestText), traceback: lines };
}
