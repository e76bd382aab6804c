import { randomInt, randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { JobSpec } from "../spec/jobspec.ts";
import type { Stores } from "../storage/stores.ts";
import { sweepLocally } from "../sweep/local.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { pairs, text, texts } from "./options.ts";
import { maxParallelOf, tableFormat } from "./sweep-options.ts";

/** `nbjob run JOBFILE --sweep`: every run of the sweep a process of this program, then one table. */
export async function runSweep(
  spec: JobSpec,
  invocation: Invocation,
  context: CommandContext,
  stores: Stores,
): Promise<number> {
  const { sweep } = spec.oci;
  if (sweep === undefined) {
    throw new NbjobError("usage", "The job file has no sweep", { remedy: "Add sweep:, or leave out --sweep." });
  }
  const { log, signals, now, cwd, program } = context;
  const host = {
    log,
    stores,
    signals,
    now,
    cwd,
    env: plainEnvironment(context.env),
    command: [...program, ...wordsOf(invocation)] as const,
    newId: randomUUID,
    newSeed: () => randomInt(2 ** 31),
  };
  const maxParallel = maxParallelOf(invocation) ?? sweep.maxParallel ?? availableParallelism();
  const { exitCode, tables } = await sweepLocally(spec, sweep, host, {
    maxParallel,
    resume: invocation.values["resume"] === true,
    summary: invocation.values["summary"] === true,
  });
  log.endWork();
  log.print(tables[tableFormat(invocation)]);
  return exitCode;
}

/** The command line of one run: this one's, without what makes it a sweep. What a run has of its own comes after it. */
function wordsOf(invocation: Invocation): readonly string[] {
  const { operands, values } = invocation;
  const flag = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  const pair = (name: string): readonly string[] => pairs(invocation, name).flatMap((words) => [`--${name}`, ...words]);
  return [
    "run",
    ...operands,
    ...pair("parameters"),
    ...pair("parameters_raw"),
    ...texts(invocation, "parameters_file").flatMap((file) => flag("parameters_file", file)),
    ...texts(invocation, "parameters_yaml").flatMap((yaml) => flag("parameters_yaml", yaml)),
    ...texts(invocation, "set").flatMap((set) => flag("set", set)),
    ...flag("kernel", text(invocation, "kernel")),
    ...flag("cwd", text(invocation, "cwd")),
    ...(values["keepWorkspace"] === true ? ["--keep-workspace"] : []),
    ...(values["debug"] === true ? ["--debug"] : flag("log-level", text(invocation, "logLevel"))),
    "--log-format=text",
  ];
}
