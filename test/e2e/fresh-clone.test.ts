/** The README's first command where a new user types it: a clean container with Node, npm and Python, and nothing else. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { docker, ownImage } from "../support/docker.ts";
import { root } from "../support/program.ts";

const exec = promisify(execFile);

/** Python as a Debian user has it: without the venv module, which is a package of its own. */
const machine = [
  "FROM node:24-trixie-slim",
  "RUN apt-get update && apt-get install -y --no-install-recommends python3",
];

const marker = "== a second time ==";
// A space and an accent in the path, as people's folders have them.
const commands = `
mkdir -p "/home/José/my clones/nbjob" && cd "/home/José/my clones/nbjob" && tar xf -
npm run demo
echo "${marker}" | tee /dev/stderr
npm run demo
ls out/hello
`;

test("npm run demo works in a fresh clone, says what it sets up, and sets nothing up again", async (t) => {
  if (!(await docker(t))) return;
  // What a clone of the working tree would hold, with what is not committed yet.
  const listed = await exec("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    maxBuffer: 2 ** 26,
  }).catch(() => undefined);
  if (listed === undefined) return t.skip("this is no clone, so nothing tells its files from what was made here");
  const image = await ownImage("nbjob-test-clone", machine);
  const container = spawn("docker", ["run", "-i", "--rm", image, "sh", "-euc", commands], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const tar = spawn("tar", ["--null", "--files-from=-", "--ignore-failed-read", "-cf", "-"], {
    cwd: root,
    stdio: ["pipe", container.stdin, "inherit"],
  });
  tar.stdin.end(listed.stdout);
  const said = { stdout: "", stderr: "" };
  container.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  container.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  const code = await new Promise<number | null>((resolve) => container.once("close", resolve));
  assert.equal(code, 0, `${said.stdout}\n${said.stderr}`);
  const [first = "", second = ""] = said.stderr.split(marker);
  for (const step of [/npm packages/, /dist\/nbjob\.mjs/, /python3-venv/, /\.venv/]) assert.match(first, step);
  assert.doesNotMatch(second, /setup:/);
  for (const part of [first, second]) assert.match(part, /2 outputs are in .*out\/hello\//);
  assert.deepEqual(said.stdout.trimEnd().split("\n").slice(-3), ["hello.ipynb", "pi.png", "run.json"]);
});
