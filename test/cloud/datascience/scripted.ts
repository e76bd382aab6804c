import { setTimeout as sleep } from "node:timers/promises";
import type { Storage } from "../objectstorage/storage.ts";
import type { Execution, Node, Outcome } from "./execution.ts";

/** What a run does in place of running its image. */
export interface Scripted {
  /** Default 0. */
  readonly exitCode?: number;
  /** Lines on its stdout, spread evenly over its time. */
  readonly log?: readonly string[];
  /** Objects that it leaves, by `oci://bucket@namespace/name` or `bucket/name`; written at its end, also when it is cancelled. */
  readonly outputs?: Readonly<Record<string, string | Uint8Array>>;
  /** How long it is in progress; default 0. */
  readonly milliseconds?: number;
  /** A failure of the infrastructure at its end, with these details and no exit code. */
  readonly failure?: string;
  /** It ends in NEEDS_ATTENTION with these details, until it is cancelled. */
  readonly needsAttention?: string;
}

/** A test's own idea of what a node of a run does; undefined to run it for real. */
export type RunScript = (node: Node) => Scripted | Promise<Scripted | undefined> | undefined;

/** Does what a script says. */
export async function perform(scripted: Scripted, execution: Execution, storage: Storage): Promise<Outcome> {
  const { exitCode = 0, log = [], outputs = {}, milliseconds = 0, failure, needsAttention } = scripted;
  const step = milliseconds / (log.length + 1);
  try {
    for (const line of log) {
      if (step > 0) await sleep(step, undefined, { signal: execution.signal });
      execution.write(line, "stdout");
    }
    if (step > 0) await sleep(step, undefined, { signal: execution.signal });
  } catch {
    // It was stopped: what it has to leave, it leaves now.
  }
  for (const [place, bytes] of Object.entries(outputs)) {
    const [, bucket = "", name = ""] = /^(?:oci:\/\/([^@/]+)@[^/]+|[^/]+)\/(.+)$/s.exec(place) ?? [];
    await storage.putBytes(bucket || place.slice(0, place.indexOf("/")), name, Buffer.from(bytes));
  }
  if (failure !== undefined) return { kind: "failure", details: failure };
  if (needsAttention !== undefined) return { kind: "attention", details: needsAttention };
  return { kind: "exit", code: exitCode };
}
