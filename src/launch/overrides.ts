/**
 * Values from outside the job file on their way to a run: `NBJOB_PARAMETERS` and `NBJOB_SET`, which the run applies in that
 * order over its job file. What they held on the command line holds there.
 */
import type { Assignment } from "../spec/assign.ts";
import { formatFlow, mapOf } from "../spec/yaml/flow.ts";
import { type Node, type Path, pathText } from "../spec/yaml/node.ts";

/** Keys that say where OCI runs it: `run` ignores them, but for the mounts that it checks. */
const launchOnly = new Set(["jobName", "projectId", "compartmentId", "logGroupId", "logId", "sweep", "schedule"]);

/** The variables of a run that make its job file read as if the assignments were in it. */
export function overrideVariables(assignments: readonly Assignment[]): Readonly<Record<string, string>> {
  const held = effective(assignments.filter(({ path }) => travels(path)));
  const wholeMap = held.some(({ path }) => path.length === 1 && path[0] === "parameters");
  const isParameter = ({ path, node }: Assignment): boolean =>
    !wholeMap && path.length === 2 && path[0] === "parameters" && !hasPlainText(node);
  const parameters = held.filter(isParameter).map(({ path, node }) => [String(path[1]), node] as const);
  const others = held.filter((one) => !isParameter(one)).map(({ path, node }) => [pathText(path), node] as const);
  return {
    ...(parameters.length === 0 ? {} : { NBJOB_PARAMETERS: formatFlow(mapOf(parameters, {})) }),
    ...(others.length === 0 ? {} : { NBJOB_SET: formatFlow(mapOf(others, {})) }),
  };
}

/** Without what a later one replaces; of one path the last holds, in its place. */
function effective(assignments: readonly Assignment[]): readonly Assignment[] {
  return assignments.filter(
    ({ path }, index) => !assignments.slice(index + 1).some((later) => covers(later.path, path)),
  );
}

function covers(above: Path, path: Path): boolean {
  return above.length <= path.length && above.every((part, index) => String(part) === String(path[index]));
}

function travels([first, second]: Path): boolean {
  if (first === "infrastructure") return second === "mounts";
  return !launchOnly.has(String(first));
}

/** An unquoted text may be a date, which NBJOB_PARAMETERS would read as text. */
function hasPlainText(node: Node): boolean {
  switch (node.kind) {
    case "scalar":
      return node.plain && typeof node.value === "string";
    case "list":
      return node.items.some(hasPlainText);
    case "map":
      return node.entries.some(({ value }) => hasPlainText(value));
  }
}
