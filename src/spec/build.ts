import { isFolder, type Location, nameOf } from "../storage/location.ts";
import type { Problem } from "../text/errors.ts";
import { checkConsistency } from "./consistency.ts";
import { readInfrastructure } from "./infrastructure.ts";
import type { EnvironmentSpec, JobSpec, NotebookOptions, OciSpec, RetrySpec } from "./jobspec.ts";
import { leadingZeros, toParameters } from "./plain.ts";
import { parseDuration, parseSize } from "./quantity.ts";
import { makeReader, type Reader, type ReaderContext } from "./reader.ts";
import type { JobFileDocument } from "./schema/jobfile.ts";
import { readSweep } from "./sweep.ts";
import { readWork } from "./work.ts";
import { isMap, type Node, nodeAt, type Path, pathText } from "./yaml/node.ts";

export interface BuildContext extends ReaderContext {
  /** Top-level keys that are in the tree but not in the document, since something is wrong in them. */
  readonly broken: ReadonlySet<string>;
}

export const defaults = {
  // docker stop kills after ten seconds: the rest is for publishing.
  gracePeriod: 6_000,
  backoff: 10_000,
  startTimeout: 60_000,
  shutdownGrace: 10_000,
  maxOutput: { cell: 20_000_000, notebook: 100_000_000 },
} as const;

/** Turns a valid document into a job spec. What needs more than the schema to be found wrong is reported here, all of it. */
export function buildSpec(
  document: JobFileDocument,
  context: BuildContext,
): { readonly spec: Omit<JobSpec, "jobFile" | "ads"> | undefined; readonly problems: readonly Problem[] } {
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
  checkConsistency(document, reader.complain);
  refuseLeadingZeros(context.root, reader);
  const spec = {
    work,
    parameters: isMap(parametersNode) ? toParameters(parametersNode) : {},
    inputs: readInputs(document, work, reader),
    outputs: readOutputs(document, reader),
    environment: readEnvironment(document, reader),
    notebookOptions: readNotebookOptions(document),
    timeout: milliseconds(document.timeout),
    gracePeriod: milliseconds(document.gracePeriod) ?? defaults.gracePeriod,
    checkpoint: milliseconds(document.checkpoint),
    retries: readRetries(document),
    mask: document.mask ?? [],
    oci: readOci(document, context.root),
  };
  if (problems.length > 0 || outputFolder === undefined) return { spec: undefined, problems };
  return { spec: { ...spec, outputFolder }, problems };
}

/** YAML 1.1 reads 010 as 8, YAML 1.2 as 10, and a person as a code: as a parameter it is refused. */
function refuseLeadingZeros(root: Node, reader: Reader): void {
  const places: readonly Path[] = [["parameters"], ["sweep", "parameters"], ["sweep", "list"], ["sweep", "random"]];
  for (const { path } of places.flatMap((place) => leadingZeros(nodeAt(root, place), place))) {
    reader.complain(
      path,
      `${pathText(path)} is a number with a leading zero, which YAML readers disagree about.`,
      "Leave out the zero, or put it in quotes if it is text.",
    );
  }
}

function readInputs(
  document: JobFileDocument,
  work: JobSpec["work"],
  reader: Reader,
): Readonly<Record<string, Location>> {
  const inputs = new Map<string, Location>();
  const workName =
    work === undefined || work.kind === "repository" || isFolder(work.location) ? undefined : nameOf(work.location);
  const seen = new Set<string>();
  for (const written of Object.keys(document.inputs ?? {})) {
    const path = ["inputs", written];
    const name = written.replace(/\/+$/, "");
    if (!isInside(name)) {
      reader.complain(path, `${pathText(path)} would lie outside the working directory.`, "Use a plain name.");
    }
    if (name === workName)
      reader.complain(path, `${pathText(path)} has the work's own name, and would replace it.`, "Use another name.");
    if (seen.has(name))
      reader.complain(path, `${pathText(path)} is given twice, with and without a slash.`, "Keep one.");
    seen.add(name);
    const location = reader.location(path);
    if (location !== undefined) inputs.set(name, location);
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
    conda: document.environment?.conda === undefined ? undefined : readConda(reader),
    requirements: document.environment?.requirements === undefined ? undefined : readRequirements(reader),
    variables: Object.fromEntries(variables),
    secrets: document.environment?.secrets ?? {},
  };
}

/** Whether an archive holds the file is known only once it is open: both readings are kept. */
function readRequirements(reader: Reader): EnvironmentSpec["requirements"] {
  const path = ["environment", "requirements"];
  const location = reader.location(path);
  if (location === undefined) return undefined;
  const written = reader.expanded(path) ?? "";
  if (isFolder(location)) {
    reader.complain(path, `${pathText(path)} names a folder.`, "Name the file: requirements.txt.");
    return undefined;
  }
  return { inside: isInside(written) ? written : undefined, location };
}

/** A bare name is a slug; a pack in the job file's folder is known by its ending. */
function readConda(reader: Reader): EnvironmentSpec["conda"] {
  const path = ["environment", "conda"];
  const value = reader.expanded(path);
  if (value === undefined) return undefined;
  if (/^[A-Za-z0-9_][\w.-]*$/.test(value) && !/\.(?:gz|tgz|zst|xz|tar|zip)$/i.test(value)) return { slug: value };
  const location = reader.location(path);
  return location === undefined ? undefined : { location };
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

function readRetries({ retries = 0 }: JobFileDocument): RetrySpec {
  const given = typeof retries === "number" ? { attempts: retries } : retries;
  return {
    attempts: given.attempts,
    exitCodes: given.exitCodes,
    backoff: milliseconds(given.backoff) ?? defaults.backoff,
  };
}

function readOci(document: JobFileDocument, root: Node): OciSpec {
  const { jobName, projectId, compartmentId, logGroupId, logId, schedule } = document;
  const infrastructure =
    document.infrastructure === undefined ? undefined : readInfrastructure(document.infrastructure, root);
  const sweep = document.sweep === undefined ? undefined : readSweep(document.sweep, root);
  const mountPaths = (infrastructure?.mounts ?? []).map(({ path }) => path);
  return { jobName, projectId, compartmentId, logGroupId, logId, infrastructure, mountPaths, sweep, schedule };
}

function milliseconds(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : parseDuration(value);
}

function bytes(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : parseSize(value);
}
