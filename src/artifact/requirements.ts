/**
 * A project's requirements.txt, installed into a virtual environment that later runs find again.
 *
 * A cached environment is named by what it was made of. It is made in its own place, because its scripts hold its path,
 * and is whole when the file `nbjob-complete` is in it; whoever makes it holds the lock file beside it.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readFile, realpath, rm, stat, utimes, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findProgram } from "../process/command.ts";
import { exitCodeOf, spawnGroup } from "../process/group.ts";
import { NbjobError, shellExitCodes } from "../text/errors.ts";
import { Tail, usefulLine } from "./tail.ts";

export interface RequirementsOptions {
  /** The requirements file. */
  readonly path: string;
  /** Where environments are kept; made where it is missing. */
  readonly cache: string;
  /** Its PATH finds Python, and pip reads its PIP_ variables. */
  readonly env: Readonly<Record<string, string>>;
  /** What Python and pip print. */
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** A lock that nobody has touched for so long is of somebody who died. */
const staleLock = 60_000;
const complete = "nbjob-complete";

/**
 * Installs the requirements, or finds them installed, and returns the environment in which Python sees them
 * together with what the environment's own Python has.
 * @throws {NbjobError} `environment` where Python cannot make environments or pip fails; its last line is in the message
 */
export async function installRequirements(options: RequirementsOptions): Promise<Readonly<Record<string, string>>> {
  const { path, cache, env } = options;
  const python = findProgram("python3", env, dirname(path)) ?? findProgram("python", env, dirname(path));
  if (python === undefined)
    throw new NbjobError("environment", `Installing ${path} needs Python, and there is none on PATH.`, {
      location: path,
      exitCode: shellExitCodes.notFound,
    });
  const folder = join(cache, await nameFor(path, await realpath(python), dirname(python)));
  await mkdir(cache, { recursive: true });
  if (!(await exists(join(folder, complete)))) await makeAlone(folder, python, options);
  return { ...env, VIRTUAL_ENV: folder, PATH: [join(folder, "bin"), env["PATH"] ?? ""].join(delimiter) };
}

/** The digest of all that decides what will be in the environment; one that names files beside it is never found again. */
async function nameFor(path: string, python: string, prefix: string): Promise<string> {
  const text = await readFile(path, "utf8");
  const { mtimeMs, size } = await stat(python);
  const hash = createHash("sha256").update(
    JSON.stringify([text, python, prefix, mtimeMs, size, process.platform, process.arch]),
  );
  if (namesFiles(text)) hash.update(JSON.stringify([path, Date.now(), process.pid]));
  return hash.digest("hex").slice(0, 24);
}

/** True where the text alone does not say what is installed: other files of requirements, projects and wheels by path. */
export function namesFiles(requirements: string): boolean {
  const lines = requirements.split("\n").map((line) => line.trim());
  return lines.some((line) => byOption.test(line) || byPath.test(line) || byArchive.test(line));
}

const byOption = /^(-[rce]\b|--(requirement|constraint|editable)\b)/;
const byPath = /^(\.{0,2}\/|\.{1,2}$|file:|[^#\s]*\s*@\s*(file:|\.))/;
const byArchive = /^[^#\s]+\.(whl|zip|tar\.gz)$/;

/**
 * What venv leaves to do. Of an environment made from another one, the "system's" packages are not the other's: they are
 * added. The pip that is there already is taken: to unpack another takes most of the time that all of this needs.
 */
const furnish = `
import subprocess, sys, sysconfig
from pathlib import Path
ask = "import sys, sysconfig; print(sys.prefix != sys.base_prefix); print(sysconfig.get_path('purelib')); print(sysconfig.get_path('platlib'))"
nested, *folders = subprocess.run([sys.argv[1], "-c", ask], check=True, capture_output=True, text=True).stdout.splitlines()
if nested == "True":
    Path(sysconfig.get_path("purelib"), "nbjob-parent.pth").write_text("\\n".join(dict.fromkeys(folders)) + "\\n")
if subprocess.run([sys.executable, "-c", "import pip"], capture_output=True).returncode == 0:
    for name in "pip", "pip3":
        script = Path(sys.prefix, "bin", name)
        script.write_text(f"#!/bin/sh\\nexec '{sys.executable}' -m pip \\"$@\\"\\n")
        script.chmod(0o755)
else:
    subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True)
`;

async function makeAlone(folder: string, python: string, options: RequirementsOptions): Promise<void> {
  const lock = `${folder}.lock`;
  while (!(await take(lock))) {
    options.signal?.throwIfAborted();
    await wait(200, undefined, options.signal === undefined ? {} : { signal: options.signal });
    if (await exists(join(folder, complete))) return;
  }
  const alive = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => undefined), staleLock / 6);
  try {
    if (await exists(join(folder, complete))) return;
    await make(folder, python, options);
  } finally {
    clearInterval(alive);
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx")).close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const found = await stat(lock).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > staleLock) await rm(lock, { force: true });
  return false;
}

async function make(folder: string, python: string, options: RequirementsOptions): Promise<void> {
  const { path } = options;
  await rm(folder, { recursive: true, force: true });
  try {
    // The environment's own packages stay visible: a conda pack has the big ones already.
    await run([python, "-m", "venv", "--system-site-packages", "--without-pip", folder], options, {
      what: "Python cannot make a virtual environment",
      remedy: "On Debian install python3-venv, or put the packages into the image.",
    });
    await run([join(folder, "bin", "python"), "-c", furnish, python], options, {
      what: "Python has no pip, and cannot bring one",
      remedy: "On Debian install python3-venv, or put the packages into the image.",
    });
    const pip = [join(folder, "bin", "python"), "-m", "pip", "--no-input", "--disable-pip-version-check"] as const;
    await run([...pip, "install", "--requirement", path], options, {
      what: `The requirements ${path} cannot be installed`,
      remedy: "Check their names and versions, and that the package index can be reached from here.",
    });
    await writeFile(join(folder, complete), "");
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function run(
  command: readonly [string, ...string[]],
  { path, env, onOutput, signal }: RequirementsOptions,
  failure: { readonly what: string; readonly remedy: string },
): Promise<void> {
  const errors = new Tail(16_384);
  const group = spawnGroup(command, {
    cwd: dirname(path),
    env,
    onOutput: (stream, chunk) => {
      errors.push(chunk);
      return onOutput(stream, chunk);
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const settled = await group.settled;
  signal?.throwIfAborted();
  if (exitCodeOf(settled) === 0) return;
  const line = pipError(errors.text()) ?? usefulLine(errors.text()) ?? `exit code ${exitCodeOf(settled)}`;
  throw new NbjobError("environment", `${failure.what}: ${line}`, { location: path, remedy: failure.remedy });
}

/** What a build raised, else what pip calls an error: pip's last words are hints to look further up. */
function pipError(output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trim());
  const kinds = [/^[\w.]*(Error|Exception): /, /^ERROR: /, /^error: /];
  for (const kind of kinds) {
    const found = lines.findLast((line) => kind.test(line));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
