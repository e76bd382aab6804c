/** What a cell's messages, its interruption and the kernel's end mean for the cell and for the notebook. */
import type { JsonObject } from "../kernel/connection.ts";
import type { RaisedError } from "../kernel/messages.ts";
import type { Ended } from "./conversation.ts";
import type { PlannedCell } from "./select.ts";
import type { StopCause } from "./stopper.ts";
import type { CellStatus } from "./types.ts";

/** Why the notebook ends with this cell. */
export type Ending =
  | { readonly kind: "exit" }
  | { readonly kind: "raised"; readonly error: RaisedError; readonly exitCode?: number }
  | { readonly kind: "prompt"; readonly text: string; readonly error: RaisedError | undefined }
  | { readonly kind: "no-reply" }
  | { readonly kind: "aborted" }
  | { readonly kind: "stopped"; readonly cause: Exclude<StopCause, { kind: "prompt" }> }
  | { readonly kind: "died" };

export interface CellOutcome {
  readonly status: Extract<CellStatus, "succeeded" | "failed" | "interrupted">;
  /** Undefined where the notebook goes on. */
  readonly ending: Ending | undefined;
}

export function outcomeOf(
  planned: Pick<PlannedCell, "mayRaise">,
  ended: Ended,
  facts: { readonly cause: StopCause | undefined; readonly allowErrors: boolean },
): CellOutcome {
  const { reply } = ended;
  const { cause } = facts;
  // exit() may take the kernel with it before its idle status is out.
  if (reply?.status === "ok" && reply.payload.some(asksExit)) return { status: "succeeded", ending: { kind: "exit" } };
  if (cause !== undefined && cause.kind !== "prompt")
    return { status: "interrupted", ending: { kind: "stopped", cause } };
  const error = reply?.error ?? ended.error;
  if (ended.prompt !== undefined && ended.gone)
    return { status: "failed", ending: { kind: "prompt", text: ended.prompt, error } };
  if (ended.restarted || (ended.gone && !reply)) return { status: "interrupted", ending: { kind: "died" } };
  const failure: Ending | undefined =
    ended.prompt !== undefined
      ? { kind: "prompt", text: ended.prompt, error }
      : error
        ? raised(error)
        : reply === undefined
          ? { kind: "no-reply" }
          : reply.status === "ok"
            ? undefined
            : { kind: "aborted" };
  return outcomeOfFailure(failure, planned.mayRaise, facts.allowErrors);
}

function outcomeOfFailure(failure: Ending | undefined, mayRaise: boolean, allowErrors: boolean): CellOutcome {
  if (!failure) return { status: "succeeded", ending: undefined };
  // An exception that the cell is there to show, SystemExit included.
  if (mayRaise) return { status: "succeeded", ending: undefined };
  if (failure.kind === "exit") return { status: "succeeded", ending: failure };
  const stops = !allowErrors || (failure.kind === "raised" && failure.exitCode !== undefined);
  return { status: "failed", ending: stops ? failure : undefined };
}

/** SystemExit is how a program says that it has finished, and with what code. */
function raised(error: RaisedError): Ending {
  // xeus-python names it <class 'SystemExit'>.
  if (!/\bSystemExit\b/.test(error.ename)) return { kind: "raised", error };
  const value = error.evalue.trim();
  if (["", "0", "None", "False"].includes(value)) return { kind: "exit" };
  // sys.exit("message") means 1, and an operating system has one byte for a code: 256 would look like success.
  const code = /^-?\d+$/.test(value) ? Number(BigInt.asUintN(8, BigInt(value))) : 1;
  return { kind: "raised", error, exitCode: code || 1 };
}

/** What `exit` and `quit` of IPython and of R's kernel send, whether or not they keep the kernel. */
function asksExit(payload: JsonObject): boolean {
  return payload.source === "ask_exit";
}
