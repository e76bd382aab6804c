/**
 * A pipeline as Data Integration keeps it: one start, one end, a node for each task, and a merge before each task that waits
 * for several. Nodes, operators and links are made by the SDK's models; that links have no ports, and that a link names
 * the other end's key, is as the service's own exports have it.
 */
import { createHash } from "node:crypto";
import type { models } from "oci-dataintegration";
import type { Wire } from "../../oci/wire.ts";
import { identifierOf } from "../identifier.ts";

export type FlowNode = Wire<models.FlowNode>;

export interface GraphTask {
  readonly name: string;
  readonly after: readonly string[];
  readonly when: "succeeded" | "done";
  /** The REST task that the node runs. */
  readonly key: string;
  readonly title: string;
  readonly identifier: string;
}

interface Draft {
  readonly name: string;
  readonly operator: Readonly<Record<string, unknown>>;
  /** Names of nodes. */
  readonly after: readonly string[];
}

const rules = { succeeded: "ALL_SUCCESS", done: "ALL_COMPLETE" } as const;

/** @param identifier the pipeline's, from which keys are made: the same file makes the same keys */
export function nodesOf(identifier: string, tasks: readonly GraphTask[]): readonly FlowNode[] {
  const taken = new Set(tasks.map(({ name }) => name));
  const start = freeName("START", taken);
  const end = freeName("END", taken);
  const drafts: Draft[] = [{ name: start, operator: { modelType: "START_OPERATOR" }, after: [] }];
  for (const task of tasks) {
    const [first, ...more] = task.after;
    if (first === undefined) {
      drafts.push({ name: task.name, operator: operatorOf(task, rules.succeeded), after: [start] });
    } else if (more.length === 0) {
      drafts.push({ name: task.name, operator: operatorOf(task, rules[task.when]), after: [first] });
    } else {
      const merge = freeName(`MERGE_${task.name}`, taken);
      const operator = { modelType: "MERGE_OPERATOR", triggerRule: rules[task.when] };
      drafts.push({ name: merge, operator, after: task.after });
      drafts.push({ name: task.name, operator: operatorOf(task, rules.succeeded), after: [merge] });
    }
  }
  drafts.push({ name: end, operator: { modelType: "END_OPERATOR", triggerRule: rules.succeeded }, after: last(tasks) });
  return drafts.map((draft, column) => nodeOf(identifier, draft, drafts, column));
}

/**
 * The tasks that the end waits for: those after which nothing comes, and those whose failure nothing after them carries on,
 * since it comes `when: done`. So the pipeline has succeeded when all its tasks have, and only then.
 */
function last(tasks: readonly GraphTask[]): readonly string[] {
  return tasks
    .filter(({ name }) => !tasks.some(({ after, when }) => when === "succeeded" && after.includes(name)))
    .map(({ name }) => name);
}

function operatorOf({ key, title, identifier }: GraphTask, triggerRule: string): Readonly<Record<string, unknown>> {
  return {
    modelType: "TASK_OPERATOR",
    triggerRule,
    taskType: "REST_TASK",
    // A reference: the task itself is in the project.
    task: { modelType: "REST_TASK", key, name: title, identifier, objectStatus: 1 },
    retryAttempts: 0,
  };
}

function nodeOf(
  pipeline: string,
  { name, operator, after }: Draft,
  drafts: readonly Draft[],
  column: number,
): FlowNode {
  const key = (...parts: readonly string[]): string => keyOf([pipeline, ...parts]);
  const next = drafts.filter((other) => other.after.includes(name));
  const output = key("output", name);
  return {
    modelType: "FLOW_NODE",
    key: key("node", name),
    name,
    // What an operator is made of depends on its kind, which the models' union would have to be told.
    operator: {
      ...operator,
      key: key("operator", name),
      name,
      identifier: identifierOf(name),
      inputPorts: [],
      outputPorts: [],
    } as FlowNode["operator"] & object,
    inputLinks: after.map((from) => ({
      modelType: "INPUT_LINK",
      key: key("input", from, name),
      fromLink: key("output", from),
    })),
    outputLinks:
      next.length === 0
        ? []
        : [{ modelType: "OUTPUT_LINK", key: output, toLinks: next.map((to) => key("input", name, to.name)) }],
    uiProperties: { coordinateX: column * 200, coordinateY: 100 },
  };
}

/** A name that no other node has. */
function freeName(wanted: string, taken: Set<string>): string {
  if (taken.has(wanted)) return freeName(`${wanted}_`, taken);
  taken.add(wanted);
  return wanted;
}

/** A UUID (RFC 9562, version 8) from what it stands for. */
function keyOf(parts: readonly string[]): string {
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
