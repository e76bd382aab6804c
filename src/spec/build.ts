import { extname } from "node:path";
import { asFolder, type Location, nameOf, parseLocation } from "../storage/location.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import { expand, type Variables } from "./expand.ts";
import type { EnvironmentSpec, JobSpec, NotebookOptions, OciSpec, Work } from "./jobspec.ts";
import { notYetArtifacts, notYetOwnArtifact } from "./notyet.ts";
import { leadingZeros, toParameters } from "./plain.ts";
import { parseDuration, parseSize } from "./quantity.ts";
import type { JobFileDocument } from "./schema/jobfile.ts";
import { splitWords } from "./shellwords.ts";
import { type Node, nodeAt, type Path, pathText, placeAt } from "./yaml/node.ts";

export interface BuildContext {
  readonly root: Node;
  /** Top-level keys that are in the tree but not in the document, since something is wrong in them. */
  readonly broken: ReadonlySet<string>;
  readonly variables: Variables;
  /** What relative locations in the document start from. */
  readonly baseFolder: Location;
  /** What relative locations given by a flag start from. */
  readonly workingFolder: Location;
}

export const defaults = {
  gracePeriod: 10_000,
  startTimeout: 60_000,
  shutdownGrace: 10_000,
  maxOutput: { cell: 20_000_000, notebook: 100_000_000 },
} as const;

/** Turns a valid document into a job spec. What needs more than the schema to be found wrong is reported here, all of it. */
export function buildSpec(
  document: JobFileDocument,
  context: BuildContext,
): { readonly spec: Omit<JobSpec, "jobFile"> | undefined; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const reader = makeReader(context, problems);
  const outputFolder =
    document.outputFolder === undefined ? undefined : reader.location(["outputFolder"], { folder: true });
  if (document.outputFolder === undefined && !context.broken.has("outputFolder")) {
    reader.complain(
      ["outputFolder"],
      "outputFolder is missing: where do the outputs go?",
      "Add a line such as outputFolder: out/.",
    );
  }
  const work = readWork(document, context.broken, reader);
  const parametersNode = document.parameters === undefined ? undefined : nodeAt(context.root, ["parameters"]);
  if (parametersNode !== undefined) {
    for (const { path } of leadingZeros(parametersNode, ["parameters"])) {
      reader.complain(
        path,
        `${pathText(path)} is a number with a leading zero, which YAML readers disagree about.`,
        "Leave out the zero, or put it in quotes if it is text.",
      );
    }
  }
  const spec = {
    work,
    parameters: parametersNode?.kind === "map" ? toParameters(parametersNode) : {},
    inputs: readInputs(document, reader),
    outputs: readOutputs(document, reader),
    environment: readEnvironment(document, reader),
    notebookOptions: readNotebookOptions(document),
    timeout: milliseconds(document.timeout),
    gracePeriod: milliseconds(document.gracePeriod) ?? defaults.gracePeriod,
    checkpoint: milliseconds(document.checkpoint),
    retries: document.retries ?? 0,
    mask: document.mask ?? [],
    oci: readOci(document),
  };
  if (problems.length > 0 || outputFolder === undefined) return { spec: undefined, problems };
  return { spec: { ...spec, outputFolder }, problems };
}

interface Reader {
  complain(path: Path, message: string, remedy?: string): void;
  /** The scalar's text as written, so that 1.10 stays 1.10. */
  text(path: Path): string;
  /** The scalar's text with variables expanded; undefined where that failed, which is then a problem. */
  expanded(path: Path): string | undefined;
  location(path: Path, options?: { readonly folder?: boolean }): Location | undefined;
}

function makeReader(context: BuildContext, problems: Problem[]): Reader {
  const complain: Reader["complain"] = (path, message, remedy) => {
    problems.push({
      ...placeAt(context.root, path),
      key: pathText(path),
      message,
      ...(remedy === undefined ? {} : { remedy }),
    });
  };
  const text: Reader["text"] = (path) => {
    const node = nodeAt(context.root, path);
    return node?.kind === "scalar" ? node.text : "";
  };
  const expanded: Reader["expanded"] = (path) => {
    const result = expand(text(path), context.variables);
    if ("text" in result) return result.text;
    const key = pathText(path);
    if ("malformed" in result) {
      complain(path, `${key} holds a \${ that is not the start of \${NAME}.`, "Write $$ for a dollar.");
      return undefined;
    }
    for (const name of result.unknown) {
      complain(
        path,
        `${key} names \${${name}}, which is not set.`,
        `Set ${name} in the run's environment, or write $\${${name}} for the text itself.`,
      );
    }
    return undefined;
  };
  const location: Reader["location"] = (path, options = {}) => {
    const node = nodeAt(context.root, path);
    if (node === undefined) return undefined;
    const value = expanded(path);
    if (value === undefined) return undefined;
    try {
      const baseFolder = node.place.origin === undefined ? context.baseFolder : context.workingFolder;
      const parsed = parseLocation(value, { baseFolder });
      return options.folder === true ? asFolder(parsed) : parsed;
    } catch (error) {
      if (!(error instanceof NbjobError)) throw error;
      complain(path, `${pathText(path)}: ${error.message}`, error.remedy);
      return undefined;
    }
  };
  return { complain, text, expanded, location };
}

function readWork(document: JobFileDocument, broken: ReadonlySet<string>, reader: Reader): Work | undefined {
  const notebook = document.noteBook === undefined ? undefined : reader.location(["noteBook"]);
  const artifact = document.artifact === undefined ? undefined : reader.location(["artifact"]);
  const sha256 = document.sha256?.toLowerCase();
  const words = readArguments(document, reader);
  if (document.noteBook !== undefined && document.artifact !== undefined) {
    reader.complain(["artifact"], "artifact and noteBook are both given, and one job runs one of them.", "Remove one.");
    return undefined;
  }
  if (document.noteBook !== undefined) {
    if (document.arguments !== undefined) {
      reader.complain(["arguments"], "arguments belong to an artifact.", "Give a notebook parameters.");
    }
    return notebook === undefined ? undefined : { kind: "notebook", location: notebook, sha256 };
  }
  if (document.artifact === undefined) {
    if (notYetOwnArtifact !== undefined && !broken.has("noteBook") && !broken.has("artifact")) {
      reader.complain(
        [],
        `Neither noteBook nor artifact is given. ${notYetOwnArtifact}`,
        "Add a line such as noteBook: analysis.ipynb.",
      );
    }
    return undefined;
  }
  if (artifact === undefined) return undefined;
  const name = nameOf(artifact).toLowerCase();
  if (extname(name) === ".ipynb") return { kind: "notebook", location: artifact, sha256 };
  const ending = notYetArtifacts.find((one) => name.endsWith(one));
  if (ending !== undefined) {
    reader.complain(["artifact"], `artifact: ${ending} files cannot be run yet.`, "Name a .py, .sh or .ipynb file.");
  }
  for (const key of ["parameters", "notebookOptions"] as const) {
    if (document[key] !== undefined && Object.keys(document[key]).length > 0) {
      reader.complain([key], `${key} belong to a notebook.`, "Give an artifact arguments or environment.variables.");
    }
  }
  return { kind: "artifact", location: artifact, sha256, entrypoint: document.entrypoint, arguments: words };
}

function readArguments(document: JobFileDocument, reader: Reader): readonly string[] {
  if (document.arguments === undefined) return [];
  if (typeof document.arguments !== "string")
    return document.arguments.map((_, index) => reader.text(["arguments", index]));
  const words = splitWords(document.arguments);
  if (words === undefined)
    reader.complain(["arguments"], "arguments opens a quote and does not close it.", "Close it, or give a list.");
  return words ?? [];
}

function readInputs(document: JobFileDocument, reader: Reader): Readonly<Record<string, Location>> {
  const inputs: [string, Location][] = [];
  for (const name of Object.keys(document.inputs ?? {})) {
    const path = ["inputs", name];
    const clean = name.replace(/\/+$/, "");
    if (!isInside(clean))
      reader.complain(path, `inputs: "${name}" would lie outside the working directory.`, "Use a plain name.");
    const location = reader.location(path);
    if (location !== undefined) inputs.push([clean, location]);
  }
  return Object.fromEntries(inputs);
}

function readOutputs(document: JobFileDocument, reader: Reader): readonly string[] | undefined {
  for (const [index, pattern] of (document.outputs ?? []).entries()) {
    if (!isInside(pattern.replace(/\/+$/, ""))) {
      reader.complain(
        ["outputs", index],
        `outputs.${index} would lie outside the working directory.`,
        "Outputs are named from the working directory.",
      );
    }
  }
  return document.outputs;
}

/** A relative path that stays below its folder. */
function isInside(path: string): boolean {
  return (
    path !== "" && path !== "." && !path.startsWith("/") && !path.includes("\0") && !path.split("/").includes("..")
  );
}

function readEnvironment(document: JobFileDocument, reader: Reader): EnvironmentSpec {
  const variables: [string, string][] = [];
  for (const name of Object.keys(document.environment?.variables ?? {})) {
    const path = ["environment", "variables", name];
    if (name.includes("=") || name.includes("\0")) {
      reader.complain(path, `${pathText(path)}: a variable's name cannot hold "=".`);
    }
    const value = reader.expanded(path);
    if (value !== undefined) variables.push([name, value]);
  }
  return {
    conda: document.environment?.conda,
    variables: Object.fromEntries(variables),
    secrets: document.environment?.secrets ?? {},
  };
}

function readNotebookOptions({ notebookOptions: options = {} }: JobFileDocument): NotebookOptions {
  const maxOutput = options.maxOutput;
  const sizes = typeof maxOutput === "object" ? maxOutput : { cell: maxOutput };
  const cell = bytes(sizes.cell) ?? defaults.maxOutput.cell;
  return {
    kernel: options.kernel,
    excludeTags: options.excludeTags ?? [],
    cellTimeout: milliseconds(options.cellTimeout),
    allowErrors: options.allowErrors ?? false,
    startCell: options.startCell,
    endCell: options.endCell,
    maxOutput: { cell, notebook: bytes(sizes.notebook) ?? Math.max(cell, defaults.maxOutput.notebook) },
    startTimeout: milliseconds(options.startTimeout) ?? defaults.startTimeout,
    shutdownGrace: milliseconds(options.shutdownGrace) ?? defaults.shutdownGrace,
  };
}

function readOci(document: JobFileDocument): OciSpec {
  const { jobName, projectId, compartmentId, logGroupId, logId, infrastructure, sweep, schedule } = document;
  return { jobName, projectId, compartmentId, logGroupId, logId, infrastructure, sweep, schedule };
}

function milliseconds(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : parseDuration(value);
}

function bytes(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : parseSize(value);
}
