/** One suite of runs for every way in: whatever nbjob came in, it does the same. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { plainEnvironment, folder, json, notebook } from "../support/program.ts";

/** The command that starts nbjob in a folder, before its own words. */
export type Way = (dir: string, env: Readonly<Record<string, string>>) => readonly [string, ...string[]];

/** In a container: the folder is there under its own path, and the user is the test's. */
export function inContainer(image: string): Way {
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return (dir, env) => {
    const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const mounted = ["-v", `${dir}:${dir}`, "-w", dir, ...variables];
    return ["docker", "run", "--rm", "--init", "--user", user, ...mounted, "--entrypoint", "nbjob", image];
  };
}

interface Case {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly says?: RegExp;
  /** What is in the folder `out/<name>`. */
  readonly out?: readonly string[];
  /** Sends SIGTERM when this is printed. */
  readonly stopAt?: string;
}

const files = {
  "n.ipynb": notebook([
    { source: "n = 1", tags: ["parameters"] },
    "open('made.txt', 'w').write('made')\nprint('notebook', n, open('in.txt').read())",
  ]),
  "fails.ipynb": notebook(["print('before')", "raise SystemExit(23)"]),
  "in.txt": "input",
  "notebook.yaml": "noteBook: n.ipynb\ninputs: {in.txt: in.txt}\noutputFolder: out/notebook\n",
  "work.sh": 'printf "<%s>" "$@" "$GREETING"\necho out > made.txt\nexit 7\n',
  "script.yaml": `artifact: work.sh\narguments: a "b c"\nenvironment: {variables: {GREETING: hi}}\noutputFolder: out/script\n`,
  "project/main.py": "import lib, sys\nprint('project', lib.x, sys.argv[1:])\n",
  "project/src/lib.py": "x = 42\n",
  "folder.yaml":
    "artifact: project/\nentrypoint: main.py\npythonPath: [src]\narguments: [one]\noutputFolder: out/folder\n",
  "sleep.sh": "echo ready\nsleep 600\n",
  "bad.yaml": "noteBok: n.ipynb\noutputFolder: out/bad\n",
};

const cases: Readonly<Record<string, Case>> = {
  notebook: {
    words: ["run", "notebook.yaml", "-p", "n", "3"],
    code: 0,
    says: /notebook 3 input/,
    out: ["made.txt", "n.ipynb", "run.json"],
  },
  fails: {
    words: ["fails.ipynb", "--output-folder", "out/fails"],
    code: 23,
    says: /before/,
    out: ["fails.ipynb", "run.json"],
  },
  script: {
    words: [],
    env: { NOTEBOOK_YAML_URL: "script.yaml" },
    code: 7,
    says: /<a><b c><hi>/,
    out: ["made.txt", "run.json"],
  },
  folder: { words: ["run", "folder.yaml"], code: 0, says: /project 42 \['one'\]/, out: ["run.json"] },
  timeout: {
    words: ["sleep.sh", "--set", "timeout=1s", "--output-folder", "out/timeout"],
    code: 124,
    out: ["run.json"],
  },
  cancel: { words: ["sleep.sh", "--output-folder", "out/cancel"], code: 143, stopAt: "ready", out: ["run.json"] },
  bad: { words: ["run", "bad.yaml"], code: 78, says: /1:1.*noteBok.*Did you mean "noteBook"/ },
  check: { words: ["check", "notebook.yaml"], code: 0, says: /ok +kernel/ },
  usage: { words: ["run", "--no-such-flag"], code: 64 },
};

/** Runs them all, side by side. */
export async function sameRuns(t: TestContext, way: Way): Promise<void> {
  const dir = await folder(t, files);
  await chmod(dir, 0o777);
  await Promise.all(
    Object.entries(cases).map(async ([name, { words, env = {}, code, says, out, stopAt }]) => {
      const [program, ...before] = way(dir, env);
      const child = spawn(program, [...before, ...words], {
        cwd: dir,
        env: plainEnvironment(env),
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = await end(child, stopAt);
      assert.deepEqual([name, ended.code], [name, code], ended.printed);
      if (says !== undefined) assert.match(ended.printed, says);
      if (out === undefined) return;
      assert.deepEqual((await readdir(join(dir, "out", name))).toSorted(), out);
      const record = await json<RunRecord>(join(dir, "out", name, "run.json"));
      assert.deepEqual([record.complete, record.exitCode], [true, code]);
    }),
  );
}

/** Docker passes a signal that its own client gets on to the container. */
async function end(child: ChildProcess, stopAt: string | undefined): Promise<{ code: number | null; printed: string }> {
  let printed = "";
  let stopped = false;
  const hear = (text: string): void => {
    printed += text;
    if (stopAt === undefined || stopped || !printed.includes(stopAt)) return;
    stopped = child.kill("SIGTERM");
  };
  child.stdout?.setEncoding("utf8").on("data", hear);
  child.stderr?.setEncoding("utf8").on("data", hear);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { code, printed };
}
