/** What the end of a kernel means for a notebook whose cells are through. */
import type { KernelConnection, KernelExit } from "../kernel/connection.ts";

export interface KernelEnd {
  readonly exit: KernelExit;
  readonly connection: Pick<KernelConnection, "dropped" | "mayHaveLost" | "cutShort">;
  /** Milliseconds that it had. */
  readonly grace: number;
}

/** Why some of what the kernel said may be missing; undefined where all is there. */
export function doubtOf({ exit, connection, grace }: KernelEnd): string | undefined {
  const { dropped, mayHaveLost, cutShort } = connection;
  if (dropped > 0) return "Messages of the kernel were damaged and dropped: outputs may be incomplete";
  if (mayHaveLost) return "The kernel wrote faster than it waits for its readers: outputs may be incomplete";
  if (exit.late === true)
    return `The kernel did not end within ${grace / 1000} s and was stopped: its exit handlers may not have finished, and outputs may be incomplete`;
  if (cutShort === "unread")
    return "Nobody read the log while the kernel ended and wrote on: outputs may be incomplete";
  if (cutShort === "undelivered") return "The kernel's last messages did not arrive: outputs may be incomplete";
  const died = exit.how !== "stopped" && exit.signal !== null;
  if (!died && cutShort === undefined) return undefined;
  const how = died ? `died of ${exit.signal}` : `exited with code ${exit.code}`;
  return `The kernel ${how} before it had ended properly: its exit handlers may not have finished, and outputs may be incomplete`;
}

/** What the notebook left behind; undefined for nothing. */
export function leftBy({ left = 0 }: KernelExit): string | undefined {
  return left === 0 ? undefined : `The notebook left ${left} ${left === 1 ? "process" : "processes"} running; ended`;
}
