import type { Command } from "./command.ts";
import { launchCommands } from "./launch-commands.ts";
import { localSweepOptions } from "./sweep-options.ts";
import { overrideOptions } from "./options.ts";
import { policiesCommands } from "./policies-commands.ts";
import { scheduleCommands } from "./schedule-commands.ts";

const runHelp = `The job file is the argument, else NOTEBOOK_YAML_URL, else NOTEPAD_YAML_URL.

Examples:
  nbjob run jobs/hello.yaml
  nbjob run analysis.ipynb -p alpha 0.1 --output-folder out/
  nbjob run job.yaml --set parameters.epochs=10 --set timeout=2h
  nbjob run job.yaml --sweep --max-parallel 4

Values from outside the file, strongest first: the command line, then NBJOB_SET and
NBJOB_PARAMETERS (JSON) in the environment, then the file.`;

const checkHelp = `Looks at the job file, the output folder (a file is written to it and taken back), the work and its checksum, the kernel
or interpreter, the parameters, conda packs, secrets and inputs. The work is fetched and opened; inputs and packs are only
found. All that is wrong is told at once, and the exit code is the one that run would end with.

Examples:
  nbjob check jobs/hello.yaml
  nbjob check job.yaml --offline --json`;

const doctorHelp = `Environment variables are told by name. Values are shown of a few that hold no secret, such as JOB_RUN_OCID.

Examples:
  nbjob doctor
  docker run --rm nbjob doctor --offline
  nbjob doctor --output oci://results@mytenancy/doctor/\${JOB_RUN_OCID}/   # in a job run's command`;

/** Every command, the default one first. */
export const commands: readonly Command[] = [
  {
    name: "run",
    summary: "run a job file, a notebook or an artifact here, and publish its outputs",
    operands: "[jobfile]",
    options: [
      ...overrideOptions,
      {
        flags: "--cwd <folder>",
        description: "run in this folder instead of a fresh one; only files that outputs: names are published",
      },
      { flags: "--keep-workspace", description: "leave the run's temporary folder behind" },
      ...localSweepOptions,
    ],
    help: runHelp,
    load: async () => (await import("./run.ts")).runCommand,
  },
  {
    name: "check",
    summary: "look at everything that a run needs, without running",
    operands: "[jobfile]",
    options: [
      ...overrideOptions,
      { flags: "--cwd <folder>", description: "the folder that the run would be in" },
      { flags: "--offline", description: "look only at what lies on this machine" },
      { flags: "--json", description: "as JSON" },
    ],
    help: checkHelp,
    load: async () => (await import("./check.ts")).checkCommand,
  },
  {
    name: "inspect",
    summary: "list the parameters that a notebook declares",
    operands: "<notebook>",
    options: [{ flags: "--json", description: "as JSON" }],
    load: async () => (await import("./inspect.ts")).inspectCommand,
  },
  {
    name: "doctor",
    summary: "say what is to be known of this machine or container, never a secret",
    options: [
      { flags: "--json", description: "as JSON" },
      { flags: "--offline", description: "ask nobody outside of this machine" },
      {
        flags: "--output <location>",
        description: "write the JSON there too: a folder, or a name that ends with .json",
      },
    ],
    help: doctorHelp,
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  ...launchCommands,
  ...policiesCommands,
  ...scheduleCommands,
  {
    name: "help",
    summary: "help on a command, or on exit-codes",
    operands: "[topic]",
    options: [],
    load: async () => (await import("./help.ts")).helpCommand,
  },
];

/** Words that people try as commands; asking for one says what there is instead of looking for a file of that name. */
export const noCommands: Readonly<Record<string, { readonly message: string; readonly remedy: string }>> = {
  init: { message: "nbjob init comes with a later release", remedy: "See nbjob --help for what is here." },
  sweep: {
    message: "A sweep is no command of its own, but a job file with sweep: in it",
    remedy: "nbjob run JOBFILE --sweep runs it here, nbjob launch JOBFILE on OCI Data Science.",
  },
};
