import type { Location } from "../storage/location.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import { type AdsJob, isAdsJob, readAdsJob } from "./ads/job.ts";
import { buildSpec } from "./build.ts";
import type { JobSpec } from "./jobspec.ts";
import type { MountedWork } from "./mounted.ts";
import { type Assignment, assign } from "./assign.ts";
import { applyOverrides, type Overrides, type ParametersText } from "./overrides.ts";
import { isNothing } from "./plain.ts";
import { validate } from "./validate.ts";
import { decodeText } from "./yaml/decode.ts";
import { kindName, type MapNode, nodeAt } from "./yaml/node.ts";
import { parseYaml } from "./yaml/parse.ts";

export interface SpecContext {
  /** How messages name the document. */
  readonly name: string;
  /** What relative locations in the document start from. */
  readonly baseFolder: Location;
  /** What relative locations given by a flag start from. */
  readonly workingFolder: Location;
  /** For `${NAME}`, `NBJOB_SET` and `NBJOB_PARAMETERS`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides?: Overrides | undefined;
  readonly parametersTexts?: readonly ParametersText[] | undefined;
  /** What runs where the document names no work. */
  readonly mounted?: MountedWork | undefined;
}

type Spec = Omit<JobSpec, "jobFile">;

/** A job spec with the trees that it was read from. */
export interface Interpreted {
  readonly spec: Spec;
  /** The document in a job file's own keys, without overrides. */
  readonly own: MapNode;
  /** With overrides. */
  readonly whole: MapNode;
  readonly overrides: readonly Assignment[];
}

/** @throws NbjobError `invalid-job-file` with every problem of the document and its overrides. */
export function specFromBytes(bytes: Uint8Array, context: SpecContext): Spec {
  const { root, problems } = treeFromBytes(bytes, context);
  return specFromTree(root, problems, context);
}

/** @throws NbjobError `invalid-job-file` for what is no map of keys */
export function treeFromBytes(
  bytes: Uint8Array,
  context: Pick<SpecContext, "name">,
): { readonly root: MapNode; readonly problems: readonly Problem[] } {
  const decoded = decodeText(bytes);
  if ("problem" in decoded) throw invalid(context, [decoded.problem]);
  const parsed = parseYaml(decoded.text);
  const { root } = parsed;
  if (root?.kind === "map") return { root, problems: parsed.problems };
  if (parsed.problems.length > 0) throw invalid(context, parsed.problems);
  if (root === undefined || isNothing(root)) {
    throw invalid(context, [
      { ...parsed.place, message: "It is empty.", remedy: "A job file needs at least noteBook and outputFolder." },
    ]);
  }
  throw invalid(context, [
    {
      ...root.place,
      message: `It holds ${kindName(root)}, and a job file is a map of keys.`,
      remedy: "Begin with a line such as noteBook: analysis.ipynb.",
    },
  ]);
}

/** As {@link specFromBytes}, for a document that is already a tree. */
export function specFromTree(written: MapNode, found: readonly Problem[], context: SpecContext): Spec {
  return interpret(written, found, context).spec;
}

/** As {@link specFromTree}, with the trees. */
export function interpret(written: MapNode, found: readonly Problem[], context: SpecContext): Interpreted {
  const own = isAdsJob(written) ? readAdsJob(written) : oneSpelling(written);
  const overridden = applyOverrides(own.root, context.overrides ?? {}, {
    env: context.env,
    ...(context.parametersTexts === undefined ? {} : { parametersTexts: context.parametersTexts }),
  });
  const mounted = namesWork(overridden.root) ? undefined : context.mounted;
  const root = mounted === undefined ? overridden.root : beneath(overridden.root, mounted);
  const checked = validate(root);
  const problems = [...found, ...own.problems, ...overridden.problems, ...(mounted?.problems ?? [])];
  // What could not be read is no value of the wrong kind as well.
  const unread = new Set(found.map(({ line, column }) => `${line}:${column}`));
  problems.push(
    ...checked.problems.filter(({ line, column }) => line === undefined || !unread.has(`${line}:${column}`)),
  );
  // What the schema refused is left out, so that the rest is looked at now and not after the next try.
  const built = buildSpec(checked.document, {
    ...context,
    root,
    variables: context.env,
    broken: new Set([...checked.broken, ...own.broken]),
  });
  problems.push(...built.problems);
  if (problems.length > 0 || built.spec === undefined) throw invalid(context, problems);
  const spec = { ...built.spec, ads: mounted?.ads };
  return { spec, own: own.root, whole: root, overrides: overridden.assignments };
}

function namesWork(root: MapNode): boolean {
  return ["noteBook", "artifact", "git"].some((key) => !isNothing(nodeAt(root, [key])));
}

/** The document with what is mounted where it says nothing itself. */
function beneath(root: MapNode, { assignments }: MountedWork): MapNode {
  let result = root;
  for (const assignment of assignments) {
    if (!isNothing(nodeAt(root, assignment.path))) continue;
    const next = assign(result, assignment);
    if ("root" in next) result = next.root;
  }
  return result;
}

/** The original spelled its first key noteBook; any case of it is taken. */
function oneSpelling(root: MapNode): AdsJob {
  const problems: Problem[] = [];
  const spellings = root.entries.filter((entry) => entry.key.toLowerCase() === "notebook");
  const [first, second] = spellings;
  if (first === undefined) return { root, problems, broken: [] };
  if (second !== undefined) {
    problems.push({
      ...second.place,
      key: second.key,
      message: `${second.key} and ${first.key} are one key, given twice.`,
      remedy: "Keep one.",
    });
  }
  const entries = root.entries
    .filter((entry) => entry === first || !spellings.includes(entry))
    .map((entry) => (entry === first ? { ...entry, key: "noteBook" } : entry));
  return { root: { ...root, entries }, problems, broken: [] };
}

function invalid(context: Pick<SpecContext, "name">, problems: readonly Problem[]): NbjobError {
  const sorted = distinct(problems).toSorted(
    (a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0),
  );
  const count = sorted.length === 1 ? "a problem" : `${sorted.length} problems`;
  return new NbjobError("invalid-job-file", `${context.name} has ${count}.`, {
    location: context.name,
    problems: sorted,
  });
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [
    ...new Map(
      problems.map((problem) => [`${problem.line}:${problem.column}:${problem.origin}:${problem.message}`, problem]),
    ).values(),
  ];
}
