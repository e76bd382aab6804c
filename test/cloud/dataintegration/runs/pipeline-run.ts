/** A pipeline's run: each node begins when all that lead to it have ended, and runs where its rule is met. */
import type { Clock } from "../../time/clock.ts";
import { textOf, type Body } from "../objects.ts";
import { graphOf, graphProblems, type GraphNode } from "./graph.ts";
import type { Outcome } from "./rest-run.ts";

export type NodeState = "NOT_STARTED" | "RUNNING" | "SUCCESS" | "ERROR" | "TERMINATED" | "SKIPPED";

export interface PipelineContext {
  readonly clock: Clock;
  readonly terminating: AbortSignal;
  /** Runs the task of a node to its end. */
  readonly runTask: (node: GraphNode) => Promise<Outcome>;
  /** Told of every change of a node's state. */
  readonly told: (node: GraphNode, state: NodeState) => void;
}

export async function runPipeline(pipeline: Body, context: PipelineContext): Promise<Outcome> {
  const problems = graphProblems(pipeline);
  if (problems.length > 0) return { status: "ERROR", errors: problems };
  const nodes = graphOf(pipeline);
  const ended = new Map<string, Promise<NodeState>>();
  const errors: string[] = [];
  const stateOf = (key: string): Promise<NodeState> => {
    const node = nodes.find((candidate) => candidate.key === key);
    const known = ended.get(key);
    if (known !== undefined || node === undefined) return known ?? Promise.resolve("SKIPPED");
    // Remembered before it begins, since several wait for it.
    const state = context.clock.track(runNode(node, stateOf, context, errors));
    ended.set(key, state);
    return state;
  };
  await context.clock.rest(Promise.all(nodes.map(({ key }) => stateOf(key))));
  if (context.terminating.aborted) return { status: "TERMINATED", errors };
  const end = nodes.find(({ type }) => type === "END_OPERATOR");
  const success = end !== undefined && (await stateOf(end.key)) === "SUCCESS";
  return success ? { status: "SUCCESS", errors: [] } : { status: "ERROR", errors };
}

async function runNode(
  node: GraphNode,
  stateOf: (key: string) => Promise<NodeState>,
  { clock, terminating, runTask, told }: PipelineContext,
  errors: string[],
): Promise<NodeState> {
  const ends = (state: NodeState): NodeState => {
    told(node, state);
    return state;
  };
  told(node, "NOT_STARTED");
  const before = await clock.rest(Promise.all(node.upstream.map(stateOf)));
  if (terminating.aborted) return ends("SKIPPED");
  if (!isMet(textOf(node.operator, "triggerRule"), before)) return ends("SKIPPED");
  if (node.type !== "TASK_OPERATOR") return ends("SUCCESS");
  told(node, "RUNNING");
  const outcome = await runTask(node);
  errors.push(...outcome.errors.map((error) => `${node.name}: ${error}`));
  return ends(outcome.status);
}

/** A node that was skipped has neither succeeded nor failed; it is over all the same. */
function isMet(rule: string | undefined, before: readonly NodeState[]): boolean {
  const failed = (state: NodeState): boolean => state === "ERROR" || state === "TERMINATED";
  switch (rule) {
    case "ALL_FAILED":
      return before.every(failed);
    case "ALL_COMPLETE":
      return true;
    case "ONE_SUCCESS":
      return before.includes("SUCCESS");
    case "ONE_FAILED":
      return before.some(failed);
    default:
      return before.every((state) => state === "SUCCESS");
  }
}
