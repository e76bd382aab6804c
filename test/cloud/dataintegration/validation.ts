/** What keeps a task from running: said by task validations, and by the patch that would publish it. */
import { isRecord } from "../http/exchange.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { parseExpression } from "./expression/parse.ts";
import { ExpressionError } from "./expression/tokens.ts";
import type { Body, StoredObject } from "./objects.ts";
import { graphOf, graphProblems, type GraphNode } from "./runs/graph.ts";
import { bindingsOf, defaultsOf, readRestTask, type RestCall, type RestTask } from "./runs/rest-task.ts";
import { placeholders, systemNames } from "./runs/text.ts";

export function taskProblems(cloud: DataIntegration, task: StoredObject): readonly string[] {
  const { modelType } = task.body;
  if (modelType === "REST_TASK") return restTaskProblems(task.body);
  if (modelType !== "PIPELINE_TASK") return [];
  const pipeline = cloud.pipelineOf(task);
  return pipeline === undefined ? ["The pipeline task names no pipeline that can be run."] : pipelineProblems(pipeline);
}

/** @param pipeline with the tasks that its nodes refer to */
export function pipelineProblems(pipeline: Body): readonly string[] {
  const nodes = graphOf(pipeline).filter(({ type }) => type === "TASK_OPERATOR");
  const ofNodes = nodes.flatMap((node) => nodeProblems(node).map((problem) => `${node.name}: ${problem}`));
  return [...graphProblems(pipeline), ...ofNodes];
}

function nodeProblems({ operator, node }: GraphNode): readonly string[] {
  const { task } = operator;
  if (!isRecord(task)) return [];
  if (task.modelType === "PIPELINE_TASK") {
    return isRecord(task.pipeline) ? pipelineProblems(task.pipeline) : ["The task names no pipeline."];
  }
  if (task.modelType !== "REST_TASK") return [`This cloud does not run a ${String(task.modelType)}.`];
  if (!isRecord(task.executeRestCallConfig)) return ["The task is not there."];
  const known = Object.keys(defaultsOf(task));
  const bound = [task, operator, node].flatMap((holder) => Object.keys(bindingsOf(holder.configProviderDelegate)));
  const unknown = bound.filter((name) => !known.includes(name));
  return [...restTaskProblems(task), ...unknown.map((name) => `The task has no parameter ${name}.`)];
}

function restTaskProblems(body: Body): readonly string[] {
  const task = readRestTask(body);
  const { execute, poll, cancel, successCondition, expressions } = task;
  const late = Object.keys(expressions);
  const problems = [
    ...callProblems(task, "execute", execute, []),
    ...conditionProblems(task, "success condition", successCondition, late),
    ...Object.entries(expressions).flatMap(([name, text]) => conditionProblems(task, `expression ${name}`, text, [])),
  ];
  if (body.apiCallMode === "ASYNC_GENERIC" && poll === undefined)
    problems.push("The polling configuration is missing.");
  if (poll !== undefined) {
    problems.push(...callProblems(task, "polling", poll.call, late));
    if (poll.condition === undefined) problems.push("The polling condition is missing.");
    else problems.push(...conditionProblems(task, "polling condition", poll.condition, late));
    if (!(Number(poll.interval) > 0)) problems.push("The polling interval must be more than 0.");
    if (!(Number(poll.maximum) > 0)) problems.push("The polling's longest duration must be more than 0.");
  }
  // A termination without a URL is published widely, and does nothing.
  if (cancel?.url !== undefined) problems.push(...callProblems(task, "termination", cancel, late));
  return problems;
}

function callProblems(
  task: RestTask,
  what: string,
  { url, payload }: RestCall,
  expressions: readonly string[],
): string[] {
  if (url === undefined || url === "") return [`The ${what} URL is missing.`];
  const form = /^(https?:\/\/|\$\{)/.test(url) ? [] : [`The ${what} URL is not one: ${url}.`];
  return [...form, ...nameProblems(task, what, `${url}${payload ?? ""}`, expressions)];
}

function conditionProblems(
  task: RestTask,
  what: string,
  text: string,
  expressions: readonly string[],
): readonly string[] {
  const names = nameProblems(task, what, text, expressions);
  // What stands for a value does not change how the rest is read, unless a parameter holds a whole condition.
  if (names.length > 0 || /^\s*\$\{[^}]*\}\s*$/.test(text)) return names;
  try {
    parseExpression(text.replaceAll(/[$#]\{[^{}]*\}/g, "1"));
    return [];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [`The ${what} is not valid: ${error.message}`];
  }
}

function nameProblems(task: RestTask, what: string, text: string, expressions: readonly string[]): string[] {
  const known = { $: [...Object.keys(task.parameters), ...systemNames], "#": expressions };
  return placeholders(text)
    .filter(({ sign, name }) => !(sign === "$" ? known.$ : known["#"]).includes(name))
    .map(({ sign, name }) => `The ${what} uses ${sign}{${name}}, which is not defined there.`);
}
