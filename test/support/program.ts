/** The built program as a user runs it: `./nbjob` on the command line, in a folder of the test's own. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

export const root = join(import.meta.dirname, "../..");
export const nbjob = join(root, "nbjob");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stdout and stderr together hold the text; rejects when the program ends without it. */
  readonly printed: (text: string) => Promise<void>;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** On top of a plain environment: PATH, HOME, and nothing of the caller's job. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The caller's environment without what would name a job or change the log. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(NBJOB_|NOTE|NODE_TEST|JOB_|npm_|FORCE_COLOR)/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

export function start(args: readonly string[], { cwd, env }: ProgramOptions = {}): Started {
  const child = spawn(nbjob, args, { cwd, env: plainEnvironment(env), stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let over = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      over = true;
      resolve({ code, signal, stdout, stderr });
    });
  });
  const printed = async (text: string): Promise<void> => {
    while (!`${stdout}\n${stderr}`.includes(text)) {
      if (over) throw new Error(`the program ended without printing ${JSON.stringify(text)}:\n${stdout}\n${stderr}`);
      await wait(20);
    }
  };
  return { child, ended, printed };
}

/** Runs the program to its end. */
export function run(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** A folder that goes when the test ends, with some files in it. */
export async function folder(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "nbjob-test-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}

export interface CellSketch {
  readonly source: string;
  readonly tags?: readonly string[];
}

/** A notebook file for the Python kernel, from its code cells. */
export function notebook(cells: readonly (string | CellSketch)[], kernel = "python3"): string {
  const made = cells.map((cell, position) => {
    const { source, tags } = typeof cell === "string" ? { source: cell, tags: undefined } : cell;
    return {
      cell_type: "code",
      execution_count: null,
      id: `cell-${position}`,
      metadata: tags === undefined ? {} : { tags },
      outputs: [],
      source,
    };
  });
  const metadata = { kernelspec: { display_name: "Python 3", language: "python", name: kernel } };
  return JSON.stringify({ cells: made, metadata, nbformat: 4, nbformat_minor: 5 });
}

/** A JSON file, of a shape that the test knows. */
export async function json<Shape>(path: string): Promise<Shape> {
  // A test reads what the program wrote and asserts on every part that it uses.
  return JSON.parse(await readFile(path, "utf8")) as Shape;
}
