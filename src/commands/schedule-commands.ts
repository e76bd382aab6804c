import type { Command, Option } from "./command.ts";
import { overrideOptions } from "./options.ts";

const placeOptions: readonly Option[] = [
  { flags: "--workspace <name>", description: "the Data Integration workspace, by name or OCID" },
  { flags: "--project <name>", description: "the project in it" },
  { flags: "--application <name>", description: "the application that tasks are published to" },
  { flags: "--compartment-id <ocid>", description: "the compartment" },
  { flags: "--with <service>", description: "which scheduler", choices: ["data-integration", "data-science"] },
];

const planOptions: readonly Option[] = [
  { flags: "--dry-run", description: "print the plan and the exact JSON of each call, and change nothing" },
  { flags: "--yes", description: "do it without asking" },
  { flags: "--delete-workspace", description: "with delete: the workspace too, with all that is in it" },
  { flags: "--json", description: "with list, runs and --dry-run: JSON alone" },
];

const stageOptions: readonly Option[] = [
  { flags: "--stage <location>", description: "the folder of a bucket that local files are uploaded to" },
  { flags: "--executable <file>", description: "the self-contained nbjob that a job without an image carries" },
];

const scheduleHelp = `nbjob schedule JOBFILE prints what it would make or change, asks, and does it: workspace, project, REST task, application,
publication, schedule, task schedule. What is there already and as it should be is left alone. After a failure the same
command goes on where it stopped.

  nbjob schedule list [JOBFILE]       the schedules of the application
  nbjob schedule runs JOBFILE         the latest runs, with their states
  nbjob schedule run-now JOBFILE      a run at once; -p name value gives it other parameters
  nbjob schedule pause JOBFILE        no runs until resume
  nbjob schedule resume JOBFILE
  nbjob schedule delete JOBFILE       removes what nbjob made for it, after saying what

A schedule's name does in a job file's place, but for delete, with --compartment-id (and --workspace) to say where it is.

Examples:
  nbjob schedule nightly.yaml
  nbjob schedule nightly.yaml --dry-run
  nbjob schedule run-now nightly.yaml -p day 2026-01-31
  nbjob schedule runs nightly --compartment-id ocid1.compartment.oc1..aaaa`;

const pipelineHelp = `A pipeline file names tasks, each a job file with parameters, and which come after which. It becomes a pipeline of REST
tasks in Data Integration, published and scheduled as nbjob schedule does with one; and list, runs, run-now, pause,
resume and delete are the same.

Examples:
  nbjob pipeline report.yaml --dry-run
  nbjob pipeline report.yaml
  nbjob pipeline run-now report.yaml`;

export const scheduleCommands: readonly Command[] = [
  {
    name: "schedule",
    summary: "run a job file on a schedule, in OCI Data Integration or Data Science",
    operands: "<jobfile-or-action> [jobfile]",
    options: [...placeOptions, ...planOptions, ...stageOptions, ...overrideOptions],
    help: scheduleHelp,
    load: async () => (await import("./schedule.ts")).scheduleCommand,
  },
  {
    name: "pipeline",
    summary: "run several job files in an order, on a schedule, in OCI Data Integration",
    operands: "<file-or-action> [file]",
    options: [...placeOptions.filter(({ flags }) => !flags.startsWith("--with")), ...planOptions],
    help: pipelineHelp,
    load: async () => (await import("./pipeline.ts")).pipelineCommand,
  },
];
