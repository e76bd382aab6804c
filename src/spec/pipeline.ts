/** A pipeline file: tasks, each the run of a job file, and which come after which. */
import type { Location } from "../storage/location.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import { checkSchedule } from "./consistency.ts";
import { parseDuration } from "./quantity.ts";
import { makeReader, type Reader } from "./reader.ts";
import { type PipelineDocument, pipelineSchema } from "./schema/pipeline.ts";
import type { ScheduleDocument } from "./schema/schedule.ts";
import { validateAs } from "./validate.ts";
import { decodeText } from "./yaml/decode.ts";
import { formatFlow } from "./yaml/flow.ts";
import { isMap, type MapNode, nodeAt, pathText } from "./yaml/node.ts";
import { parseYaml } from "./yaml/parse.ts";

export interface PipelineSpec {
  readonly name: string;
  readonly compartmentId: string;
  readonly projectId: string;
  readonly schedule: ScheduleDocument | undefined;
  /** In the order written. */
  readonly tasks: readonly PipelineTask[];
}

export interface PipelineTask {
  readonly name: string;
  readonly work:
    | { readonly kind: "job-file"; readonly location: Location; readonly parameters: string }
    | { readonly kind: "arguments"; readonly words: readonly string[] };
  readonly jobId: string;
  /** Milliseconds. */
  readonly maximumRuntime: number | undefined;
  readonly after: readonly string[];
  readonly when: "succeeded" | "done";
}

export interface PipelineContext {
  /** How messages name the document. */
  readonly name: string;
  readonly baseFolder: Location;
  /** For `${NAME}` in locations. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @throws NbjobError `invalid-job-file` with every problem of the document */
export function pipelineFromBytes(bytes: Uint8Array, context: PipelineContext): PipelineSpec {
  const decoded = decodeText(bytes);
  if ("problem" in decoded) throw invalid(context, [decoded.problem]);
  const { root, problems } = parseYaml(decoded.text);
  if (problems.length > 0) throw invalid(context, problems);
  if (!isMap(root)) {
    throw invalid(context, [{ message: "A pipeline file is a map of keys: name, tasks and others." }]);
  }
  const checked = validateAs<PipelineDocument>(root, { schema: pipelineSchema, noun: "pipeline file" });
  if ("problems" in checked) throw invalid(context, checked.problems);
  return build(checked.document, root, context);
}

function build(document: PipelineDocument, root: MapNode, context: PipelineContext): PipelineSpec {
  const problems: Problem[] = [];
  const { baseFolder, env } = context;
  const reader = makeReader({ root, variables: env, baseFolder, workingFolder: baseFolder }, problems);
  if (document.schedule !== undefined) checkSchedule(document.schedule, reader.complain);
  const names = Object.keys(document.tasks);
  if (names.length === 0) reader.complain(["tasks"], "tasks names none.", "Add one: tasks: {fetch: {jobFile: …}}.");
  const tasks = names.flatMap((name) => readTask(name, document, root, reader) ?? []);
  for (const { name, after } of tasks) {
    for (const other of after) {
      if (!names.includes(other)) {
        reader.complain(["tasks", name, "after"], `${pathText(["tasks", name, "after"])}: there is no task ${other}.`);
      }
    }
  }
  const circle = circleIn(tasks);
  if (circle !== undefined) {
    const way = [...circle, circle[0] ?? ""].join(" after ");
    reader.complain(["tasks", circle[0] ?? "", "after"], `The tasks wait for each other: ${way}.`);
  }
  if (problems.length > 0) throw invalid(context, problems);
  const { name, compartmentId, projectId, schedule } = document;
  return { name, compartmentId, projectId, schedule, tasks };
}

function readTask(name: string, document: PipelineDocument, root: MapNode, reader: Reader): PipelineTask | undefined {
  const given = document.tasks[name];
  if (given === undefined) return undefined;
  const path = ["tasks", name];
  const jobId = given.jobId ?? document.jobId;
  if (jobId === undefined)
    reader.complain(path, `${pathText(path)} has no job to run.`, "Add jobId to it or to the pipeline.");
  if ((given.jobFile === undefined) === (given.arguments === undefined)) {
    const which = given.jobFile === undefined ? "neither jobFile nor arguments" : "both jobFile and arguments";
    reader.complain(path, `${pathText(path)} has ${which}.`, "Give one.");
  }
  const { after = [], maximumRuntime = document.maximumRuntime } = given;
  const common = {
    name,
    jobId: jobId ?? "",
    maximumRuntime: maximumRuntime === undefined ? undefined : parseDuration(maximumRuntime),
    after: [after].flat(),
    when: given.when ?? "succeeded",
  };
  if (given.arguments !== undefined) {
    const words = given.arguments.map((_, index) => reader.text([...path, "arguments", index]));
    return { ...common, work: { kind: "arguments", words } };
  }
  const location = reader.location([...path, "jobFile"]);
  if (location === undefined) return undefined;
  if (location.kind === "file") {
    reader.complain(
      [...path, "jobFile"],
      `${pathText([...path, "jobFile"])} lies on this machine, where no job run can read it.`,
      "Put it into a bucket, and write oci://bucket@namespace/object.",
    );
  }
  const parameters = nodeAt(root, [...path, "parameters"]);
  const text = parameters === undefined ? "{}" : formatFlow(parameters);
  return { ...common, work: { kind: "job-file", location, parameters: text } };
}

/** Tasks that wait for each other in a circle, if any do. */
function circleIn(tasks: readonly PipelineTask[]): readonly string[] | undefined {
  let open = tasks;
  for (;;) {
    const waiting = open.filter(({ after }) => after.some((name) => open.some((other) => other.name === name)));
    if (waiting.length === 0) return undefined;
    if (waiting.length === open.length) return wayAround(open);
    open = waiting;
  }
}

function wayAround(open: readonly PipelineTask[]): readonly string[] {
  const way: string[] = [];
  let at = open[0];
  while (at !== undefined && !way.includes(at.name)) {
    way.push(at.name);
    const { after }: PipelineTask = at;
    at = open.find(({ name }) => after.includes(name));
  }
  return at === undefined ? way : way.slice(way.indexOf(at.name));
}

function invalid({ name }: PipelineContext, problems: readonly Problem[]): NbjobError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new NbjobError("invalid-job-file", `${name} has ${count}.`, { location: name, problems });
}
