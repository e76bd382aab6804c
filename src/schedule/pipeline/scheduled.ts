import { type Collection, pipelines, tasks } from "../../oci/dataintegration/objects.ts";
import { validatePipeline } from "../../oci/dataintegration/validations.ts";
import type { PipelineSpec, PipelineTask } from "../../spec/pipeline.ts";
import { formatLocation, type Location } from "../../storage/location.ts";
import { quoteShellWord } from "../../text/shellwords.ts";
import { NbjobError } from "../../text/errors.ts";
import { identifierOf } from "../identifier.ts";
import { integrationResources } from "../integration/desired.ts";
import { notebookTask } from "../integration/notebook-task.ts";
import { objectResource } from "../integration/resources.ts";
import { IntegrationScheduler } from "../integration/scheduler.ts";
import { timingOf } from "../integration/timing.ts";
import type { Refs, Resource } from "../plan/resource.ts";
import type { Scheduled } from "../scheduled.ts";
import type { Services } from "../services.ts";
import { madeFrom, placeOf, type PlaceOptions } from "../target.ts";
import type { TaskRun } from "../task/payload.ts";
import { longestRun } from "../task/runtime.ts";
import { nodesOf } from "./graph.ts";

/** A pipeline file's pipeline: a REST task for each task, the pipeline of them, and the task that runs it. */
export function scheduledPipeline(
  spec: PipelineSpec,
  file: Location,
  services: Services,
  options: PlaceOptions & { readonly workspaceMayGo?: boolean },
): Scheduled {
  const { integration: di, now } = services;
  const { name, schedule } = spec;
  const identifier = identifierOf(name);
  const description = madeFrom(file);
  const place = { compartmentId: options.compartmentId ?? spec.compartmentId, ...placeOf(schedule ?? {}, options) };
  const steps = spec.tasks.map((task) => ({ task, title: `${name} ${task.name}`, ref: `task ${task.name}` }));
  const identifiers = new Set([identifier, ...steps.map(({ title }) => identifierOf(title))]);
  if (identifiers.size !== steps.length + 1) throw sameIdentifiers(spec);
  const stepTasks = steps.map(({ task, title, ref }) =>
    notebookTask(di, {
      ref,
      name: title,
      description,
      endpoint: services.scienceEndpoint,
      principal: schedule?.principal ?? "workspace",
      concurrent: true,
      run: () => runOf(spec, task, title),
    }),
  );
  const nodes = (refs: Refs) =>
    nodesOf(
      identifier,
      steps.map(({ task, title, ref }) => ({ ...task, title, identifier: identifierOf(title), key: refs.get(ref) })),
    );
  const pipeline = objectResource(di, {
    ref: "pipeline",
    noun: "pipeline",
    name,
    identifier,
    below: ["workspace", "project"],
    collection: (refs) => pipelines(refs.get("workspace")),
    in: "project",
    body: (refs) => ({ modelType: "PIPELINE", nodes: nodes(refs) }),
    byMark: true,
    check: (body, collection) => validatePipeline(di, workspaceOf(collection), body),
    description,
  });
  const marks = (refs: Refs) => [...stepTasks, pipeline].map((resource) => resource.body(refs)["description"]);
  const task = objectResource(di, {
    ref: "task",
    noun: "pipeline task",
    name,
    identifier,
    below: ["workspace", "project"],
    collection: (refs) => tasks(refs.get("workspace")),
    in: "project",
    body: (refs) => ({
      modelType: "PIPELINE_TASK",
      pipeline: { modelType: "PIPELINE", key: refs.get("pipeline"), name, identifier, objectStatus: 1 },
      isConcurrentAllowed: schedule?.concurrency === "allow",
    }),
    also: marks,
    description,
  });
  const timing = schedule === undefined ? undefined : timingOf(schedule);
  const design: readonly Resource[] = [...stepTasks, pipeline, task];
  return {
    name,
    document: schedule,
    resources: integrationResources(
      di,
      { place, name, description, timing },
      { before: [], design, identifiers, now, workspaceMayGo: options.workspaceMayGo === true },
    ),
    scheduler: new IntegrationScheduler(services, place),
  };
}

function runOf({ projectId, compartmentId }: PipelineSpec, task: PipelineTask, name: string): TaskRun {
  const { work, jobId, maximumRuntime } = task;
  return {
    projectId,
    compartmentId,
    jobId,
    name,
    tags: {},
    maximumRuntimeInMinutes: maximumRuntime === undefined ? longestRun : Math.ceil(maximumRuntime / 60_000),
    work:
      work.kind === "arguments"
        ? { kind: "arguments", arguments: work.words.map(quoteShellWord).join(" ") }
        : {
            kind: "job-file",
            url: formatLocation(work.location),
            parameters: work.parameters,
            settings: "{}",
            environment: {},
          },
  };
}

/** `/workspaces/<OCID>/pipelines`. */
function workspaceOf({ path }: Collection): string {
  return decodeURIComponent(path.split("/")[2] ?? "");
}

function sameIdentifiers({ name: pipeline, tasks: given }: PipelineSpec): NbjobError {
  const names = given.map(({ name }) => name).join(", ");
  return new NbjobError(
    "invalid-job-file",
    `Two of the names ${names} in the pipeline ${pipeline} are one identifier to Data Integration.`,
    {
      remedy: "Names are told apart by their letters and digits alone, whatever their case.",
    },
  );
}
