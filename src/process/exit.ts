import { constants } from "node:os";
import { shellExitCodes } from "../text/errors.ts";

/** How a process ended: its own code, or the signal that killed it; exactly one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The one number a shell would give: the process's own code, or 128 + n where signal n killed it. */
export function exitCodeOf(exit: Exit): number {
  if (exit.code !== null) return exit.code;
  return shellExitCodes.signaled + (exit.signal === null ? 0 : constants.signals[exit.signal]);
}
