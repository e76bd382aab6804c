import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { folder, json, nbjob, plainEnvironment, run } from "../support/program.ts";
import { join } from "node:path";
import { root } from "../support/program.ts";

test("--version is the package's", async () => {
  const manifest = await json<{ version: string }>(join(root, "package.json"));
  assert.deepEqual(await run(["--version"]), { code: 0, signal: null, stdout: `${manifest.version}\n`, stderr: "" });
});

for (const args of [["--help"], ["help"], ["run", "--help"], ["help", "run"], ["help", "exit-codes"]]) {
  test(`${args.join(" ")} answers on stdout`, async () => {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.length > 200);
    assert.equal(stderr, "");
  });
}

test("--help tells of --version, and of -p's two words", async () => {
  assert.match((await run(["--help"])).stdout, /-V, --version/);
  assert.match((await run(["run", "--help"])).stdout, /--parameters <name value>/);
  assert.equal((await run(["run", "--version"])).code, 0);
});

test("--version survives a reader that has gone", async () => {
  const child = spawn("sh", ["-c", '(sleep 0.3; "$0" --version; echo "code $?" >&2) | :', nbjob], {
    env: plainEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await new Promise((resolve) => child.once("close", resolve));
  assert.equal(stderr, "code 0\n");
});

const misused: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /NOTEBOOK_YAML_URL/],
  [["run", "a.ipynb", "b.ipynb"], /argument.*--output-folder/i],
  [["rnu", "a.yaml"], /Did you mean the command run/],
  [["run", "--outputfolder", "x", "job.yaml"], /--output-folder/],
  [["run", "job.yaml", "--log-format", "xml"], /text, json/],
  [["run", "job.yaml", "-p", "alpha"], /two words/],
  [["init", "x"], /later/],
  [["help", "nonsense"], /nonsense/],
  [["run", "job.yaml", "--set", "parameters.lr"], /--set/],
];
for (const [args, message] of misused) {
  test(`"nbjob ${args.join(" ")}" is refused with one sentence and 64 or 78`, async (t) => {
    const dir = await folder(t, { "job.yaml": "noteBook: n.ipynb\noutputFolder: out\n" });
    const { code, stdout, stderr } = await run(args, { cwd: dir });
    assert.equal(code, args.includes("--set") ? 78 : 64, stderr);
    assert.match(stderr, message);
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
}

test("a job file that does not exist is 66, and the message names it", async (t) => {
  const dir = await folder(t);
  const { code, stderr } = await run(["jbo.yaml"], { cwd: dir });
  assert.equal(code, 66);
  assert.match(stderr, /jbo\.yaml/);
});
