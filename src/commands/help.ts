import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { commands } from "./index.ts";
import { parse } from "./parse.ts";
import { programText } from "./program.ts";

/** `nbjob help`, `nbjob help COMMAND`, `nbjob help exit-codes`. */
export async function helpCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const [topic] = invocation.operands;
  if (topic === "exit-codes") {
    context.log.print(exitCodeTable);
    return 0;
  }
  if (topic !== undefined && !commands.some((command) => command.name === topic)) {
    const topics = [...commands.map((command) => command.name), "exit-codes"];
    throw new NbjobError("usage", `There is no help on "${topic}"`, { remedy: `There is on ${topics.join(", ")}.` });
  }
  const parsed = await parse(topic === undefined ? ["--help"] : [topic, "--help"], commands, {
    ...programText,
    version: context.version,
  });
  if (parsed.kind === "text") context.log.print(parsed.text);
  return 0;
}

const exitCodeTable = `Exit codes

The work's own code passes through, SystemExit(n) in a notebook too, and no later failure replaces it.

  0      the work succeeded and its outputs are published
  1      a notebook cell raised (scripts: whatever they returned)
  64     command-line usage
  65     the work is not what it claims (corrupt notebook, archive, checksum)
  66     the job file, work or an input does not exist
  69     a service stayed unreachable after retries
  70     a bug in nbjob
  71     OCI could not run it: the job run has no exit code of its work
  73     the output folder cannot be written
  74     the work succeeded but its outputs could not all be published
  75     the job run needs attention, and may never end by itself
  76     a service refused what it was asked: a limit, a conflict, a value
  77     not authorised
  78     the job file is invalid, or its environment (kernel, interpreter) is not there
  124    a timeout of ours ended the work
  126    the artifact is not executable
  127    the artifact's interpreter was not found
  128+n  the work, or the kernel, died of signal n (137: killed);
         143, 130, 129: the run was cancelled by SIGTERM, SIGINT, SIGHUP
`;
