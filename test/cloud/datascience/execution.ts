import type { ContainerEnvironment, JobConfiguration, StoredRun } from "./model.ts";

/** One machine of a run: its only one, or one of a node group's. */
export interface Node {
  readonly run: StoredRun;
  readonly configuration: JobConfiguration;
  /** The image to run; undefined for an environment of the service's. */
  readonly environment: ContainerEnvironment | undefined;
  /** Undefined for a run of one node. */
  readonly group: string | undefined;
  /** From 0, over all groups. */
  readonly rank: number;
  /** How many nodes the run has. */
  readonly nodes: number;
}

/** Why everything is stopped at once, without a grace: the cloud closes. */
export const closing = { kind: "close" } as const;

export interface Execution {
  readonly node: Node;
  /** Aborted when the run must stop; with {@link closing}, at once. */
  readonly signal: AbortSignal;
  /** Takes a line of the run's output. */
  readonly write: (line: string, stream: "stdout" | "stderr") => void;
}

/** How a node's work ended; a failure of the infrastructure has no exit code. */
export type Outcome =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "failure"; readonly details: string }
  | { readonly kind: "attention"; readonly details: string };

/** Runs a node's work to its end, also when it is stopped. */
export type Execute = (execution: Execution) => Promise<Outcome>;

/** The nodes of a run. */
export function nodesOf(run: StoredRun): readonly Node[] {
  const { configuration, environment, nodes } = run.effective;
  if (nodes === undefined) return [{ run, configuration, environment, group: undefined, rank: 0, nodes: 1 }];
  const all = (nodes.jobNodeGroupConfigurationDetailsList ?? []).flatMap((group) =>
    Array.from({ length: group.replicas ?? 1 }, () => ({
      run,
      configuration: group.jobConfigurationDetails ?? { jobType: "DEFAULT" },
      environment: group.jobEnvironmentConfigurationDetails ?? undefined,
      group: group.name,
    })),
  );
  return all.map((node, rank) => ({ ...node, rank, nodes: all.length }));
}

/** What the nodes' outcomes make of the run's: a group fails where fewer succeeded than it needs. */
export function combined(run: StoredRun, outcomes: readonly (readonly [Node, Outcome])[]): Outcome {
  const groups = run.effective.nodes?.jobNodeGroupConfigurationDetailsList ?? [];
  if (groups.length === 0) return outcomes[0]?.[1] ?? { kind: "exit", code: 0 };
  for (const group of groups) if (!succeeded(group, outcomes)) return firstFailure(group.name, outcomes);
  return { kind: "exit", code: 0 };
}

/** Whether enough of a group's nodes succeeded. */
export function succeeded(
  group: { readonly name: string; readonly replicas?: number | null; readonly minimumSuccessReplicas?: number | null },
  outcomes: readonly (readonly [Node, Outcome])[],
): boolean {
  const good = outcomes.filter(([node, outcome]) => node.group === group.name && isSuccess(outcome)).length;
  return good >= (group.minimumSuccessReplicas ?? group.replicas ?? 1);
}

function firstFailure(group: string, outcomes: readonly (readonly [Node, Outcome])[]): Outcome {
  const failed = outcomes.find(([node, outcome]) => node.group === group && !isSuccess(outcome));
  return failed?.[1] ?? { kind: "failure", details: `Node group ${group} failed.` };
}

function isSuccess(outcome: Outcome): boolean {
  return outcome.kind === "exit" && outcome.code === 0;
}
