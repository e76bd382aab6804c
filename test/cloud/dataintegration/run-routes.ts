/** What is asked of task runs: begin, look, terminate; and of the pipelines that run in them. */
import { isRecord, type Exchange } from "../http/exchange.ts";
import { checkIfMatch } from "../http/etag.ts";
import { invalidParameter, notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Answer } from "../http/retry-tokens.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { arrayAnswer, collection } from "./listing.ts";
import { found, readOperations, scopeOf, shown } from "./object-routes.ts";
import { etagOf, textOf, type Body, type Scope, type StoredObject } from "./objects.ts";
import { isActive, type Operation } from "./rules.ts";
import type { RuntimeNode } from "./runs/runs.ts";

export function runOperations(cloud: DataIntegration): readonly Operation[] {
  const application = "/workspaces/{workspaceId}/applications/{applicationKey}";
  const path = `${application}/taskRuns`;
  const one = `${path}/{taskRunKey}`;
  const { objects, runs } = cloud;
  const scope = (exchange: Exchange): Scope => scopeOf(cloud, exchange, "taskRuns");
  const given = (exchange: Exchange): StoredObject => found(cloud, scope(exchange), exchange.parameter("taskRunKey"));
  return [
    {
      operation: "CreateTaskRun",
      method: "POST",
      path,
      answer: (exchange) => create(cloud, exchange, scope(exchange)),
    },
    ...readOperations(cloud, "taskRuns", { path, parameter: "taskRunKey", singular: "TaskRun", plural: "TaskRuns" }),
    {
      operation: "UpdateTaskRun",
      method: "PUT",
      path: one,
      answer: async (exchange) => {
        const run = given(exchange);
        checkIfMatch(exchange, etagOf(run));
        const body = await exchange.json();
        cloud.models.check("UpdateTaskRunDetails", body);
        if (body.key !== undefined && body.key !== run.key)
          throw invalidParameter("The key is not the one in the path.");
        if (body.status !== "TERMINATING")
          return shown(cloud, objects.update(run, pick(body, ["name", "description"])));
        return shown(cloud, runs.terminate(run, exchange.principal.id));
      },
    },
    {
      operation: "DeleteTaskRun",
      method: "DELETE",
      path: one,
      answer: async (exchange) => {
        const run = given(exchange);
        checkIfMatch(exchange, etagOf(run));
        if (isActive(run)) throw new Refusal(409, "IncorrectState", `The task run is ${String(run.body.status)}.`);
        objects.delete(run);
        return { status: 204 };
      },
    },
    {
      operation: "ListTaskRunLogs",
      method: "GET",
      path: `${one}/logs`,
      answer: async (exchange) =>
        arrayAnswer(
          exchange,
          runs.logs(given(exchange).key).map((message) => ({ message })),
        ),
    },
    ...runtimeOperations(cloud, application),
  ];
}

async function create(cloud: DataIntegration, exchange: Exchange, scope: Scope): Promise<Answer> {
  const body = await exchange.json();
  cloud.models.check("CreateTaskRunDetails", body);
  const key = isRecord(body.registryMetadata) ? textOf(body.registryMetadata, "aggregatorKey") : undefined;
  const earlier = textOf(body, "refTaskRunId");
  const again = earlier === undefined ? undefined : found(cloud, scope, earlier);
  const wanted = key ?? again?.aggregator;
  if (wanted === undefined)
    throw invalidParameter("registryMetadata.aggregatorKey must name the published task to run.");
  const published = found(cloud, { ...scope, kind: "publishedObjects" }, wanted);
  checkBindings(published, body.configProvider);
  if (published.body.isConcurrentAllowed === false && cloud.runs.isRunning(published)) {
    throw new Refusal(409, "IncorrectState", "The task does not allow concurrent runs, and one is not over.");
  }
  const own = pick(body, ["name", "description", "configProvider", "refTaskRunId", "reRunType", "stepId"]);
  const inherited = again === undefined ? {} : pick(again.body, ["configProvider"]);
  const by = exchange.principal.id;
  const { run } = cloud.runs.start({ published, by, body: { ...inherited, ...own }, calledBy: textOf(body, "key") });
  return shown(cloud, run);
}

/** Refuses bindings of parameters that the task does not have. */
function checkBindings({ body }: StoredObject, provider: unknown): void {
  const bindings = isRecord(provider) && isRecord(provider.bindings) ? Object.keys(provider.bindings) : [];
  const pipeline = isRecord(body.pipeline) ? body.pipeline : {};
  const parameters = [body.parameters, pipeline.parameters].flatMap((list) =>
    Array.isArray(list) ? list.filter(isRecord) : [],
  );
  const unknown = bindings.filter((name) => !parameters.some((parameter) => parameter.name === name));
  if (unknown.length > 0) throw invalidParameter(`The task has no parameter ${unknown.join(", ")}.`);
}

function pick(body: Body, names: readonly string[]): Body {
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => names.includes(name) && value != null));
}

/** A pipeline that runs has the key of its task run. */
function runtimeOperations(cloud: DataIntegration, application: string): readonly Operation[] {
  const path = `${application}/runtimePipelines`;
  const one = `${path}/{runtimePipelineKey}`;
  const pipelines = (exchange: Exchange): readonly StoredObject[] =>
    cloud.objects.list(scopeOf(cloud, exchange, "taskRuns")).filter(({ body }) => body.taskType === "PIPELINE_TASK");
  const nodes = (exchange: Exchange): readonly Body[] => {
    const key = exchange.parameter("runtimePipelineKey");
    if (!pipelines(exchange).some((run) => run.key === key)) throw notAuthorizedOrNotFound();
    return cloud.runs.nodes(key).map(nodeView);
  };
  const view = ({ key, body }: StoredObject): Body => {
    return {
      key,
      name: body.name,
      identifier: body.identifier,
      runtimeOperators: cloud.runs.nodes(key).map(nodeView),
    };
  };
  return [
    {
      operation: "ListRuntimePipelines",
      method: "GET",
      path,
      answer: async (exchange) => collection(exchange, pipelines(exchange).map(view)),
    },
    {
      operation: "GetRuntimePipeline",
      method: "GET",
      path: one,
      answer: async (exchange) => {
        const run = pipelines(exchange).find(({ key }) => key === exchange.parameter("runtimePipelineKey"));
        if (run === undefined) throw notAuthorizedOrNotFound();
        return { status: 200, body: view(run) };
      },
    },
    {
      operation: "ListRuntimeOperators",
      method: "GET",
      path: `${one}/runtimeOperators`,
      answer: async (exchange) => collection(exchange, nodes(exchange)),
    },
    {
      operation: "GetRuntimeOperator",
      method: "GET",
      path: `${one}/runtimeOperators/{runtimeOperatorKey}`,
      answer: async (exchange) => {
        const node = nodes(exchange).find(({ key }) => key === exchange.parameter("runtimeOperatorKey"));
        if (node === undefined) throw notAuthorizedOrNotFound();
        return { status: 200, body: node };
      },
    },
  ];
}

function nodeView({ run, node, name, state, startedAt, endedAt }: RuntimeNode): Body {
  const operator = isRecord(node.operator) ? node.operator : {};
  // The state of a run has no word for a node that was passed over.
  const status = state === "SKIPPED" ? "NOT_STARTED" : state;
  return {
    key: node.key,
    taskRunKey: run,
    name,
    modelType: "RUNTIME_OPERATOR",
    status,
    executionState: state,
    operatorType: operator.modelType,
    taskType: operator.taskType ?? null,
    startTimeInMillis: startedAt ?? null,
    endTimeInMillis: endedAt ?? null,
  };
}
