import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { installRequirements, runArtifact } from "../../src/artifact/index.ts";
import { namesFiles } from "../../src/artifact/requirements.ts";
import { watchedEnvironment } from "../process/left-behind.ts";
import { folder, makeArchive } from "./make-archive.ts";

/** A wheel made by hand, so that no index is needed. */
async function wheel(t: TestContext): Promise<string> {
  const info = "nbjob_greeting-1.0.dist-info";
  const path = await makeArchive(
    t,
    "zip",
    [
      { name: "nbjob_greeting.py", data: "text = 'hello from a wheel'\n" },
      { name: `${info}/METADATA`, data: "Metadata-Version: 2.1\nName: nbjob-greeting\nVersion: 1.0\n" },
      {
        name: `${info}/WHEEL`,
        data: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
      },
      { name: `${info}/RECORD`, data: `nbjob_greeting.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n` },
    ],
    "nbjob_greeting-1.0-py3-none-any.whl",
  );
  return join(path, "..");
}

test("installs requirements once and finds them again", async (t) => {
  if (spawnSync("python3", ["-c", "import venv, ensurepip"]).status !== 0) {
    t.skip("Python has no venv or no ensurepip here");
    return;
  }
  const place = await folder(t);
  const path = join(place, "requirements.txt");
  const cache = join(place, "cache");
  await writeFile(path, `--no-index\n--find-links ${await wheel(t)}\nnbjob-greeting==1.0\n`);
  let said = "";
  const install = () =>
    installRequirements({
      path,
      cache,
      env: watchedEnvironment(t),
      onOutput: (_, chunk) => {
        said += Buffer.from(chunk).toString();
      },
    });
  // Two runs at once make one environment.
  const [env, other] = await Promise.all([install(), install()]);
  assert.equal(env["VIRTUAL_ENV"], other["VIRTUAL_ENV"]);
  assert.equal(said.match(/Successfully installed/g)?.length, 1);
  said = "";
  await install();
  assert.equal(said, "");
  assert.equal((await readdir(cache)).length, 1);

  const script = join(place, "work.py");
  await writeFile(script, "import nbjob_greeting; print(nbjob_greeting.text)\n");
  const result = await runArtifact({ path: script, arguments: [], cwd: place, env, onOutput: () => undefined });
  assert.equal(result.logTail, "hello from a wheel\n");

  await rm(path);
  await writeFile(path, "--no-index\nno-such-package-of-nbjob\n");
  await assert.rejects(install(), (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, /no-such-package-of-nbjob/);
    return "reason" in error && error.reason === "environment";
  });
  assert.equal((await readdir(cache)).length, 1);
});

test("a build that fails is told by what it raised, not by pip's hints", async (t) => {
  const place = await folder(t);
  const toml = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n[project]\nname = "own"\n';
  await writeFile(join(place, "pyproject.toml"), `${toml}version = "1"\n`);
  await writeFile(join(place, "b.py"), "def build_wheel(*a, **k):\n    raise RuntimeError('no compiler here')\n");
  await writeFile(join(place, "requirements.txt"), "--no-index\n.\n");
  const env = watchedEnvironment(t);
  const options = {
    path: join(place, "requirements.txt"),
    cache: join(place, "cache"),
    env,
    onOutput: () => undefined,
  };
  await assert.rejects(installRequirements(options), {
    reason: "environment",
    message: /RuntimeError: no compiler here/,
  });
  assert.deepEqual(await readdir(options.cache), []);
});

test("knows requirements that name other files", () => {
  for (const line of [
    "-r base.txt",
    "-c limits.txt",
    "-e .",
    "--editable=lib",
    "./lib",
    "../lib",
    ".",
    "/opt/lib",
    "file:lib",
    "pkg @ file:///x",
    "x-1.0-py3-none-any.whl",
  ])
    assert.equal(namesFiles(`numpy\n${line}\n`), true, line);
  for (const line of [
    "numpy==2.0",
    "# -r base.txt",
    "pkg[extra]>=1,<2 ; python_version > '3'",
    "--index-url https://example.com/simple",
    "pkg @ https://example.com/p.whl",
    "--find-links /wheels",
  ])
    assert.equal(namesFiles(`${line}\n`), false, line);
});
