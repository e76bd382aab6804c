import { chmod, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fetchSecrets } from "../environment/secrets.ts";
import {
  injectParameters,
  inspectParameters,
  readNotebook,
  resolveKernel,
  type KernelChoice,
  type Notebook,
} from "../notebook/index.ts";
import type { JobSpec, Work } from "../spec/jobspec.ts";
import { displayLocation, isFolder, joinLocation, nameOf, type Location } from "../storage/location.ts";
import { fetchFile, fetchFolder, type Fetched } from "../storage/transfer.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import type { RunHost, RunOptions } from "./host.ts";
import { walk, type Walk, type Workspace } from "./workspace.ts";

/** Everything the work needs, on this machine and checked. */
export interface Staged {
  readonly work: StagedWork;
  /** Where the work runs. */
  readonly cwd: string;
  /** The work's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The secrets of OCI Vault among it. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What was in the working directory before the work; undefined with --cwd, where only named outputs are published. */
  readonly before: Walk | undefined;
  readonly fetched: Fetched;
}

export type StagedWork =
  | {
      readonly kind: "notebook";
      readonly notebook: Notebook;
      readonly kernel: KernelChoice;
      /** Where the executed notebook grows. */
      readonly executed: string;
      /** Which cell was added to the input notebook; null for none. */
      readonly injectedCell: number | null;
      readonly name: string;
      readonly input: string;
    }
  | { readonly kind: "artifact"; readonly path: string; readonly arguments: readonly string[] };

/**
 * Fetches the work and its inputs and checks all that can be checked before anything runs.
 * @throws NbjobError one error for all that is wrong.
 */
export async function stage(
  spec: JobSpec,
  workspace: Workspace,
  host: RunHost,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Staged> {
  const { work } = spec;
  if (work === undefined)
    throw new NbjobError("invalid-job-file", "The job file names no work", { remedy: "Add noteBook: or artifact:." });
  const cwd = options.cwd === undefined ? workspace.work : resolve(options.cwd);
  const env = workEnvironment(spec, host);
  const name = nameOf(work.location);
  const path = join(workspace.work, name);

  const [staged, inputs, secrets, folder] = await Promise.allSettled([
    fetchFile(host.stores, work.location, path, {
      signal,
      ...(work.sha256 === undefined ? {} : { sha256: work.sha256 }),
    }).then(async (fetched) => ({ fetched, work: await prepare(work, path, { spec, workspace, host, env, name }) })),
    fetchInputs(spec, cwd, host, signal),
    stageSecrets(spec, host, signal),
    checkWorkingDirectory(cwd),
  ]);
  signal.throwIfAborted();
  if (
    staged.status === "rejected" ||
    inputs.status === "rejected" ||
    secrets.status === "rejected" ||
    folder.status === "rejected"
  ) {
    throw together(
      [staged, inputs, secrets, folder].flatMap((result) =>
        result.status === "rejected" ? [result.reason as unknown] : [],
      ),
    );
  }
  const before = options.cwd === undefined ? await walk(cwd) : undefined;
  return {
    work: staged.value.work,
    cwd,
    env: { ...env, ...secrets.value },
    secrets: secrets.value,
    before,
    fetched: staged.value.fetched,
  };
}

function workEnvironment(spec: JobSpec, host: RunHost): Readonly<Record<string, string>> {
  return { ...host.env, ...spec.environment.variables };
}

interface Preparing {
  readonly spec: JobSpec;
  readonly workspace: Workspace;
  readonly host: RunHost;
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
}

async function prepare(work: Work, path: string, { spec, workspace, host, env, name }: Preparing): Promise<StagedWork> {
  if (work.kind === "artifact") {
    await chmod(path, 0o755);
    return { kind: "artifact", path, arguments: work.arguments };
  }
  const location = displayLocation(work.location);
  const notebook = readNotebook(await readFile(path), location);
  const kernel = await resolveKernel({
    metadata: notebook.metadata,
    env,
    warn: (message) => host.log.warn(message),
    ...(spec.notebookOptions.kernel === undefined ? {} : { requested: spec.notebookOptions.kernel }),
  });
  const declared = inspectParameters(notebook, kernel.language);
  for (const parameter of Object.keys(spec.parameters)) {
    if (declared !== undefined && !declared.some((known) => known.name === parameter)) {
      host.log.warn(`The notebook declares no parameter "${parameter}"; it is set all the same`);
    }
  }
  const injected = injectParameters(notebook, spec.parameters, { language: kernel.language, kernelName: kernel.name });
  return {
    kind: "notebook",
    notebook,
    kernel,
    executed: await executedPath(spec, workspace, work.location, name),
    injectedCell: injected === undefined || injected.replaced ? null : injected.index,
    name,
    input: location,
  };
}

/** The executed notebook grows where it will stay, if that is on this machine: then even a machine that dies leaves it. */
async function executedPath(spec: JobSpec, workspace: Workspace, source: Location, name: string): Promise<string> {
  if (spec.outputFolder.kind !== "file") return join(workspace.executed, name);
  const target = joinLocation(spec.outputFolder, name);
  if (target.kind !== "file") return join(workspace.executed, name);
  if (source.kind === "file" && (await sameFile(source.path, target.path))) {
    throw new NbjobError(
      "output-folder",
      `The output folder holds the notebook itself, ${target.path}, which the executed one would replace`,
      {
        location: target.path,
        remedy: "Choose another output folder.",
      },
    );
  }
  return target.path;
}

async function sameFile(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([left, right].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

async function fetchInputs(spec: JobSpec, cwd: string, host: RunHost, signal: AbortSignal): Promise<void> {
  const fetching = Object.entries(spec.inputs).map(async ([name, location]) => {
    const target = join(cwd, name);
    if (isFolder(location)) await fetchFolder(host.stores, location, target, { signal });
    else await fetchFile(host.stores, location, target, { signal });
  });
  const failed = (await Promise.allSettled(fetching)).flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (failed.length > 0) throw together(failed);
}

async function stageSecrets(
  spec: JobSpec,
  { env, log }: RunHost,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { values, failures } = await fetchSecrets(spec.environment.secrets, { env, log, signal });
  if (failures.length > 0) throw together(failures);
  return values;
}

async function checkWorkingDirectory(cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new NbjobError(
    "not-found",
    `The working directory ${cwd} ${found === undefined ? "does not exist" : "is not a folder"}`,
    { location: cwd },
  );
}

/** Several failures as one error that tells them all: the first decides the exit code. A bug among them comes first. */
function together(errors: readonly unknown[]): unknown {
  const flat = errors.filter((error, position) => errors.indexOf(error) === position);
  const bug = flat.find((error) => !(error instanceof NbjobError));
  if (bug !== undefined || flat.length === 1) return bug ?? flat[0];
  const known = flat.filter((error) => error instanceof NbjobError);
  const [first] = known;
  if (first === undefined) return new Error("no failure to tell");
  const problems = known.flatMap((error): readonly Problem[] =>
    error.problems.length > 0
      ? error.problems
      : [{ message: error.message, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) }],
  );
  return new NbjobError(first.reason, `The run cannot start: ${problems.length} things are wrong`, {
    problems,
    exitCode: first.exitCode,
  });
}
