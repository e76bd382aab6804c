import { chmod, cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isArchive, openArtifact, openFolder, type OpenedArtifact } from "../artifact/index.ts";
import { largestNotebook } from "../notebook/index.ts";
import type { JobSpec, Work } from "../spec/jobspec.ts";
import { isFolder, nameOf } from "../storage/location.ts";
import { fetchFile, fetchFolder, type Fetched } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import type { RunHost } from "./host.ts";
import { placeRepository } from "./stage-repository.ts";
import type { Workspace } from "./workspace.ts";
import { messageOf } from "../text/message-of.ts";

/** The work's files, in place, and what runs among them. */
export interface PlacedWork extends Omit<OpenedArtifact, "cwd" | "env"> {
  /** Where it runs, unless the command line says otherwise. */
  readonly cwd: string;
  /** Folders that Python imports from, as PYTHONPATH has them; undefined for none. */
  readonly pythonPath: string | undefined;
  /** Undefined for a folder, which has no bytes of its own. */
  readonly fetched: Fetched | undefined;
  /** A repository's. */
  readonly commit?: string;
}

export interface PlacingOptions {
  readonly workspace: Workspace;
  readonly host: RunHost;
  /** The work's environment so far. */
  readonly env: Readonly<Record<string, string>>;
  /** What ADS's variables ask for. */
  readonly ads: JobSpec["ads"];
  readonly signal: AbortSignal;
}

type FolderWork = Exclude<Work, { kind: "notebook" }>;

/** True for work whose working directory is known only once it has been opened. */
export function bringsItsFolder(work: Work): work is FolderWork {
  if (work.kind === "repository") return true;
  return work.kind === "artifact" && (isFolder(work.location) || isArchive(nameOf(work.location)));
}

/**
 * Brings the work into the workspace: one file as it is, an archive unpacked, a folder whole.
 * @throws NbjobError as the stores, and what opens artifacts, do
 */
export async function placeWork(work: Work, options: PlacingOptions): Promise<PlacedWork> {
  if (bringsItsFolder(work)) return placeFolder(work, options);
  const { workspace, host, env, signal } = options;
  const name = nameOf(work.location);
  const path = join(workspace.work, name);
  const limit = work.kind === "notebook" ? { maxBytes: largestNotebook } : {};
  const fetched = await fetchFile(host.stores, work.location, path, { signal, sha256: work.sha256, ...limit });
  const base = { cwd: workspace.work, pythonPath: env["PYTHONPATH"], fetched };
  if (work.kind === "notebook") return { kind: "notebook", path, variables: {}, ...base };
  await chmod(path, 0o755);
  const { entrypoint } = work;
  const { kind, mainClass } = await openArtifact({ path, name, into: workspace.work, entrypoint, env, signal });
  return { kind, path, variables: {}, ...(mainClass === undefined ? {} : { mainClass }), ...base };
}

async function placeFolder(work: FolderWork, placing: PlacingOptions): Promise<PlacedWork> {
  const { workspace, host, env, signal } = placing;
  const into = workspace.work;
  const { workingDirectory, pythonPath } = work;
  const name = work.kind === "repository" ? work.git.shown : nameOf(work.location);
  // A repository is fetched in the place of the artifact that this variable is about.
  const entrypoint =
    work.entrypoint ?? (work.kind === "repository" ? undefined : env["JOB_RUN_ENTRYPOINT"] || undefined);
  const options = { name, env, entrypoint, workingDirectory, pythonPath };
  let fetched: Fetched | undefined;
  let commit: string | undefined;
  let opened: OpenedArtifact;
  if (work.kind === "repository") {
    commit = await placeRepository(work.git, placing);
    opened = await openFolder({ ...options, path: into });
  } else if (isFolder(work.location)) {
    // Copied as it is where it lies here, so that modes and links stay what they are.
    if (work.location.kind === "file") await copyFolder(work.location.path, into);
    else await fetchFolder(host.stores, work.location, into, { signal });
    opened = await openFolder({ ...options, path: into });
  } else {
    const aside = join(workspace.root, "archive");
    await mkdir(aside);
    const path = join(aside, name);
    fetched = await fetchFile(host.stores, work.location, path, { signal, sha256: work.sha256 });
    opened = await openArtifact({ ...options, path, into, signal });
    await rm(aside, { recursive: true, force: true });
  }
  const { cwd = into, env: openedEnv, ...rest } = opened;
  // A notebook runs beside itself, as it does in JupyterLab.
  const own = opened.kind === "notebook" && options.workingDirectory === undefined ? dirname(opened.path) : cwd;
  // A changed mode would show as a change in the repository.
  if (opened.kind === "program" && opened.mainClass === undefined && work.kind !== "repository")
    await chmod(opened.path, 0o755);
  const base = { ...rest, cwd: own, pythonPath: openedEnv["PYTHONPATH"], fetched };
  return commit === undefined ? base : { ...base, commit };
}

async function copyFolder(from: string, into: string): Promise<void> {
  try {
    await cp(from, into, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = messageOf(error);
    const message = missing ? `The folder ${from} does not exist.` : `The folder ${from} cannot be copied: ${why}`;
    throw new NbjobError(missing ? "not-found" : "environment", message, { location: from, cause: error });
  }
}
