import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { NbjobError, shellExitCodes } from "../text/errors.ts";

type Environment = Readonly<Record<string, string>>;

/** Where the kernel looks when there is no PATH, as execvp(3) does. */
const defaultPath = "/bin:/usr/bin";

/** Absolute path of a program as the child itself would find it: a path is taken from `cwd`, a bare name from `env.PATH`. */
export function findProgram(name: string, env: Environment, cwd: string): string | undefined {
  return candidates(name, env, cwd).find(isExecutableFile);
}

/** Throws an `environment` error where a command's working directory is not a folder: spawn would blame the program. */
export function checkWorkingDirectory(cwd: string): void {
  const stats = statSync(cwd, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  throw new NbjobError(
    "environment",
    `The working directory ${cwd} ${stats === undefined ? "does not exist" : "is not a folder"}.`,
    { location: cwd },
  );
}

/**
 * Why a command did not start, found out afterwards because the system's own answer (ENOENT) is the same
 * for a missing program and a missing interpreter.
 */
export function startFailure(command: string, env: Environment, cwd: string, cause?: unknown): NbjobError {
  const found = candidates(command, env, cwd).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  const executable = found.find(isExecutableFile);
  const details = { location: command, ...(cause === undefined ? {} : { cause }) };
  if (executable !== undefined) {
    const interpreter = shebang(executable)?.[0];
    if (interpreter !== undefined && !isExecutableFile(resolve(cwd, interpreter)))
      return new NbjobError("environment", `${command} names the interpreter ${interpreter}, which is not there.`, {
        ...details,
        exitCode: shellExitCodes.notFound,
        remedy: "Correct its first line, or use an image that has this interpreter.",
      });
    return new NbjobError("environment", `The system would not start ${command}.`, {
      ...details,
      exitCode: shellExitCodes.notExecutable,
      remedy: "Check the limits on processes, open files and memory, and that the program is built for this machine.",
    });
  }
  if (found.length > 0)
    return new NbjobError("environment", `${found[0]} may not be executed.`, {
      ...details,
      exitCode: shellExitCodes.notExecutable,
      remedy: `Make it executable: chmod +x ${found[0]}`,
    });
  if (statSync(resolve(cwd, command), { throwIfNoEntry: false })?.isDirectory())
    return new NbjobError("environment", `${command} is a folder, not a program.`, {
      ...details,
      exitCode: shellExitCodes.notExecutable,
    });
  return new NbjobError("environment", `The command ${command} was not found.`, {
    ...details,
    exitCode: shellExitCodes.notFound,
    remedy: command.includes("/")
      ? "Check the path."
      : `Install it, or add its folder to PATH (${env.PATH ?? "unset"}).`,
  });
}

/** The interpreter and its optional one argument, as the kernel reads a script's first line; undefined without one. */
export function shebang(path: string): readonly [string, ...string[]] | undefined {
  const head = readHead(path, 256);
  if (head === undefined || head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const end = head.indexOf(0x0a);
  const line = head
    .subarray(2, end < 0 ? head.length : end)
    .toString("utf8")
    .trim();
  const space = line.search(/[ \t]/);
  if (line === "") return undefined;
  return space < 0 ? [line] : [line.slice(0, space), line.slice(space).trim()];
}

/** The first bytes of a file; undefined where it cannot be read. */
export function readHead(path: string, bytes: number): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(bytes);
    return head.subarray(0, readSync(fd, head, 0, bytes, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function candidates(name: string, env: Environment, cwd: string): readonly string[] {
  if (name.includes("/")) return [resolve(cwd, name)];
  return (env.PATH ?? defaultPath).split(delimiter).map((folder) => join(resolve(cwd, folder), name));
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
