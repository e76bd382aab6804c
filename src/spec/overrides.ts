/**
 * Values from outside the job file. Strongest first: the command line, the environment, the file.
 * On the command line a later kind wins over an earlier one, as in papermill, whatever their order there:
 * `-f` files, `-y` texts, `-p`, `-r`, then `--set`, then `--output-folder` and `--kernel`.
 * In the environment `NBJOB_SET` wins over `NBJOB_PARAMETERS`.
 */
import type { Problem } from "../text/errors.ts";
import { type Assignment, assign } from "./assign.ts";
import { readKeyPath } from "./keypath.ts";
import { resolvePapermill } from "./papermill.ts";
import type { MapNode, Node, Path } from "./yaml/node.ts";
import { parseYaml } from "./yaml/parse.ts";

export interface Overrides {
  /** `--set`: `key.path=value`, the value as YAML. */
  readonly set?: readonly string[];
  /** `-p`: name and value, typed as papermill does. */
  readonly parameters?: readonly (readonly [string, string])[];
  /** `-r`: name and value, always text. */
  readonly rawParameters?: readonly (readonly [string, string])[];
  /** `-f`: YAML files of parameters, by location. */
  readonly parametersFiles?: readonly string[];
  /** `-y`: YAML texts of parameters. */
  readonly parametersYaml?: readonly string[];
  readonly outputFolder?: string;
  readonly kernel?: string;
}

/** What `-f` named, read. */
export interface ParametersText {
  readonly origin: string;
  readonly text: string;
}

/** The tree with every override applied, and what they were, in the order in which they hold. Problems name the flag or variable instead of a line. */
export function applyOverrides(
  root: MapNode,
  overrides: Overrides,
  options: {
    /** For `NBJOB_SET` and `NBJOB_PARAMETERS`. */
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly parametersTexts?: readonly ParametersText[];
  },
): { readonly root: MapNode; readonly problems: readonly Problem[]; readonly assignments: readonly Assignment[] } {
  const problems: Problem[] = [];
  const given = [
    ...fromEnvironment(options.env, problems),
    ...(options.parametersTexts ?? []).flatMap(({ origin, text }) => readParameters(text, origin, problems)),
    ...(overrides.parametersYaml ?? []).flatMap((text) => readParameters(text, "-y", problems)),
    ...(overrides.parameters ?? []).map(([name, text]) => parameter(name, resolvePapermill(text), text, `-p ${name}`)),
    ...(overrides.rawParameters ?? []).map(([name, text]) => parameter(name, text, text, `-r ${name}`)),
    ...(overrides.set ?? []).flatMap((text) => readSet(text, problems)),
    ...textAssignment(["outputFolder"], overrides.outputFolder, "--output-folder"),
    ...textAssignment(["notebookOptions", "kernel"], overrides.kernel, "--kernel"),
  ];
  const assignments = given.map(oneSpelling);
  let result = root;
  for (const assignment of assignments) {
    const next = assign(result, assignment);
    if ("root" in next) result = next.root;
    else problems.push(next.problem);
  }
  return { root: result, problems, assignments };
}

function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): readonly Assignment[] {
  const assignments: Assignment[] = [];
  const { NBJOB_PARAMETERS: parameters = "", NBJOB_SET: set = "" } = env;
  if (parameters.trim() !== "") assignments.push(...readParameters(parameters, "NBJOB_PARAMETERS", problems));
  if (set.trim() === "") return assignments;
  const node = readMap(set, "NBJOB_SET", 'a JSON object from dotted keys to values, as in {"timeout": "2h"}', problems);
  for (const entry of node?.entries ?? []) {
    const path = readKeyPath(entry.key);
    if (path === undefined) problems.push(badPath("NBJOB_SET", entry.key));
    else assignments.push({ path, node: entry.value, place: { origin: "NBJOB_SET" } });
  }
  return assignments;
}

/** `key.path=value`: cut at the first equals sign outside quotes. */
function readSet(text: string, problems: Problem[]): readonly Assignment[] {
  const cut = /^(?:"(?:[^"\\]|\\.)*"|[^="])*=/.exec(text)?.[0].length;
  if (cut === undefined) {
    problems.push({ origin: "--set", message: "It has no equals sign.", remedy: "Write --set key.path=value." });
    return [];
  }
  const key = text.slice(0, cut - 1);
  const origin = `--set ${key}=`;
  const path = readKeyPath(key);
  if (path === undefined) {
    problems.push(badPath(origin, key));
    return [];
  }
  const parsed = parseYaml(text.slice(cut), origin);
  problems.push(...parsed.problems);
  if (parsed.problems.length > 0) return [];
  return [
    {
      path,
      node: parsed.root ?? { kind: "scalar", value: null, text: "", plain: true, place: { origin } },
      place: { origin },
    },
  ];
}

function readParameters(text: string, origin: string, problems: Problem[]): readonly Assignment[] {
  const node = readMap(text, origin, "a map from parameters to values", problems);
  // papermill keeps dates as text here, and its users rely on it.
  return (node?.entries ?? []).map((entry) => ({
    path: ["parameters", entry.key],
    node: dateless(entry.value),
    place: { origin },
  }));
}

function readMap(text: string, origin: string, expected: string, problems: Problem[]): MapNode | undefined {
  const parsed = parseYaml(text, origin);
  problems.push(...parsed.problems);
  if (parsed.root === undefined) return undefined;
  if (parsed.root.kind === "map") return parsed.root;
  problems.push({ origin, message: `It is not ${expected}.` });
  return undefined;
}

/** The same node with its unquoted texts as if quoted, so that none is taken for a date. */
function dateless(node: Node): Node {
  switch (node.kind) {
    case "scalar":
      return { ...node, plain: node.plain && typeof node.value !== "string" };
    case "list":
      return { ...node, items: node.items.map(dateless) };
    case "map":
      return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: dateless(entry.value) })) };
  }
}

function parameter(name: string, value: ReturnType<typeof resolvePapermill>, text: string, origin: string): Assignment {
  return {
    path: ["parameters", name],
    node: { kind: "scalar", value, text, plain: false, place: { origin } },
    place: { origin },
  };
}

function textAssignment(path: Path, text: string | undefined, origin: string): readonly Assignment[] {
  if (text === undefined) return [];
  return [{ path, node: { kind: "scalar", value: text, text, plain: false, place: { origin } }, place: { origin } }];
}

function badPath(origin: string, key: string): Problem {
  return { origin, key, message: "It is not a dotted key.", remedy: 'Write a.b, or a."b.c" where a name holds a dot.' };
}

/** `noteBook` in any case, as in the file. */
function oneSpelling(assignment: Assignment): Assignment {
  const [first, ...rest] = assignment.path;
  return String(first).toLowerCase() === "notebook" ? { ...assignment, path: ["noteBook", ...rest] } : assignment;
}
