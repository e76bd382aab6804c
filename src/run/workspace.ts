import { lstat, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join, matchesGlob, relative, sep } from "node:path";
import { NbjobError } from "../text/errors.ts";

/** The run's own temporary folder. */
export interface Workspace {
  readonly root: string;
  /** The fresh working directory that holds the work and its inputs, and nothing else. */
  readonly work: string;
  /** Where the executed notebook grows, when the output folder is not on this machine. */
  readonly executed: string;
  remove(): Promise<void>;
}

/**
 * Makes a workspace under `parent`, readable by this user alone: inputs and outputs may be private.
 * @throws NbjobError `environment` where no folder can be made there.
 */
export async function createWorkspace(parent: string): Promise<Workspace> {
  const { root, work, executed } = await makeFolders(parent).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new NbjobError("environment", `The temporary folder ${parent} cannot be used: ${why}`, {
      location: parent,
      remedy: "Set TMPDIR to a folder that can be written.",
      cause: error,
    });
  });
  return { root, work, executed, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) };
}

async function makeFolders(parent: string): Promise<{ root: string; work: string; executed: string }> {
  const root = await mkdtemp(join(parent, "nbjob-"));
  const work = join(root, "work");
  const executed = join(root, "executed");
  await mkdir(work);
  await mkdir(executed);
  return { root, work, executed };
}

export interface FoundFile {
  /** Relative to the folder that was walked, with slashes. */
  readonly path: string;
  readonly absolute: string;
  readonly bytes: number;
  /** Changes whenever the file does. */
  readonly version: string;
}

/** What a walk found, and what it had to leave: links that lead out, pipes, sockets, devices, unreadable folders. */
export interface Walk {
  readonly files: readonly FoundFile[];
  readonly left: readonly { readonly path: string; readonly why: string }[];
}

/** Folders that tools write for themselves; never outputs. */
const ignored = new Set(["__pycache__", ".ipynb_checkpoints"]);

/** Every regular file under a folder. A link to a file counts as the file it leads to; links to folders are left, since they may loop. */
export async function walk(folder: string): Promise<Walk> {
  const files: FoundFile[] = [];
  const left: { path: string; why: string }[] = [];
  const visit = async (directory: string): Promise<void> => {
    const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
      left.push({ path: relative(folder, directory), why: reasonOf(error) });
      return [];
    });
    for (const entry of entries) {
      const absolute = join(directory, entry.name);
      const path = relative(folder, absolute).replaceAll(sep, "/");
      if (entry.isDirectory()) {
        if (!ignored.has(entry.name)) await visit(absolute);
        continue;
      }
      if (!entry.isFile() && !entry.isSymbolicLink()) {
        left.push({ path, why: "it is not a regular file" });
        continue;
      }
      try {
        const found = await (entry.isSymbolicLink() ? stat(absolute) : lstat(absolute));
        if (!found.isFile()) left.push({ path, why: "it is a link to something that is no regular file" });
        else
          files.push({
            path,
            absolute,
            bytes: found.size,
            version: `${found.ino}:${found.size}:${found.mtimeMs}:${found.ctimeMs}`,
          });
      } catch (error) {
        left.push({ path, why: reasonOf(error) });
      }
    }
  };
  await visit(folder);
  return { files, left };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The files that are new or changed since an earlier walk. */
export function changedSince(before: Walk, now: Walk): readonly FoundFile[] {
  const versions = new Map(before.files.map((file) => [file.path, file.version]));
  return now.files.filter((file) => versions.get(file.path) !== file.version);
}

/** The files that `patterns` name: globs as `path.matchesGlob` knows them, or a folder, which ends with a slash. */
export function select(
  files: readonly FoundFile[],
  patterns: readonly string[],
): { chosen: readonly FoundFile[]; unmatched: readonly string[] } {
  const tests = patterns.map((pattern) => ({ pattern, matches: matcher(pattern) }));
  const chosen = files.filter((file) => tests.some(({ matches }) => matches(file.path)));
  const unmatched = tests
    .filter(({ matches }) => !files.some((file) => matches(file.path)))
    .map(({ pattern }) => pattern);
  return { chosen, unmatched };
}

function matcher(pattern: string): (path: string) => boolean {
  const clean = pattern.replace(/^\.\//, "");
  if (clean === "" || clean === ".") return () => true;
  if (clean.endsWith("/")) return (path) => path.startsWith(clean) || matchesGlob(path, `${clean}**`);
  return (path) => matchesGlob(path, clean) || path.startsWith(`${clean}/`);
}
