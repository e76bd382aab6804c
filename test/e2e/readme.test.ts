/** The README's three ways in, command by command. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { docker, stockImage } from "../support/docker.ts";
import { folder, plainEnvironment, root } from "../support/program.ts";

const exec = promisify(execFile);

/** The code blocks of one section, by language. */
async function blocks(section: string): Promise<Record<string, string>> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const text = readme.split(/^### /m).find((part) => part.startsWith(`${section}\n`)) ?? "";
  const found = [...(text.split(/^## /m)[0]?.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm) ?? [])];
  return Object.fromEntries(found.map(([, language = "", code = ""]) => [language, code]));
}

/** A folder with the sample jobs, as a user has who follows the README elsewhere. */
async function withJobs(t: TestContext): Promise<string> {
  const dir = await folder(t);
  await cp(join(root, "jobs"), join(dir, "jobs"), { recursive: true });
  return dir;
}

async function shell(commands: string, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  assert.notEqual(commands, "");
  await exec("sh", ["-eu", "-c", commands], {
    cwd,
    env: plainEnvironment({ DOCKER_BUILDKIT: "0", ...env }),
    maxBuffer: 2 ** 26,
  });
}

const outputs = ["hello.ipynb", "pi.png", "run.json"];

test("the stock image", async (t) => {
  if (!(await docker(t))) return;
  const [build, ...rest] = (await blocks("The stock image"))["sh"]?.split("\n") ?? [];
  assert.equal(build, "docker build -t nbjob .");
  await stockImage();
  const dir = await withJobs(t);
  await shell(rest.join("\n"), dir);
  assert.deepEqual((await readdir(join(dir, "out/hello"))).toSorted(), outputs);
});

test("one file into any image", async (t) => {
  if (!(await docker(t))) return;
  await stockImage();
  const { dockerfile = "", sh = "" } = await blocks("One file into any image");
  const dir = await withJobs(t);
  await writeFile(join(dir, "Dockerfile"), dockerfile);
  await shell(sh.replaceAll(/\bmine\b/g, "nbjob-test-readme"), dir);
  assert.deepEqual((await readdir(join(dir, "out/hello"))).toSorted(), outputs);
});

test("npm", async (t) => {
  const { sh = "" } = await blocks("npm");
  const dir = await withJobs(t);
  await exec("npm", ["pack", "--silent", "--pack-destination", dir], { cwd: root, env: plainEnvironment() });
  const tarball = (await readdir(dir)).find((name) => name.endsWith(".tgz")) ?? "";
  const venv = join(root, ".venv/bin");
  await shell(sh.replace("install --global nbjob", `install --global --offline ./${tarball}`), dir, {
    npm_config_prefix: join(dir, "prefix"),
    npm_config_cache: join(dir, "cache"),
    PATH: [join(dir, "prefix/bin"), venv, join(process.execPath, ".."), process.env["PATH"]].join(":"),
  });
  assert.deepEqual((await readdir(join(dir, "out/hello"))).toSorted(), outputs);
});
