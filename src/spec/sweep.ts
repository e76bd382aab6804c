import { toParameter, toParameters } from "./plain.ts";
import type { ParameterValue, RetrySpec } from "./jobspec.ts";
import { parseDuration } from "./quantity.ts";
import type { JobFileDocument } from "./schema/jobfile.ts";
import { isMap, type Node, nodeAt } from "./yaml/node.ts";

type Document = NonNullable<JobFileDocument["sweep"]>;
type Values = readonly ParameterValue[];
type ParameterSet = Readonly<Record<string, ParameterValue>>;

/** Values between two ends, drawn evenly, or evenly among their logarithms. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
  readonly integer: boolean;
}

/** Why a run of a sweep ended that did not succeed, where no exit code says it. */
export type SweepCause = NonNullable<Exclude<Document["retries"], number | undefined>["causes"]>[number];

/** `sweep:` of a job file. Exactly one of the three kinds of sets. */
export interface SweepSpec {
  readonly sets:
    | { readonly kind: "grid"; readonly parameters: Readonly<Record<string, Values>> }
    | { readonly kind: "list"; readonly list: readonly ParameterSet[] }
    | {
        readonly kind: "random";
        readonly count: number;
        /** Undefined: one is made up, and told. */
        readonly seed: number | undefined;
        readonly parameters: Readonly<Record<string, Values | Range>>;
      };
  readonly maxParallel: number | undefined;
  readonly retries: RetrySpec & {
    /** Causes other than exit codes after which a run is tried again; undefined: any but a cancel. */
    readonly causes: readonly SweepCause[] | undefined;
  };
  /** Shown in the table; undefined: all that the runs tell. */
  readonly metrics: readonly string[] | undefined;
  readonly policy: "any" | "all";
}

const defaultBackoff = 10_000;

/** From the tree: a sweep's values are parameters, and the document shows big integers and dates as numbers and text. */
export function readSweep(document: Document, root: Node): SweepSpec {
  const { maxParallel, metrics, policy = "all", retries = 0 } = document;
  const given = typeof retries === "number" ? { attempts: retries } : retries;
  const { attempts, exitCodes, causes, backoff } = given;
  // Where one of the two is listed, the other is not meant.
  const listed = exitCodes !== undefined || causes !== undefined;
  return {
    sets: readSets(document, root),
    maxParallel,
    retries: {
      attempts,
      exitCodes: exitCodes ?? (listed ? [] : undefined),
      causes: causes ?? (listed ? [] : undefined),
      backoff: (backoff === undefined ? undefined : parseDuration(backoff)) ?? defaultBackoff,
    },
    metrics,
    policy,
  };
}

function readSets({ list, random }: Document, root: Node): SweepSpec["sets"] {
  if (random !== undefined) {
    const { count, seed } = random;
    const drawn = entriesAt(root, ["sweep", "random", "parameters"]).map(([name, node]): [string, Values | Range] => {
      const range = random.parameters[name];
      if (range === undefined || Array.isArray(range)) return [name, valuesOf(node)];
      const { min, max, scale = "linear", integer = false } = range;
      return [name, { min, max, scale, integer }];
    });
    return { kind: "random", count, seed, parameters: Object.fromEntries(drawn) };
  }
  if (list !== undefined) {
    const sets = list.map((_, index) => nodeAt(root, ["sweep", "list", index]));
    return { kind: "list", list: sets.map((node) => (isMap(node) ? toParameters(node) : {})) };
  }
  const grid = entriesAt(root, ["sweep", "parameters"]).map(([name, node]) => [name, valuesOf(node)] as const);
  return { kind: "grid", parameters: Object.fromEntries(grid) };
}

function entriesAt(root: Node, path: readonly string[]): readonly (readonly [string, Node])[] {
  const node = nodeAt(root, path);
  return isMap(node) ? node.entries.map(({ key, value }) => [key, value] as const) : [];
}

function valuesOf(node: Node): Values {
  return node.kind === "list" ? node.items.map((item) => toParameter(item)) : [];
}
