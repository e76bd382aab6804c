import { chmod } from "node:fs/promises";
import { delimiter, extname } from "node:path";
import { findProgram, readHead, shebang } from "../process/command.ts";
import { NbjobError, shellExitCodes } from "../text/errors.ts";

type Environment = Readonly<Record<string, string>>;

/** A Java class with the places to find it and what it needs. */
export interface MainClass {
  readonly name: string;
  readonly classPath: readonly string[];
}

/** One file that runs, and what it is given. */
export interface ArtifactFile {
  /** Absolute path of the file. */
  readonly path: string;
  /** Runs instead of the file itself, which is then a jar or a folder of them. */
  readonly mainClass?: MainClass;
  readonly arguments: readonly string[];
  readonly cwd: string;
  /** The work's whole environment; programs are found on its PATH. */
  readonly env: Environment;
}

/** A program and its arguments, as spawn takes them. */
export type Command = readonly [string, ...string[]];

/**
 * The command line for one file: `.py` by the environment's Python, `.sh` by its own first line or the shell,
 * `.jar` by Java, anything else by itself.
 * @throws {NbjobError} `environment`, with a shell's exit code, where the interpreter is not there or the file is nothing that runs;
 *   `invalid-work` where it is empty.
 */
export async function commandFor(artifact: ArtifactFile): Promise<Command> {
  const { path, mainClass, arguments: args } = artifact;
  if (mainClass !== undefined) {
    const classPath = mainClass.classPath.join(delimiter);
    return [interpreter(artifact, ["java"], "Java"), "-cp", classPath, mainClass.name, ...args];
  }
  switch (extname(path).toLowerCase()) {
    case ".py":
    case ".pyz":
    // One inside of what was unpacked: Python runs its __main__.py, as ADS has it.
    case ".zip":
      return [interpreter(artifact, ["python3", "python"], "a Python"), path, ...args];
    case ".jar":
      return [interpreter(artifact, ["java"], "Java"), "-jar", path, ...args];
    case ".sh":
      return [...(scriptInterpreter(artifact) ?? [interpreter(artifact, ["bash", "sh"], "a shell")]), path, ...args];
    default:
      return await programCommand(artifact);
  }
}

async function programCommand(artifact: ArtifactFile): Promise<Command> {
  const { path, arguments: args, cwd, env } = artifact;
  const script = scriptInterpreter(artifact);
  if (script !== undefined) return [...script, path, ...args];
  const head = readHead(path, 4);
  if (head?.length === 0) throw new NbjobError("invalid-work", `${path} is empty.`, { location: path });
  // A shell would run any other executable text as its own script: a table of numbers too, and with exit code 0.
  if (head === undefined || !isProgram(head))
    throw new NbjobError("environment", `${path} is not a program nbjob knows how to run.`, {
      location: path,
      exitCode: shellExitCodes.notExecutable,
      remedy: "Name it .py, .sh, .ipynb or .jar, or begin it with #! and its interpreter.",
    });
  // What came over HTTP has no mode.
  if (findProgram(path, env, cwd) === undefined) await chmod(path, 0o755);
  return [path, ...args];
}

/** Linux's and macOS's own binary formats. */
function isProgram(head: Buffer): boolean {
  return head.toString("latin1") === "\u007fELF" || head.toString("hex") === "cffaedfe";
}

/** A script's own interpreter, run by us because a downloaded file is not executable; undefined without a first line that names one. */
function scriptInterpreter({ path, env, cwd }: ArtifactFile): Command | undefined {
  const found = shebang(path);
  if (found === undefined) return undefined;
  const program = found[0].includes("/") ? findProgram(found[0], env, cwd) : undefined;
  if (program !== undefined) return found;
  throw missing(path, `The first line of ${path} names the interpreter ${found[0]}, which is not in this environment.`);
}

function interpreter({ path, env, cwd }: ArtifactFile, names: readonly string[], what: string): string {
  for (const name of names) {
    const program = findProgram(name, env, cwd);
    if (program !== undefined) return program;
  }
  const none = `${names.length === 1 ? "no" : "neither"} ${names.join(" nor ")}`;
  throw missing(path, `Running ${path} needs ${what}, and there is ${none} on PATH.`);
}

function missing(path: string, message: string): NbjobError {
  return new NbjobError("environment", message, {
    location: path,
    exitCode: shellExitCodes.notFound,
    remedy: "Use an image or a conda environment that has it.",
  });
}
