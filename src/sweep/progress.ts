import { duration } from "../run/duration.ts";
import type { Log } from "../text/log.ts";
import type { SweepRun } from "./expand.ts";
import type { SweepResult } from "./result.ts";
import { cell } from "./table.ts";

export interface Progress {
  readonly started: (run: SweepRun, attempt: number) => void;
  readonly ended: (result: SweepResult, again: number | undefined) => void;
}

/** A line when a run starts, and one when it ends. */
export function tellProgress(log: Log, { all, done }: { readonly all: number; readonly done: number }): Progress {
  let count = done;
  return {
    started(run, attempt) {
      const again = attempt === 1 ? "" : `, attempt ${attempt}`;
      const values = Object.entries(run.parameters).map(([name, value]) => `${name}=${cell(value)}`);
      log.info(`Run ${run.name} starts${again}: ${shortened(values.join(", "))}`, {
        event: "sweep-run-started",
        run: run.name,
      });
    },
    ended(result, again) {
      const { run, status, exitCode, seconds, message, metrics } = result;
      if (again === undefined) count += 1;
      const took = seconds === null ? "" : ` after ${duration(seconds)}`;
      const code = exitCode === null ? "" : `, exit code ${exitCode}`;
      const said = status === "canceled" ? "was cancelled" : status;
      const figures = Object.entries(metrics).map(([name, value]) => `${name}=${cell(value)}`);
      const more = status === "failed" ? (message?.split("\n")[0] ?? "") : figures.join(", ");
      const then = again === undefined ? ` (${count} of ${all} done)` : `; trying again in ${duration(again)}`;
      const tail = more === "" ? "" : `: ${shortened(more)}`;
      log[status === "failed" ? "error" : "info"](`Run ${run.name} ${said}${took}${code}${then}${tail}`, {
        event: "sweep-run-ended",
        run: run.name,
        status,
        exitCode,
      });
    },
  };
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
