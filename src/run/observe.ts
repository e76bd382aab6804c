import type { CellRef, ExecuteObserver } from "../notebook/index.ts";
import type { Log } from "../text/log.ts";
import { shorten } from "./record.ts";

/** Tells the log what the notebook does: a line when each cell starts and ends, and what it prints between. */
export function observeCells(log: Log): ExecuteObserver {
  return {
    kernelReady: (kernel) =>
      log.debug(`Kernel ${kernel.name} (${kernel.language}) is ready after ${kernel.seconds.toFixed(2)} s`, {
        kernel: kernel.name,
        pid: kernel.pid,
      }),
    cellStarted: (cell) =>
      log.info(`${label(cell)}: ${shorten(cell.firstLine, 100)}`, { event: "cell-started", cell: cell.index ?? null }),
    output: (stream, bytes, cell) => log.work(stream, bytes, { cell: cell.index ?? null }),
    cellEnded(cell) {
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
