import * as z from "zod/mini";
import { infrastructure } from "./infrastructure.ts";
import { notebookOptions, workRetries } from "./notebookoptions.ts";
import { schedule } from "./schedule.ts";
import { sweep } from "./sweep.ts";
import { anyValue, duration, keys, list, location, mapOf, ocid, optional, required, secret, text, textual } from "./types.ts";

const sha256Words = "the 64 hexadecimal digits of a SHA-256";

const environment = keys({
  conda: optional(
    text("a location of a conda pack, or a service pack's slug"),
    "A published conda pack (oci://…) or a service pack's slug, in which the work runs.",
  ),
  requirements: optional(
    location(),
    "A requirements.txt: what it lists is installed, before the work starts, into a virtual environment that later runs find again. A path inside the archive or folder that runs, or a location.",
  ),
  variables: optional(
    mapOf(textual(), "a map of variables"),
    "Environment variables of the work. ${NAME} is expanded from the run's own environment; $$ is a dollar.",
  ),
  secrets: optional(
    mapOf(secret(), "a map of secrets"),
    "Environment variables whose values come from OCI Vault: a secret's OCID, or vault:name.",
  ),
});

const git = keys({
  url: required(text("a repository's address"), "The repository's address, as git takes it."),
  branch: optional(text("a branch"), "A branch or tag; default the repository's own branch."),
  commit: optional(text("a commit"), "A commit; wins over the branch."),
  sshKey: optional(secret(), "The vault secret that holds an SSH key: its OCID, or vault:name."),
});

/** Every key of a job file. The JSON Schema in `schema/` is generated from this. */
export const jobFileSchema = keys(
  {
    noteBook: optional(location(), "The notebook to run."),
    artifact: optional(location(), "The script, notebook or archive to run, in place of noteBook."),
    git: optional(git, "The Git repository to run, in place of noteBook; entrypoint names what runs in it."),
    entrypoint: optional(text("a path inside the archive"), "What to run inside an archive."),
    arguments: optional(
      z.union([list(textual(), "a list of texts"), z.string()], { error: "a list of texts, or one text quoted as for a shell" }),
      "Arguments of the artifact: a list, or one text split as a shell would.",
    ),
    workingDirectory: optional(text("a path inside the archive"), "Folder inside the archive in which the work runs."),
    pythonPath: optional(
      list(text("a path"), "a list of paths"),
      "Folders inside the archive that Python imports from.",
    ),
    sha256: optional(
      z.string({ error: sha256Words }).check(z.regex(/^[0-9a-fA-F]{64}$/, { error: sha256Words })),
      "SHA-256 that the bytes of the work must have.",
    ),
    outputFolder: optional(location(), "Folder that the outputs and run.json are written to."),
    parameters: optional(
      mapOf(anyValue(), "a map of parameters"),
      "Values given to the notebook, injected after its cell tagged `parameters`.",
    ),
    inputs: optional(
      mapOf(location(), "a map from a name to a location"),
      "Files and folders fetched into the working directory before the work starts; a folder ends with a slash.",
    ),
    outputs: optional(
      list(text("a file, a folder or a pattern"), "a list of files, folders and patterns"),
      "What to publish beside the executed notebook; default: everything the work wrote in its working directory.",
    ),
    environment: optional(environment, "The interpreter, variables and secrets that the work runs with."),
    notebookOptions: optional(notebookOptions, "How the notebook is run."),
    timeout: optional(duration(), "How long the work may run."),
    gracePeriod: optional(duration(0), "How long the work may take to stop when it is told to; default 6s, since docker stop kills after ten and outputs are still to be published."),
    checkpoint: optional(duration(), "How often outputs are published while the work runs."),
    retries: optional(
      workRetries(),
      "How often the work is tried again when it fails by itself, in the working directory as it was left; never after a cancel, the timeout or a failure of nbjob's own. A map says how often, after which exit codes, and how long to wait.",
    ),
    mask: optional(list(text(), "a list of texts"), "Texts that are masked in logs and outputs."),
    jobName: optional(text(), "Name of the job and of its runs on OCI Data Science."),
    projectId: optional(ocid("datascienceproject"), "Data Science project that the job belongs to."),
    compartmentId: optional(ocid("compartment", "tenancy"), "Compartment that the job belongs to."),
    logGroupId: optional(ocid("loggroup"), "Log group for the log of a job run."),
    logId: optional(ocid("log"), "Log that job runs write to; default: one is made for each run."),
    infrastructure: optional(infrastructure, "Where OCI Data Science runs it. Used by launch and schedule."),
    sweep: optional(sweep, "Many runs, each with parameters of its own. Used by launch and run --sweep."),
    schedule: optional(schedule, "When OCI runs it. Used by schedule."),
  },
  "a map of keys",
);

export type JobFileDocument = z.infer<typeof jobFileSchema>;
