import * as z from "zod/mini";
import { schedule } from "./schedule.ts";
import { anyValue, duration, keys, list, location, mapOf, ocid, optional, required, text, textual } from "./types.ts";

const afterWords = "a task's name, or a list of them";

const task = keys({
  jobFile: optional(location(), "Where the job run reads the job file, as oci:// or https://."),
  parameters: optional(mapOf(anyValue(), "a map of parameters"), "Values that replace the job file's parameters."),
  arguments: optional(
    list(textual(), "a list of texts"),
    "Command-line arguments, in place of a job file: a plain run of the job.",
  ),
  jobId: optional(ocid("datasciencejob"), "The job to run; default: the pipeline's."),
  maximumRuntime: optional(duration(), "How long OCI lets the run take, in whole minutes; default: the pipeline's."),
  after: optional(
    z.union([text(afterWords), list(text(afterWords), afterWords)], { error: afterWords }),
    "Tasks that end before this one starts; default none: it starts at once.",
  ),
  when: optional(
    z.enum(["succeeded", "done"], { error: "one of succeeded, done" }),
    "Whether those must have succeeded, or only be done; default succeeded.",
  ),
});

/** Every key of a pipeline file. */
export const pipelineSchema = keys({
  name: required(text("a name"), "Name of the pipeline, its task and its schedule."),
  compartmentId: required(ocid("compartment", "tenancy"), "Compartment of the runs, and of a workspace that is made."),
  projectId: required(ocid("datascienceproject"), "Data Science project of the runs."),
  jobId: optional(ocid("datasciencejob"), "The job whose runs the tasks are, unless a task names another."),
  maximumRuntime: optional(duration(), "How long OCI lets each run take, in whole minutes; at most 30d."),
  schedule: optional(schedule, "When the pipeline runs; without it, it is published and runs when it is told to."),
  tasks: required(mapOf(task, "a map from a name to a task"), "What runs, by name."),
});

export type PipelineDocument = z.infer<typeof pipelineSchema>;
