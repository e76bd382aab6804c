/** The README, command by command. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { docker, stockImage } from "../support/docker.ts";
import { folder, nbjob, notebook, plainEnvironment, root, run } from "../support/program.ts";

const exec = promisify(execFile);

/** Sections whose commands a test of this file runs as they stand. */
const runHere = new Set(["Run your own", "The stock image", "One file into any image", "npm"]);

/** Commands that another test runs. */
const runElsewhere: Readonly<Record<string, string>> = {
  "npm run demo": "test/e2e/fresh-clone.test.ts",
  "npm test": "this is it",
};

/** The code blocks of every section, by language. */
async function sections(): Promise<ReadonlyMap<string, Record<string, string>>> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const parts = readme.split(/^##+ /m).map((part): [string, Record<string, string>] => {
    const found = [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
    return [
      part.split("\n", 1)[0] ?? "",
      Object.fromEntries(found.map(([, language = "", code = ""]) => [language, code])),
    ];
  });
  return new Map(parts);
}

/** The code blocks of one section, by language. */
async function blocks(section: string): Promise<Record<string, string>> {
  return (await sections()).get(section) ?? {};
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

test("every command of the README is run by a test", async () => {
  const forgotten = [...(await sections())].flatMap(([title, { sh = "" }]) =>
    sh
      .split("\n")
      .map((line) => line.replace(/\s*#.*$/, ""))
      .filter((line) => line !== "" && !runHere.has(title) && !(line in runElsewhere)),
  );
  assert.deepEqual(forgotten, []);
});

test("run your own", async (t) => {
  const { sh = "" } = await blocks("Run your own");
  const dir = await withJobs(t);
  await symlink(nbjob, join(dir, "nbjob"));
  await shell(sh, dir);
  assert.deepEqual((await readdir(join(dir, "out/hello"))).toSorted(), outputs);
  assert.deepEqual((await readdir(join(dir, "out/mine"))).toSorted(), outputs);
  assert.deepEqual((await readdir(join(dir, "out/count"))).toSorted(), ["run.json", "sum.txt"]);
});

test("the sample job file is one", async (t) => {
  const { yaml = "" } = await blocks("The job file");
  const dir = await folder(t, {
    "job.yaml": yaml,
    "analysis.ipynb": notebook([{ source: "alpha = 0\nregions = []", tags: ["parameters"] }, "print(alpha, regions)"]),
    "data/2026.csv": "1,2\n",
  });
  const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /0\.1 \['emea', 'apac'\]/);
});

test("the README and the help tell the same exit codes", async () => {
  const codes = (text: string): string[] =>
    [...text.matchAll(/^(?:\| |  )(\d[\d, ]*|128\+n)(?: +\||  )/gm)].flatMap(([, found = ""]) =>
      found.trim().split(/, /),
    );
  const readme = await readFile(join(root, "README.md"), "utf8");
  const { stdout } = await run(["help", "exit-codes"]);
  assert.ok(codes(readme).length > 12);
  assert.deepEqual(codes(stdout), codes(readme));
});

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
