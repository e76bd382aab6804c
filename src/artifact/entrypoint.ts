/**
 * What to run in an unpacked archive, as Data Science finds it: archives zipped from inside a folder (`entry.py`)
 * and from outside (`folder/entry.py`), with or without an entrypoint named.
 */
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { readHead } from "../process/command.ts";
import { NbjobError } from "../text/errors.ts";

/** What runs: a file, or a Java class with where to find it. */
export type Entrypoint =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "class"; readonly name: string; readonly classPath: readonly string[] };

/** Endings that run by their name alone. */
const runnable = new Set([".py", ".sh", ".ipynb", ".jar", ".pyz"]);
/** Python files that are part of a project and not its entry. */
const supporting = /^(setup|conftest|__init__|test_.*|.*_test)\.py$/;
/** Names that say so, where several files could run. */
const obvious = /^(__main__|main|run|entrypoint|entry)\./;

/**
 * Finds the entrypoint below `root`.
 * @param wanted a path inside the archive, or a Java class; undefined: the single obvious one
 * @throws {NbjobError} `not-found` where there is none, or more than one that is obvious; the message lists what there is
 */
export async function findEntrypoint(root: string, wanted: string | undefined, archive: string): Promise<Entrypoint> {
  if (wanted === undefined) return { kind: "file", path: await obviousEntry(root, archive) };
  const path = await findInside(root, wanted);
  if (path !== undefined) {
    if (!(await stat(path)).isDirectory()) return { kind: "file", path };
    const main = join(path, "__main__.py");
    if ((await stat(main).catch(() => undefined))?.isFile()) return { kind: "file", path: main };
  }
  const java = await javaClass(root, wanted);
  if (java !== undefined) return java;
  throw notFound(archive, `${archive} holds no ${wanted}.`, await candidates(await projectFolder(root)));
}

/**
 * Finds a path inside an unpacked archive whose one outer folder may be named or not; undefined where nothing is there.
 * @throws {NbjobError} `invalid-work` where the path leads out of the archive
 */
export async function findInside(root: string, wanted: string): Promise<string | undefined> {
  const plain = normalize(wanted).replace(/\/$/, "");
  if (plain.startsWith("/") || plain === ".." || plain.startsWith("../"))
    throw new NbjobError("invalid-job-file", `${wanted} lies outside the archive.`, { location: wanted });
  const inner = plain.slice(plain.indexOf("/") + 1);
  const project = await projectFolder(root);
  for (const path of [join(root, plain), join(project, plain), join(root, inner), join(project, inner)])
    if ((await stat(path).catch(() => undefined)) !== undefined && isInside(await realpath(root), await realpath(path)))
      return path;
  return undefined;
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** The folder that holds the project: the archive's root, or its one folder where there is nothing else. */
export async function projectFolder(root: string): Promise<string> {
  const entries = await visible(root);
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() === true ? join(root, only.name) : root;
}

/** What is there without dotfiles and what macOS adds. */
async function visible(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.name.startsWith(".") && entry.name !== "__MACOSX");
}

async function candidates(folder: string): Promise<readonly string[]> {
  const entries = await visible(folder);
  return entries
    .filter((entry) => entry.isFile() && !supporting.test(entry.name))
    .map((entry) => entry.name)
    .filter((name) => runnable.has(extname(name).toLowerCase()) || isProgram(join(folder, name)))
    .toSorted();
}

function isProgram(path: string): boolean {
  const head = readHead(path, 4)?.toString("latin1");
  return head !== undefined && (head.startsWith("#!") || head === "\u007fELF");
}

async function obviousEntry(root: string, archive: string): Promise<string> {
  const folder = await projectFolder(root);
  const found = await candidates(folder);
  const named = found.filter((name) => obvious.test(name));
  const [only, ...others] = found.length === 1 ? found : named;
  if (only !== undefined && others.length === 0) return join(folder, only);
  const why = found.length === 0 ? "holds nothing that runs at its top" : "holds more than one file that could be run";
  throw notFound(archive, `${archive} ${why}.`, found);
}

function notFound(archive: string, message: string, found: readonly string[]): NbjobError {
  const some = found.slice(0, 10).join(", ");
  return new NbjobError("not-found", message, {
    location: archive,
    remedy:
      found.length === 0
        ? "Name what to run with entrypoint:, by its path inside the archive."
        : `Name what to run with entrypoint:, such as ${some}${found.length > 10 ? ", …" : ""}.`,
  });
}

/** A class name runs with every jar of the archive, where the archive is one of Java. */
async function javaClass(root: string, wanted: string): Promise<Entrypoint | undefined> {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(wanted)) return undefined;
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const compiled = `/${wanted.replaceAll(".", "/")}.class`;
  const classes = files.filter((file) => file.endsWith(compiled)).map((file) => file.slice(0, -compiled.length));
  const jars = files.filter((file) => file.endsWith(".jar")).map((file) => `${dirname(file)}/*`);
  if (classes.length === 0 && jars.length === 0) return undefined;
  return { kind: "class", name: wanted, classPath: [...new Set([...classes, await projectFolder(root), ...jars])] };
}
