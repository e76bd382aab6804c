import { embed, guard } from "./embed.ts";
import { type TaskParameter, taskParameter } from "./parameter.ts";

/** The job run that a task starts. */
export interface TaskRun {
  readonly projectId: string;
  readonly compartmentId: string;
  readonly jobId: string;
  /** The run's display name. */
  readonly name: string;
  readonly maximumRuntimeInMinutes: number;
  readonly tags: RunTags;
  readonly work: TaskWork;
}

export interface RunTags {
  readonly freeformTags?: Readonly<Record<string, string>>;
  readonly definedTags?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export type TaskWork =
  /** A run of a job that holds nbjob, which reads the job file: one job, many notebooks. */
  | ({ readonly kind: "job-file"; readonly url: string } & RunOverrides & {
        /** Further variables. Whether the job's own are kept beside those of a run is not documented: they are told again. */
        readonly environment: Readonly<Record<string, string>>;
      })
  /** A plain run of any job. */
  | { readonly kind: "arguments"; readonly arguments: string };

/** What replaces values of the job file, each as YAML on one line. */
export interface RunOverrides {
  /** NBJOB_PARAMETERS: values of parameters. */
  readonly parameters: string;
  /** NBJOB_SET: values of any key, by its dotted path. */
  readonly settings: string;
}

export interface Payload {
  /** The request's body, with `${NAME}` where a parameter's value goes. */
  readonly text: string;
  readonly parameters: readonly TaskParameter[];
}

const escaped = 'In it, " is written \\" and \\ is written \\\\.';

/**
 * What the task posts to start the run.
 * The ids stand last: of two equal keys the later one counts, so that a value typed in the console that breaks out of its
 * quotes cannot start another job or reach another compartment.
 */
export function payloadOf(run: TaskRun): Payload {
  const own = ownPart(run.work);
  const { maximumRuntimeInMinutes: most } = run;
  const lines = [
    "{",
    '  "displayName": "${JOB_NAME}",',
    '  "jobConfigurationOverrideDetails": {',
    '    "jobType": "DEFAULT",',
    '    "maximumRuntimeInMinutes": ${MAXIMUM_RUNTIME},',
    ...own.lines,
    "  },",
    ...Object.entries(run.tags).map(([key, tags]) => `  ${JSON.stringify(key)}: ${guard(JSON.stringify(tags))},`),
    '  "projectId": "${PROJECT_ID}",',
    '  "compartmentId": "${COMPARTMENT_ID}",',
    '  "jobId": "${JOB_ID}"',
    "}",
  ];
  const runtime = `Minutes after which OCI ends the run. The task waits for ${most} of them: for more, change the job file.`;
  return {
    text: lines.join("\n"),
    parameters: [
      ...own.parameters,
      taskParameter("JOB_NAME", embed(run.name), `The job run's name. ${escaped}`),
      taskParameter("MAXIMUM_RUNTIME", String(most), runtime),
      taskParameter("PROJECT_ID", embed(run.projectId), "OCID of the Data Science project."),
      taskParameter("COMPARTMENT_ID", embed(run.compartmentId), "OCID of the compartment of the run."),
      taskParameter("JOB_ID", embed(run.jobId), "OCID of the Data Science job."),
    ],
  };
}

function ownPart(work: TaskWork): { readonly lines: readonly string[]; readonly parameters: readonly TaskParameter[] } {
  if (work.kind === "arguments") {
    return {
      lines: ['    "commandLineArguments": "${COMMAND_LINE_ARGS}"'],
      parameters: [taskParameter("COMMAND_LINE_ARGS", embed(work.arguments), `The run's arguments. ${escaped}`)],
    };
  }
  const variables = [
    ...Object.entries(work.environment).map(([name, value]) => `      "${embed(name)}": "${embed(value)}"`),
    '      "NBJOB_PARAMETERS": "${PARAMETERS}"',
    '      "NBJOB_SET": "${SETTINGS}"',
    '      "NOTEBOOK_YAML_URL": "${NOTEBOOK_YAML_URL}"',
  ];
  const parametersHelp = `Parameters of the notebook that replace the job file's, as in {epochs: 5, region: 'emea'}. ${escaped}`;
  const settingsHelp = `Values of any key of the job file, by their dotted paths, as in {timeout: 2h}. ${escaped}`;
  return {
    lines: ['    "environmentVariables": {', variables.join(",\n"), "    }"],
    parameters: [
      taskParameter("NOTEBOOK_YAML_URL", embed(work.url), `Where the job file is: oci://, https://. ${escaped}`),
      taskParameter("PARAMETERS", embed(work.parameters), parametersHelp),
      taskParameter("SETTINGS", embed(work.settings), settingsHelp),
    ],
  };
}
