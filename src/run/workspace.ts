import type { Stats } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, rm, rmdir, stat, symlink } from "node:fs/promises";
import { dirname, join, matchesGlob, relative, sep } from "node:path";
import { NbjobError } from "../text/errors.ts";
import { messageOf } from "../text/message-of.ts";

/** The run's own temporary folder. */
export interface Workspace {
  readonly root: string;
  /** The fresh working directory that holds the work and its inputs, and nothing else. */
  readonly work: string;
  /** Where the executed notebook grows, when the output folder is not on this machine. */
  readonly executed: string;
  /** Has the working directory appear at another path too, until the workspace is removed. */
  alsoAt(path: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Makes a workspace under `parent`, readable by this user alone: inputs and outputs may be private.
 * @throws NbjobError `environment` where no folder can be made there.
 */
export async function createWorkspace(parent: string): Promise<Workspace> {
  const { root, work, executed } = await makeFolders(parent).catch((error: unknown) => {
    const why = messageOf(error);
    throw new NbjobError("environment", `The temporary folder ${parent} cannot be used: ${why}`, {
      location: parent,
      remedy: "Set TMPDIR to a folder that can be written.",
      cause: error,
    });
  });
  const links: string[] = [];
  return {
    root,
    work,
    executed,
    async alsoAt(path) {
      await mkdir(dirname(path), { recursive: true });
      // An empty folder may have been made for it.
      await rmdir(path).catch(() => undefined);
      await symlink(work, path);
      links.push(path);
    },
    async remove() {
      for (const link of links) await rm(link, { force: true });
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
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

/** What a walk found, and what it had to leave. */
export interface Walk {
  readonly files: readonly FoundFile[];
  readonly left: readonly LeftBehind[];
}

export interface LeftBehind {
  readonly path: string;
  readonly why: string;
  /** There are bytes that somebody may want (an unreadable folder); false for what has none: pipes, sockets, links to nowhere. */
  readonly lost: boolean;
}

/** Folders that tools write for themselves; never outputs. */
const ignored = new Set(["__pycache__", ".ipynb_checkpoints"]);

/** Every regular file under a folder. A link to a file counts as the file it leads to; links to folders are left, since they may loop. */
export async function walk(folder: string): Promise<Walk> {
  const files: FoundFile[] = [];
  const left: LeftBehind[] = [];
  const visit = async (directory: string): Promise<void> => {
    const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
      const path = relative(folder, directory) || ".";
      left.push(
        isUndecodable(path) ? notUtf8(path) : { path, why: whyUnread(error), lost: codeOf(error) !== "ENOENT" },
      );
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
        left.push({ path, why: "it is not a regular file", lost: false });
        continue;
      }
      try {
        const found = await (entry.isSymbolicLink() ? stat(absolute) : lstat(absolute));
        if (found.isFile()) files.push({ path, absolute, bytes: found.size, version: versionOf(found) });
        else left.push({ path, why: "it is a link to something that is no regular file", lost: false });
      } catch (error) {
        if (isUndecodable(path)) left.push(notUtf8(path));
        else if (entry.isSymbolicLink()) left.push({ path, why: "it is a link that leads nowhere", lost: false });
        else left.push({ path, why: whyUnread(error), lost: codeOf(error) !== "ENOENT" });
      }
    }
  };
  await visit(folder);
  return { files, left };
}

/** Node reads names as UTF-8, and has no other name for what is none. */
function isUndecodable(path: string): boolean {
  return path.includes("\ufffd");
}

function notUtf8(path: string): LeftBehind {
  return { path, why: "its name is not UTF-8", lost: true };
}

function versionOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function whyUnread(error: unknown): string {
  if (codeOf(error) === "ENOENT") return "it is gone";
  if (codeOf(error) === "EACCES") return "it may not be read by this user";
  return messageOf(error);
}

/** What is new or changed since an earlier walk. */
export function since(before: Walk, now: Walk): Walk {
  const versions = new Map(before.files.map((file) => [file.path, file.version]));
  const known = new Set(before.left.map(({ path }) => path));
  return {
    files: now.files.filter((file) => versions.get(file.path) !== file.version),
    left: now.left.filter(({ path }) => !known.has(path)),
  };
}

/** The files that `patterns` name: globs as `path.matchesGlob` knows them, or a folder, which ends with a slash. */
export function select(
  { files, left }: Walk,
  patterns: readonly string[],
): { chosen: readonly FoundFile[]; left: readonly LeftBehind[]; unmatched: readonly string[] } {
  const tests = patterns.map((pattern) => ({ pattern, matches: matcher(pattern) }));
  const chosen = files.filter((file) => tests.some(({ matches }) => matches(file.path)));
  const unmatched = tests
    .filter(({ matches }) => !files.some((file) => matches(file.path)))
    .map(({ pattern }) => pattern);
  const named = ({ path }: LeftBehind): boolean => tests.some(({ matches }) => matches(path) || matches(`${path}/`));
  return { chosen, left: left.filter(named), unmatched };
}

function matcher(pattern: string): (path: string) => boolean {
  const clean = composed(pattern.replace(/^\.\//, ""));
  if (clean === "" || clean === ".") return () => true;
  const name = clean.replace(/\/$/, "");
  // What lies in a folder that is named belongs to it, whatever it is called.
  const within = (path: string): boolean =>
    foldersOf(path).some((folder) => folder === name || matchesGlob(folder, name));
  if (name !== clean) return (path) => within(composed(path));
  return (path) => {
    const own = composed(path);
    // A name may look like a pattern: `a[1].csv`.
    return own === clean || matchesGlob(own, clean) || own.startsWith(`${clean}/`);
  };
}

/** Of `a/b/c` those are `a` and `a/b`. */
export function foldersOf(path: string): readonly string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
}

/** One form of names that look the same: some machines write an é as two characters. */
function composed(name: string): string {
  return name.normalize("NFC");
}
