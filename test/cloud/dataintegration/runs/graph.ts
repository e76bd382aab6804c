/** A pipeline's nodes and links, read into who comes after whom. */
import { isRecord } from "../../http/exchange.ts";
import { textOf, type Body } from "../objects.ts";
import { recordsIn } from "./rest-task.ts";

export interface GraphNode {
  readonly key: string;
  readonly name: string;
  readonly operator: Body;
  /** `TASK_OPERATOR` and its like. */
  readonly type: string;
  readonly node: Body;
  readonly upstream: readonly string[];
}

/** What runs in a pipeline, besides where it starts and ends. */
const known = ["START_OPERATOR", "END_OPERATOR", "TASK_OPERATOR", "MERGE_OPERATOR"];

export function graphOf(pipeline: Body): readonly GraphNode[] {
  const nodes = recordsIn(pipeline.nodes);
  return nodes.map((node) => {
    const operator = isRecord(node.operator) ? node.operator : {};
    const name = textOf(node, "name") ?? textOf(operator, "name") ?? keyOf(node);
    const upstream = nodes.filter((other) => leadsTo(other, node)).map(keyOf);
    return { key: keyOf(node), name, operator, type: String(operator.modelType), node, upstream };
  });
}

/** @returns what is wrong with the pipeline, nothing where it can run */
export function graphProblems(pipeline: Body): readonly string[] {
  const nodes = graphOf(pipeline);
  const count = (type: string): number => nodes.filter((node) => node.type === type).length;
  const problems: string[] = [];
  if (count("START_OPERATOR") !== 1) problems.push("A pipeline has exactly one start operator.");
  if (count("END_OPERATOR") !== 1) problems.push("A pipeline has exactly one end operator.");
  if (count("TASK_OPERATOR") === 0) problems.push("A pipeline has at least one task.");
  for (const { key, name, type, upstream, operator } of nodes) {
    if (key === "") problems.push(`The node ${name} has no key.`);
    if (nodes.filter((other) => other.key === key).length > 1) problems.push(`Several nodes have the key ${key}.`);
    if (!known.includes(type)) problems.push(`The node ${name} is a ${type}, which this cloud does not run.`);
    if (type === "START_OPERATOR" && upstream.length > 0) problems.push("Nothing leads to the start operator.");
    if (type !== "START_OPERATOR" && upstream.length === 0) problems.push(`Nothing leads to the node ${name}.`);
    if (type === "TASK_OPERATOR" && !isRecord(operator.task)) problems.push(`The node ${name} names no task.`);
  }
  return [
    ...problems,
    ...linkProblems(recordsIn(pipeline.nodes)),
    ...(isCircular(nodes) ? ["The links go in a circle."] : []),
  ];
}

function linkProblems(nodes: readonly Body[]): readonly string[] {
  const inputs = nodes.flatMap((node) => recordsIn(node.inputLinks));
  const outputs = nodes.flatMap((node) => recordsIn(node.outputLinks));
  const missing = (wanted: unknown, among: readonly Body[]): boolean => !among.some(({ key }) => key === wanted);
  const from = inputs.filter(({ fromLink }) => fromLink !== undefined && missing(fromLink, outputs));
  const to = outputs.flatMap(({ toLinks }) => (Array.isArray(toLinks) ? toLinks : []));
  const ports = nodes.flatMap((node) => {
    const operator = isRecord(node.operator) ? node.operator : {};
    const own = [...recordsIn(operator.inputPorts), ...recordsIn(operator.outputPorts)];
    const links = [...recordsIn(node.inputLinks), ...recordsIn(node.outputLinks)];
    return links
      .filter(({ port }) => port !== undefined && port !== null && missing(port, own))
      .map(({ port }) => port);
  });
  return [
    ...from.map(({ fromLink }) => `An input link comes from ${String(fromLink)}, which is no output link.`),
    ...to
      .filter((key) => missing(key, inputs))
      .map((key) => `An output link leads to ${String(key)}, which is no input link.`),
    ...ports.map((port) => `A link is at the port ${String(port)}, which its operator does not have.`),
  ];
}

function isCircular(nodes: readonly GraphNode[]): boolean {
  let open = nodes;
  for (;;) {
    const waiting = open.filter(({ upstream }) => upstream.some((key) => open.some((other) => other.key === key)));
    if (waiting.length === open.length) return open.length > 0;
    open = waiting;
  }
}

function leadsTo(from: Body, to: Body): boolean {
  const outputs = recordsIn(from.outputLinks);
  return recordsIn(to.inputLinks).some(
    ({ key, fromLink }) =>
      outputs.some((output) => output.key === fromLink) ||
      outputs.some(({ toLinks }) => Array.isArray(toLinks) && toLinks.includes(key)),
  );
}

function keyOf(node: Body): string {
  return textOf(node, "key") ?? "";
}
