import * as z from "zod/mini";
import { duration, keys, list, optional, required, size, text, trueOrFalse, wholeNumber } from "./types.ts";

const cellWords = "a cell's index, from 0, or a tag";
const cell = () => z.union([z.number().check(z.multipleOf(1), z.minimum(0)), text(cellWords)], { error: cellWords });

const outputWords = "a size, as in 20MB, or a map of cell and notebook sizes";

export const notebookOptions = keys({
  kernel: optional(text("a kernel's name"), "Name of the Jupyter kernel; default: the notebook's own."),
  excludeTags: optional(
    list(text("a tag"), "a list of tags"),
    "Cells with one of these tags are not run.",
  ),
  cellTimeout: optional(duration(), "How long one cell may run."),
  allowErrors: optional(trueOrFalse(), "Go on after a cell that raises; the run still fails at the end."),
  startCell: optional(cell(), "First cell to run: its index in the notebook, from 0, or a tag."),
  endCell: optional(cell(), "Last cell to run: its index in the notebook, from 0, or a tag."),
  maxOutput: optional(
    z.union(
      [
        size(),
        keys({
          cell: optional(size(), "Most output kept of one cell."),
          notebook: optional(size(), "Most output kept of the whole notebook."),
        }),
      ],
      { error: outputWords },
    ),
    "Most output kept of one cell, or of one cell and of the notebook; what is cut is marked.",
  ),
  startTimeout: optional(duration(), "How long the kernel may take to answer; default 60s."),
  shutdownGrace: optional(duration(0), "How long the kernel may take to shut down by itself; default 10s."),
});

/** Retries of a scheduled run. */
export const retries = () => wholeNumber(0, 100);

const causeWords = "a list of service, capacity, maximum-runtime";

/** Retries of one run of a sweep. */
export const sweepRetries = () =>
  z.union(
    [
      retries(),
      keys({
        attempts: required(wholeNumber(1, 100), "How often it is tried again, at most."),
        exitCodes: optional(
          list(wholeNumber(1, 255), codeWords).check(z.minLength(1, { error: codeWords })),
          "Exit codes after which it is.",
        ),
        causes: optional(
          list(z.enum(["service", "capacity", "maximum-runtime"], { error: causeWords }), causeWords).check(
            z.minLength(1, { error: causeWords }),
          ),
          "What else it is tried again after: a failure of the service, a shape that OCI has none left of, the maximum runtime.",
        ),
        backoff: optional(duration(0), "How long to wait before it is tried again; twice as long each further time, an hour at most. Default 10s."),
      }),
    ],
    { error: "a whole number from 0 to 100, or a map of attempts, exitCodes, causes and backoff" },
  );

const codeWords = "a list of exit codes from 1 to 255";

/** Retries of the work within its run. */
export const workRetries = () =>
  z.union(
    [
      retries(),
      keys({
        attempts: required(wholeNumber(1, 100), "How often it is tried again, at most."),
        exitCodes: optional(
          list(wholeNumber(1, 255), codeWords).check(z.minLength(1, { error: codeWords })),
          "Exit codes after which it is tried again; 137 is a work that was killed, as for want of memory. Default: whenever the work itself failed, but not when it was killed for want of memory or by cellTimeout.",
        ),
        backoff: optional(duration(0), "How long to wait before it is tried again; twice as long each further time, an hour at most. Default 10s."),
      }),
    ],
    { error: "a whole number from 0 to 100, or a map of attempts, exitCodes and backoff" },
  );
