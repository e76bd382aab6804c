import * as z from "zod/mini";
import { anyValue, keys, list, mapOf, optional, required, text, wholeNumber } from "./types.ts";
import { sweepRetries } from "./notebookoptions.ts";

const rangeWords = "a list of values, or a map of min and max";
const range = keys({
  min: required(z.number({ error: "a number" }), "Least value."),
  max: required(z.number({ error: "a number" }), "Greatest value."),
  scale: optional(z.enum(["linear", "log"], { error: "one of linear, log" }), "How values are spread; default linear."),
  integer: optional(z.boolean({ error: "true or false" }), "Whole numbers only."),
});

const nonEmpty = (expected: string) =>
  list(anyValue(), expected).check(z.minLength(1, { error: "a list of at least one value" }));

/** At most 1,000 runs; which combinations there are is worked out by the sweep itself. */
export const sweep = keys({
  parameters: optional(
    mapOf(nonEmpty("a list of values"), "a map from a parameter to its values"),
    "Grid: every combination of these values.",
  ),
  list: optional(
    list(mapOf(anyValue(), "a map of parameters"), "a list of maps of parameters").check(
      z.maxLength(1000, { error: "at most 1,000 runs" }),
    ),
    "One run for each of these sets of parameters.",
  ),
  random: optional(
    keys({
      count: required(wholeNumber(1, 1000), "How many runs."),
      seed: optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), "Seed, so that a sweep can be repeated."),
      parameters: required(
        mapOf(z.union([nonEmpty(rangeWords), range], { error: rangeWords }), "a map from a parameter to its values"),
        "Values drawn from lists and ranges.",
      ),
    }),
    "Runs with values drawn at random.",
  ),
  maxParallel: optional(wholeNumber(1, 1000), "Most runs at a time."),
  retries: optional(
    sweepRetries(),
    "How often a failed run is tried again: a number, after any failure but a cancel; or a map of attempts, exitCodes, causes and backoff.",
  ),
  metrics: optional(list(text("a metric's name"), "a list of metrics"), "Metrics shown in the table."),
  policy: optional(
    z.enum(["any", "all"], { error: "one of any, all" }),
    "Whether the sweep succeeds when any run does, or only when all do; default all.",
  ),
});
