import type { Invocation, Option } from "./command.ts";
import { NbjobError } from "../text/errors.ts";
import { text } from "./options.ts";

/** Options of a sweep, wherever it runs. */
export const sweepOptions: readonly Option[] = [
  { flags: "--max-parallel <number>", description: "most runs of a sweep at a time, as sweep.maxParallel" },
  {
    flags: "--resume",
    description: "go on with the sweep in the output folder: runs that succeeded are not run again",
  },
  { flags: "--table <format>", description: "how a sweep's table is printed", choices: ["text", "csv", "json"] },
];

/** Those of `run`. */
export const localSweepOptions: readonly Option[] = [
  { flags: "--sweep", description: "run every combination of sweep:, each as a process of its own" },
  ...sweepOptions,
  { flags: "--summary", description: "of each run of a sweep, say how it ended in place of its log" },
];

export type TableFormat = "text" | "csv" | "json";

export function tableFormat(invocation: Invocation): TableFormat {
  const format = text(invocation, "table");
  return format === "csv" || format === "json" ? format : "text";
}

/** @throws NbjobError `usage` for what is no number of runs */
export function maxParallelOf(invocation: Invocation): number | undefined {
  const written = text(invocation, "maxParallel");
  if (written === undefined) return undefined;
  const number = /^\d{1,4}$/.test(written) ? Number(written) : 0;
  if (number >= 1 && number <= 1000) return number;
  throw new NbjobError("usage", "--max-parallel: expected a whole number from 1 to 1,000");
}
