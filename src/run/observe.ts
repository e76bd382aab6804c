import type { CellRef, ExecuteObserver } from "../notebook/index.ts";
import { AnsiStripper } from "../text/ansi.ts";
import type { Logger } from "../text/logger.ts";
import { duration } from "./duration.ts";
import { shorten } from "./record.ts";

/** Tells the log what the notebook does: a line when each cell starts and ends, what it prints between, and on a terminal how long it has run. */
export function observeCells(log: Logger, now: () => Date, parameters: readonly string[]): ExecuteObserver {
  // IPython colours its tracebacks for whoever might show them; a plain log does not.
  const plain = { stdout: new AnsiStripper(), stderr: new AnsiStripper() };
  let ticking: NodeJS.Timeout | undefined;
  return {
    kernelReady: (kernel) =>
      log.debug(`Kernel ${kernel.name} (${kernel.language}) is ready after ${kernel.seconds.toFixed(2)} s`, {
        kernel: kernel.name,
        pid: kernel.pid,
      }),
    cellStarted(cell) {
      const what = cell.index === undefined ? parameters.join(", ") : cell.firstLine;
      log.info(`${label(cell)}: ${shorten(what, 100)}`, { event: "cell-started", cell: cell.index ?? null });
      const since = now().getTime();
      ticking = setInterval(
        () => log.status(`${label(cell)} has run for ${duration((now().getTime() - since) / 1000)}`),
        1000,
      );
      ticking.unref();
    },
    async output(stream, bytes, cell) {
      const pieces = log.colours ? [bytes] : plain[stream].push(bytes);
      for (const piece of pieces) await log.work(stream, piece, { cell: cell.index ?? null });
    },
    cellEnded(cell) {
      clearInterval(ticking);
      log.status(undefined);
      log.endWork();
      if (cell.status === "skipped" || cell.status === "excluded") return;
      const memory = cell.memoryBytes === undefined ? "" : `, kernel at ${Math.round(cell.memoryBytes / 2 ** 20)} MiB`;
      const level = cell.status === "succeeded" ? "info" : "error";
      log[level](`${label(cell)} ${cell.status} in ${cell.seconds.toFixed(1)} s${memory}`, {
        event: "cell-ended",
        cell: cell.index ?? null,
        status: cell.status,
        seconds: cell.seconds,
      });
    },
    warning: (message) => log.warn(message),
  };
}

/** As people count, from 1; run.json and the notebook count from 0. */
function label(cell: CellRef): string {
  return cell.index === undefined ? "Parameters" : `Cell ${cell.index + 1}/${cell.of}`;
}
