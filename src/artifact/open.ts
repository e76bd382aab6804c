import { delimiter, extname, join } from "node:path";
import { NbjobError } from "../text/errors.ts";
import type { UnpackLimits } from "./archive/index.ts";
import { archiveKindOf } from "./archive/kind.ts";
import type { MainClass } from "./command.ts";
import { findEntrypoint, findInside } from "./entrypoint.ts";

export interface OpenArtifactOptions {
  /** The file as it was fetched, or a folder that Data Science unpacked. */
  readonly path: string;
  /** What it is called: its ending says what it is. */
  readonly name: string;
  /** A folder for an archive's content: new or empty, and later the work's own. */
  readonly into: string;
  /** A path inside the archive, or a Java class. */
  readonly entrypoint?: string | undefined;
  /** Folder inside the archive to run in; default the archive's root. */
  readonly workingDirectory?: string | undefined;
  /** Folders inside the archive that Python imports from. */
  readonly pythonPath?: readonly string[] | undefined;
  /** The work's environment so far. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits?: Partial<UnpackLimits>;
  readonly signal?: AbortSignal;
}

/** An artifact ready to run. */
export interface OpenedArtifact {
  /** A notebook goes to the notebook engine, a program to `runArtifact`. */
  readonly kind: "program" | "notebook";
  /** The file that runs; for a Java class the artifact itself. */
  readonly path: string;
  readonly mainClass?: MainClass;
  /** Where to run it; undefined for a single file, which runs anywhere. */
  readonly cwd: string | undefined;
  /** What the archive's own runtime file sets: `env` has it already, behind what was set before. */
  readonly variables: Readonly<Record<string, string>>;
  /** The work's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** True for names that {@link openArtifact} unpacks. */
export function isArchive(name: string): boolean {
  return archiveKindOf(name) !== undefined;
}

/**
 * Makes an artifact ready to run: unpacks an archive, reads its runtime file, finds what to run in it.
 * @throws {NbjobError} `invalid-work` for a bad archive, `not-found` without an entrypoint
 */
export async function openArtifact(options: OpenArtifactOptions): Promise<OpenedArtifact> {
  const { path, name, into, env } = options;
  if (!isArchive(name)) return openFile(options);
  // Loaded where there is an archive: the libraries are large.
  const { unpack } = await import("./archive/index.ts");
  await unpack(path, {
    name,
    into,
    env,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return openFolder({ ...options, path: into });
}

function openFile({ path, name, env, entrypoint }: OpenArtifactOptions): OpenedArtifact {
  const base = { path, cwd: undefined, variables: {}, env };
  if (entrypoint === undefined)
    return { ...base, kind: extname(name).toLowerCase() === ".ipynb" ? "notebook" : "program" };
  if (extname(name).toLowerCase() === ".jar")
    return { ...base, kind: "program", mainClass: { name: entrypoint, classPath: [path] } };
  throw new NbjobError("invalid-job-file", `An entrypoint is a file in an archive, and ${name} is none.`, {
    location: name,
    remedy: "Remove entrypoint:, or name an archive.",
  });
}

/** Makes a folder ready to run that is unpacked already, as Data Science leaves it in `decompressed_artifact`. */
export async function openFolder(options: Omit<OpenArtifactOptions, "into">): Promise<OpenedArtifact> {
  const { path: root, name } = options;
  const { readRuntimeFile } = await import("./runtime-file.ts");
  const variables = await readRuntimeFile(root, name);
  const found = await findEntrypoint(root, options.entrypoint ?? variables["JOB_RUN_ENTRYPOINT"], name);
  const cwd = options.workingDirectory === undefined ? root : await folderInside(root, name, options.workingDirectory);
  const imports = await Promise.all((options.pythonPath ?? []).map((folder) => folderInside(root, name, folder)));
  const env = { ...variables, ...options.env };
  const pythonPath = [...imports, ...(env["PYTHONPATH"] === undefined ? [] : [env["PYTHONPATH"]])].join(delimiter);
  const base = { cwd, variables, env: pythonPath === "" ? env : { ...env, PYTHONPATH: pythonPath } };
  if (found.kind === "class")
    return { ...base, kind: "program", path: root, mainClass: { name: found.name, classPath: found.classPath } };
  const kind = extname(found.path).toLowerCase() === ".ipynb" ? "notebook" : "program";
  return { ...base, kind, path: found.path };
}

async function folderInside(root: string, archive: string, wanted: string): Promise<string> {
  if (join(wanted, ".") === ".") return root;
  const path = await findInside(root, wanted);
  if (path !== undefined) return path;
  throw new NbjobError("not-found", `${archive} holds no folder ${wanted}.`, { location: archive });
}
