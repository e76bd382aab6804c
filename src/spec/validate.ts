import type * as z from "zod/mini";
import type { Problem } from "../text/errors.ts";
import { toPlain } from "./plain.ts";
import { type JobFileDocument, jobFileSchema } from "./schema/jobfile.ts";
import { knownKeys } from "./schema/knownkeys.ts";
import { suggest } from "./suggest.ts";
import { entryAt, kindName, type MapNode, type Node, nodeAt, type Path, pathText, placeAt } from "./yaml/node.ts";

type Issue = z.core.$ZodIssue;

/** A kind of document, and how messages call one. */
export interface Kind<Document> {
  readonly schema: z.ZodMiniType<Document>;
  readonly noun: string;
}

const jobFile: Kind<JobFileDocument> = { schema: jobFileSchema, noun: "job file" };

export interface Validated {
  /** The document without the top-level keys that have something wrong in them. */
  readonly document: JobFileDocument;
  readonly problems: readonly Problem[];
  /** Top-level keys that are there, if wrong or misspelt: not to be called missing as well. */
  readonly broken: ReadonlySet<string>;
}

/** The tree as a typed document, or every way in which it is none. */
export function validateAs<Document>(
  root: MapNode,
  kind: Kind<Document>,
): { readonly document: Document } | { readonly problems: readonly Problem[] } {
  const result = kind.schema.safeParse(toPlain(root));
  if (result.success) return { document: result.data };
  return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, root, [], kind)) };
}

/** The tree as a typed document, and every way in which it is none. */
export function validate(root: MapNode): Validated {
  const result = jobFileSchema.safeParse(toPlain(root));
  if (result.success) return { document: result.data, problems: [], broken: new Set() };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, root, [], jobFile));
  const broken = new Set(result.error.issues.flatMap(topLevelKeys));
  const sound = { ...root, entries: root.entries.filter((entry) => !broken.has(entry.key)) };
  return { document: jobFileSchema.parse(toPlain(sound)), problems, broken };
}

/** The keys of the document itself that an issue is about. */
function topLevelKeys(issue: Issue): readonly string[] {
  if (issue.path.length > 0) return [String(issue.path[0])];
  return issue.code === "unrecognized_keys" ? issue.keys.flatMap((key) => [key, meant(key, [], jobFile) ?? key]) : [];
}

/** The key that an unknown one was most likely meant to be. */
function meant(key: string, parent: Path, { schema }: Kind<unknown>): string | undefined {
  return suggest(key, knownKeys(schema, parent));
}

function problemsOf(issue: Issue, root: Node, above: Path, kind: Kind<unknown>): readonly Problem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, root, path, kind));
  const node = nodeAt(root, path);
  if (issue.code === "invalid_union" && node !== undefined) {
    // Where one form has the right kind of value, what is wrong inside it says more than "neither form".
    const inner = issue.errors.find((issues) =>
      issues.every((one) => one.path.length > 0 || one.code === "unrecognized_keys"),
    );
    if (inner !== undefined && inner.length > 0) return inner.flatMap((one) => problemsOf(one, root, path, kind));
  }
  const key = pathText(path);
  const name = key === "" ? `The ${kind.noun}` : key;
  const place = placeAt(root, path);
  if (node === undefined) {
    return [{ ...place, key, message: `${name} is missing: expected ${issue.message}.` }];
  }
  const found = kindName(node);
  // "expected a duration, found text" where the text is a wrong duration would only puzzle.
  const wrongKind =
    issue.code === "invalid_type" ||
    found === "an empty text" ||
    (issue.code === "invalid_union" && !["text", "a number"].includes(found));
  return [
    {
      ...place,
      key,
      message: `${name}: expected ${issue.message}${wrongKind ? `, found ${found}` : ""}.`,
      ...remedyFor(issue, node),
    },
  ];
}

/** A remedy that needs no knowledge of the value. */
function remedyFor(issue: Issue, node: Node): { readonly remedy?: string } {
  if (node.kind !== "scalar" || !node.plain) return {};
  if (
    issue.code === "invalid_type" &&
    issue.expected === "string" &&
    typeof node.value !== "string" &&
    node.value !== null
  ) {
    return { remedy: "Put it in quotes." };
  }
  if (kindName(node) === "a number with a leading zero") return { remedy: "Leave out the leading zero." };
  return {};
}

function unknownKey(key: string, root: Node, parent: Path, kind: Kind<unknown>): Problem {
  const path = [...parent, key];
  const where = parent.length === 0 ? `a ${kind.noun}` : pathText(parent);
  const near = meant(key, parent, kind);
  return {
    ...(entryAt(nodeAt(root, parent), key)?.place ?? placeAt(root, parent)),
    key: pathText(path),
    message: `${key} is not a key of ${where}.`,
    remedy:
      near === undefined ? `Its keys are ${knownKeys(kind.schema, parent).join(", ")}.` : `Did you mean "${near}"?`,
  };
}
