import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { OpenedArtifact } from "../artifact/index.ts";
import { inCondaEnvironment, type CondaEnvironment } from "../environment/conda/index.ts";
import { fetchSecrets } from "../environment/secrets.ts";
import { displayWork } from "../spec/work.ts";
import type { JobSpec, Work } from "../spec/jobspec.ts";
import { isFolder } from "../storage/location.ts";
import { fetchFile, fetchFolder, type Fetched } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import type { RunHost, RunOptions } from "./host.ts";
import { callOf } from "./entry-function.ts";
import { checkJobMounts } from "./mounts.ts";
import { stageConda } from "./stage-conda.ts";
import { stageNotebook, type NotebookSource, type StagedNotebook } from "./stage-notebook.ts";
import { stageRequirements } from "./stage-requirements.ts";
import { bringsItsFolder, placeWork, type PlacedWork } from "./stage-work.ts";
import { allOrNone, together } from "./together.ts";
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
  /** Undefined for a folder, which has no bytes of its own. */
  readonly fetched: Fetched | undefined;
  /** Of a repository, what was fetched of it. */
  readonly commit?: string;
}

export type StagedWork = StagedNotebook | StagedArtifact;

export interface StagedArtifact extends Pick<OpenedArtifact, "path" | "mainClass"> {
  readonly kind: "artifact";
  readonly arguments: readonly string[];
}

type Environment = Readonly<Record<string, string>>;

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
  const work = workOf(spec);
  const given = { ...host.env, ...spec.environment.variables };

  const placed = placeWork(work, { workspace, host, env: given, ads: spec.ads, signal });
  // An archive's inputs lie in the folder that it runs in, and wait for it; everything else comes side by side.
  const cwd =
    options.cwd === undefined
      ? bringsItsFolder(work)
        ? placed.then((found) => found.cwd)
        : Promise.resolve(workspace.work)
      : Promise.resolve(resolve(options.cwd));
  const conda = stageConda(spec, placed, host, signal);
  const ready = Promise.all([placed, conda]).then(async ([found, pack]) => {
    const bare = workEnvironment(found, { spec, host, conda: pack });
    const env = await stageRequirements({ spec, workspace, host, env: bare, signal });
    const { fetched, commit } = found;
    const bytes = { fetched, ...(commit === undefined ? {} : { commit }) };
    return { env, ...bytes, work: await stageWork(found, { spec, workspace, host, env, conda: pack }) };
  });
  const secrets = stageSecrets(spec, host, signal);
  const folder = cwd.then(checkWorkingDirectory);
  const mounts = checkJobMounts(spec, host);
  const inputs = cwd.then((path) => fetchInputs(spec, path, host, signal));
  await allOrNone([ready, placed, conda, secrets, folder, mounts, inputs]).finally(() => signal.throwIfAborted());

  const { env, ...rest } = await ready;
  const before = options.cwd === undefined ? await walk(await folder) : undefined;
  return { ...rest, cwd: await folder, env: { ...env, ...(await secrets) }, secrets: await secrets, before };
}

/** @throws NbjobError `invalid-job-file` for a job file without work */
export function workOf({ work }: JobSpec): Work {
  if (work !== undefined) return work;
  throw new NbjobError("invalid-job-file", "The job file names no work", { remedy: "Add noteBook: or artifact:." });
}

/** Weakest first: what an archive's own runtime file sets, the run's environment and that of its conda pack, the job file's. */
export function workEnvironment(
  { variables, pythonPath }: PlacedWork,
  { spec, host, conda }: { spec: JobSpec; host: RunHost; conda: CondaEnvironment | undefined },
): Environment {
  const run = { ...variables, ...host.env };
  const base = conda === undefined ? run : { ...inCondaEnvironment(run, conda.prefix), ...conda.variables };
  const paths = pythonPath === undefined ? {} : { PYTHONPATH: pythonPath };
  return { ...base, ...spec.environment.variables, ...paths };
}

async function stageWork(placed: PlacedWork, context: Parameters<typeof stageNotebook>[1]): Promise<StagedWork> {
  const { work } = context.spec;
  if (placed.kind === "program") {
    const { path, mainClass } = placed;
    const words = work === undefined || work.kind === "notebook" ? [] : work.arguments;
    const { entryFunction } = context.spec.ads ?? {};
    if (entryFunction !== undefined)
      return { kind: "artifact", ...(await callOf(context.workspace.root, { path, entryFunction, words })) };
    return { kind: "artifact", path, arguments: words, ...(mainClass === undefined ? {} : { mainClass }) };
  }
  return stageNotebook(notebookSource(placed, context.spec), context);
}

/** The notebook among placed files, and where it came from. */
export function notebookSource({ path }: PlacedWork, spec: JobSpec): NotebookSource {
  const work = workOf(spec);
  const original = work.kind === "notebook" && work.location.kind === "file" ? work.location.path : undefined;
  return { path, location: displayWork(work), original, encoding: spec.ads?.notebookEncoding };
}

async function fetchInputs(spec: JobSpec, cwd: string, host: RunHost, signal: AbortSignal): Promise<void> {
  await allOrNone(
    Object.entries(spec.inputs).map(async ([name, location]) => {
      const target = join(cwd, name);
      if (isFolder(location)) await fetchFolder(host.stores, location, target, { signal });
      else await fetchFile(host.stores, location, target, { signal });
    }),
  );
}

async function stageSecrets(spec: JobSpec, { env, log }: RunHost, signal: AbortSignal): Promise<Environment> {
  const { values, failures } = await fetchSecrets(spec.environment.secrets, { env, log, signal });
  if (failures.length > 0) throw together(failures);
  return values;
}

/** @throws NbjobError `not-found` where there is no such folder */
export async function checkWorkingDirectory(cwd: string): Promise<string> {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory() === true) return cwd;
  throw new NbjobError(
    "not-found",
    `The working directory ${cwd} ${found === undefined ? "does not exist" : "is not a folder"}`,
    { location: cwd },
  );
}
