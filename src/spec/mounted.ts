/**
 * The job run's own artifact: what Data Science mounted, and what the variables of ADS say about it. It stands in for a
 * job file's noteBook or artifact where none is named, so that a job that was made for ADS runs as it is.
 *
 * An archive is found unpacked in `decompressed_artifact`, or packed under the name in `JOB_ARTIFACT_FILE_NAME`. ADS puts its own
 * drivers into the archive and the user's files into `code` beside them; what its drivers would do is done here.
 */
import { stat } from "node:fs/promises";
import { join, normalize } from "node:path";
import type { Problem } from "../text/errors.ts";
import type { Assignment } from "./assign.ts";
import { escapeDollars } from "./expand.ts";
import { readGitVariables, runsRepository } from "./mounted-git.ts";
import { whatIs } from "./whatis.ts";
import type { Node, Path } from "./yaml/node.ts";

/** What ADS's variables ask for and no key of a job file says. */
export interface AdsOptions {
  /** Folder whose files are published, under their names in it: `OUTPUT_DIR`. */
  readonly outputsFrom: string | undefined;
  /** `NOTEBOOK_ENCODING`, as TextDecoder calls it; undefined for UTF-8. */
  readonly notebookEncoding: string | undefined;
  /** Function of the entrypoint that is called with the arguments: `ENTRY_FUNCTION`. */
  readonly entryFunction: string | undefined;
  /** Path under which a repository is found while it runs: `CODE_DIR`. */
  readonly codeFolder: string | undefined;
}

export interface MountedWork {
  /** Keys of a job file, with the variable that each comes from. */
  readonly assignments: readonly Assignment[];
  readonly problems: readonly Problem[];
  readonly ads: AdsOptions;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The folder that Data Science mounts; `NBJOB_DATASCIENCE_HOME` names another. */
function dataScienceHome(env: Variables): string {
  return env["NBJOB_DATASCIENCE_HOME"] || "/home/datascience";
}

/** What is mounted: an archive's folder, or a file; undefined for nothing. */
type Mounted = { readonly folder: string } | { readonly file: string };

async function findMounted(env: Variables): Promise<Mounted | undefined> {
  const home = dataScienceHome(env);
  const folder = join(home, "decompressed_artifact");
  if (await is("folder", folder)) return { folder };
  const name = env["JOB_ARTIFACT_FILE_NAME"] || env["JOB_RUN_ENTRYPOINT"];
  if (name === undefined || !(await is("file", join(home, name)))) return undefined;
  return { file: join(home, name) };
}

/** The path of what is mounted, where that is a job file itself. */
export async function findMountedJobFile(env: Variables): Promise<string | undefined> {
  const mounted = await findMounted(env);
  if (mounted === undefined || "folder" in mounted) return undefined;
  return whatIs(mounted.file) === "job-file" ? mounted.file : undefined;
}

/** Finds the work that is mounted; undefined where nothing is, or a job file. */
export async function findMountedWork(env: Variables): Promise<MountedWork | undefined> {
  if (runsRepository(env)) return read(env, "repository");
  const mounted = await findMounted(env);
  if (mounted === undefined) return undefined;
  return "file" in mounted && whatIs(mounted.file) === "job-file" ? undefined : read(env, mounted);
}

async function read(env: Variables, found: Mounted | "repository"): Promise<MountedWork> {
  const assignments: Assignment[] = [];
  const problems: Problem[] = [];
  const set = (origin: string, path: Path, node: (place: Assignment["place"]) => Node): void => {
    assignments.push({ path, node: node({ origin }), place: { origin } });
  };
  const setText = (origin: string, path: Path, value: string): void => set(origin, path, text(value));

  const repository = found === "repository";
  const folder = repository || "file" in found ? undefined : found.folder;
  if (repository) readGitVariables(env, setText);
  else {
    const artifact = "file" in found ? found.file : `${found.folder}/`;
    setText("JOB_ARTIFACT_FILE_NAME", ["artifact"], escapeDollars(artifact));
  }
  const code = repository ? "." : await codeFolder(env, folder);
  const notebook = repository ? undefined : env["JOB_RUN_NOTEBOOK"];
  const origin = repository ? "GIT_ENTRYPOINT" : "CODE_ENTRYPOINT";
  const entrypoint = env[origin];
  const working = normalize(join(code, env["WORKING_DIR"] ?? "")).replace(/\/$/, "");
  if (notebook) setText("JOB_RUN_NOTEBOOK", ["entrypoint"], join(code, notebook));
  else if (entrypoint) {
    // In a repository it is named from the top, in what ADS packed from the working directory.
    const places = [join(repository ? code : working, entrypoint), join(code, entrypoint)] as const;
    setText(origin, ["entrypoint"], await inside(folder, places));
    if (working !== ".") setText("WORKING_DIR", ["workingDirectory"], working);
    readPythonPath(env, { working, code, set });
  }
  readTags(env, set, problems);
  const uri = env["OUTPUT_URI"];
  if (uri) setText("OUTPUT_URI", ["outputFolder"], escapeDollars(expandAsShell(uri, env)));
  return {
    assignments,
    problems,
    ads: {
      outputsFrom: env["OUTPUT_DIR"] || undefined,
      notebookEncoding: readEncoding(env, problems),
      entryFunction: notebook ? undefined : env["ENTRY_FUNCTION"] || undefined,
      codeFolder: repository ? env["CODE_DIR"] || undefined : undefined,
    },
  };
}

/** Where ADS puts the user's files: `code` beside its driver. `.` for a job that ADS did not make. */
async function codeFolder(env: Variables, folder: string | undefined): Promise<string> {
  if (!env["JOB_RUN_NOTEBOOK"] && !env["CODE_ENTRYPOINT"]) return ".";
  const beside = join(env["JOB_RUN_ENTRYPOINT"] ?? "", "..");
  const code = join(beside.startsWith("..") ? "." : beside, env["CODE_DIR"] || "code");
  if (folder === undefined || (await is("folder", join(folder, code)))) return code;
  return ".";
}

/** The first of some paths that is in the folder; the first of all where the folder is still packed. */
async function inside(folder: string | undefined, paths: readonly [string, ...string[]]): Promise<string> {
  if (folder === undefined) return paths[0];
  for (const path of paths) if (await is("file", join(folder, path))) return path;
  return paths[0];
}

interface PythonPath {
  readonly working: string;
  readonly code: string;
  readonly set: (origin: string, path: Path, node: (place: Assignment["place"]) => Node) => void;
}

/** ADS imports from the working directory, from `PYTHON_PATH` (relative to it) and from the code's own folder. */
function readPythonPath(env: Variables, { working, code, set }: PythonPath): void {
  const given = (env["PYTHON_PATH"] ?? "").split(":").filter((path) => path !== "");
  const relative = given.filter((path) => !/^[/~]/.test(path)).map((path) => normalize(join(working, path)));
  const absolute = given.filter((path) => !relative.includes(path) && /^[/~]/.test(path));
  const folders = [...new Set([working, ...relative, code].map((path) => path.replace(/(?<=.)\/$/, "")))];
  set("PYTHON_PATH", ["pythonPath"], (place) => ({
    kind: "list",
    place,
    items: folders.map((path) => text(path)(place)),
  }));
  if (absolute.length === 0) return;
  const home = env["HOME"] ?? "~";
  const paths = [...absolute.map((path) => path.replace(/^~(?=\/|$)/, home)), env["PYTHONPATH"] ?? ""];
  const value = paths.filter((path) => path !== "").join(":");
  set("PYTHON_PATH", ["environment", "variables", "PYTHONPATH"], text(escapeDollars(value)));
}

function readTags(env: Variables, set: PythonPath["set"], problems: Problem[]): void {
  const origin = "NOTEBOOK_EXCLUDE_TAGS";
  const written = env[origin];
  if (!written) return;
  let tags: unknown;
  try {
    tags = JSON.parse(written);
  } catch {
    tags = undefined;
  }
  if (!Array.isArray(tags) || !tags.every((tag): tag is string => typeof tag === "string")) {
    problems.push({ origin, message: "It is not a list of tags.", remedy: 'Write JSON, as in ["ignore", "remove"].' });
    return;
  }
  const found = tags.filter((tag) => tag !== "");
  set(origin, ["notebookOptions", "excludeTags"], (place) => ({
    kind: "list",
    place,
    items: found.map((tag) => text(tag)(place)),
  }));
}

/** Python's names of encodings, as TextDecoder calls them. */
function readEncoding(env: Variables, problems: Problem[]): string | undefined {
  const written = env["NOTEBOOK_ENCODING"];
  if (!written) return undefined;
  const name = written.trim().toLowerCase().replaceAll("_", "-");
  if (/^(utf-?8(-sig)?|u8|ascii|us-ascii)$/.test(name)) return undefined;
  const known = name.replace(/^cp(?=125\d$)/, "windows-").replace(/^latin-?1$|^iso-?8859-1$/, "latin1");
  try {
    return new TextDecoder(known).encoding;
  } catch {
    problems.push({ origin: "NOTEBOOK_ENCODING", message: `${written} is not an encoding that nbjob knows.` });
    return undefined;
  }
}

/** `$NAME` and `${NAME}`, as Python's os.path.expandvars has them: what is not set stays as it is. */
function expandAsShell(value: string, env: Variables): string {
  return value.replaceAll(/\$(?:(\w+)|\{([^}]*)\})/g, (match, bare?: string, braced?: string) => {
    const name = bare ?? braced ?? "";
    return (Object.hasOwn(env, name) ? env[name] : undefined) ?? match;
  });
}

function text(value: string): (place: Assignment["place"]) => Node {
  return (place) => ({ kind: "scalar", value, text: value, plain: false, place });
}

async function is(what: "file" | "folder", path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (what === "file" ? found.isFile() : found.isDirectory());
}
