import type { Command, Option } from "./command.ts";
import { overrideOptions } from "./options.ts";
import { sweepOptions } from "./sweep-options.ts";

const launchHelp = `The job file is the argument, else NOTEBOOK_YAML_URL, else NOTEPAD_YAML_URL. It, and what it names on this machine, are
uploaded to nbjob-staging/ in the output folder's bucket. A job that was made from the same is used again.
The exit code is the job run's own; nbjob help exit-codes lists those of runs that have none.
A job file with a sweep makes a job run for each of its runs, and ends with one table: docs/sweeps.md.

Examples:
  nbjob launch job.yaml
  nbjob launch sweep.yaml --max-parallel 20 --resume
  nbjob launch job.yaml -p alpha 0.1 --shape VM.Standard.E4.Flex
  nbjob launch job.yaml --dry-run
  run=$(nbjob launch job.yaml --detach)`;

const watchHelp = `RUN is a job run's OCID. The exit code is the job run's own; of several, that of the first that failed.
Ctrl-C ends the watch, never the run.

Examples:
  nbjob watch ocid1.datasciencejobrun.oc1.iad.aaaa
  nbjob watch $(nbjob launch job.yaml --detach) --output json`;

const logsHelp = `RUN is a job run's OCID.

Examples:
  nbjob logs ocid1.datasciencejobrun.oc1.iad.aaaa --tail 100
  nbjob logs ocid1.datasciencejobrun.oc1.iad.aaaa -f --since 1h --timestamps`;

const runsHelp = `JOB is a job's OCID, its name, or a job file. Without one, all runs of the compartment are listed, newest first.

Examples:
  nbjob runs
  nbjob runs job.yaml --limit 10
  nbjob runs ocid1.datasciencejob.oc1.iad.aaaa --output json`;

const deleteHelp = `Each is a job's or a job run's OCID. A job goes with all of its runs. Runs that have not ended are cancelled by nbjob cancel.

Examples:
  nbjob delete ocid1.datasciencejobrun.oc1.iad.aaaa
  nbjob delete ocid1.datasciencejob.oc1.iad.aaaa --yes`;

const watchOptions: readonly Option[] = [
  { flags: "--no-logs", description: "show states only" },
  { flags: "--interval <duration>", description: "how often to look while something changes; default 3s" },
  { flags: "--drain <duration>", description: "how long late lines are awaited at the end; default 90s" },
  { flags: "-o, --output <format>", description: "what is told at the end, on stdout", choices: ["text", "json"] },
];

const compartmentOption: Option = {
  flags: "-c, --compartment-id <ocid>",
  description: "the compartment; default NBJOB_OCI_COMPARTMENT, or that of the job run that this is",
};

const listOptions: readonly Option[] = [
  compartmentOption,
  { flags: "--limit <number>", description: "how many at most; default 50" },
  { flags: "-o, --output <format>", description: "the form of the list", choices: ["text", "wide", "json", "name"] },
];

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
      { flags: "--detach", description: "print the job run's OCID and do not wait for it" },
      ...watchOptions,
      ...sweepOptions,
      { flags: "--no-sweep", description: "one run, without the job file's sweep" },
      { flags: "--dry-run", description: "print every request as JSON, and make none" },
    ],
    help: launchHelp,
    load: async () => (await import("./launch.ts")).launchCommand,
  },
  {
    name: "watch",
    summary: "show states and logs of job runs until they end, and end with their exit code",
    operands: "<run...>",
    options: watchOptions,
    help: watchHelp,
    load: async () => (await import("./watch.ts")).watchCommand,
  },
  {
    name: "logs",
    summary: "print the log of a job run",
    operands: "<run>",
    options: [
      { flags: "-f, --follow", description: "go on until the run has ended" },
      { flags: "--since <duration>", description: "only lines that are not older" },
      { flags: "--tail <lines>", description: "only so many of the last lines" },
      { flags: "--timestamps", description: "each line behind its time" },
      { flags: "--drain <duration>", description: "how long late lines are awaited with -f; default 90s" },
    ],
    help: logsHelp,
    load: async () => (await import("./logs.ts")).logsCommand,
  },
  {
    name: "cancel",
    summary: "cancel job runs",
    operands: "<run...>",
    options: [{ flags: "--wait", description: "until they have ended" }],
    load: async () => (await import("./cancel.ts")).cancelCommand,
  },
  {
    name: "runs",
    summary: "list job runs with their states and exit codes",
    operands: "[job]",
    options: listOptions,
    help: runsHelp,
    load: async () => (await import("./runs.ts")).runsCommand,
  },
  {
    name: "jobs",
    summary: "list jobs",
    options: [{ flags: "--project-id <ocid>", description: "only those of this project" }, ...listOptions],
    load: async () => (await import("./jobs.ts")).jobsCommand,
  },
  {
    name: "delete",
    summary: "delete jobs and job runs",
    operands: "<ocid...>",
    options: [{ flags: "-y, --yes", description: "do not ask" }],
    help: deleteHelp,
    load: async () => (await import("./delete.ts")).deleteCommand,
  },
];
