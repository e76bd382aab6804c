import type { Command } from "./command.ts";
import { overrideOptions } from "./options.ts";

const launchHelp = `The job file is the argument, else NOTEBOOK_YAML_URL, else NOTEPAD_YAML_URL. It, and what it names on this machine, are
uploaded to nbjob-staging/ in the output folder's bucket. A job that was made from the same is used again.
The exit code is the job run's own; nbjob help exit-codes lists those of runs that have none.

Examples:
  nbjob launch job.yaml
  nbjob launch job.yaml -p alpha 0.1 --shape VM.Standard.E4.Flex
  nbjob launch job.yaml --dry-run
  run=$(nbjob launch job.yaml --detach)`;

/** Commands that speak to OCI Data Science. */
export const launchCommands: readonly Command[] = [
  {
    name: "launch",
    summary: "run a job file on OCI Data Science, show its log, end with its exit code",
    operands: "[jobfile]",
    options: [
      ...overrideOptions,
      { flags: "--image <image>", description: "the container image, as infrastructure.image" },
      { flags: "--shape <shape>", description: "the compute shape, as infrastructure.shape" },
      { flags: "--name <name>", description: "the job's name, as jobName" },
      { flags: "--stage <location>", description: "the folder of a bucket that local files are uploaded to" },
      { flags: "--executable <file>", description: "the self-contained nbjob that a job without an image carries" },
      { flags: "--dry-run", description: "print every request as JSON, and make none" },
    ],
    help: launchHelp,
    load: async () => (await import("./launch.ts")).launchCommand,
  },
];
