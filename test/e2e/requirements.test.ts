/** `environment.requirements`, through the built program: packages that only the run has. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { makeArchive } from "../artifact/make-archive.ts";
import { folder, json, notebook, run } from "../support/program.ts";

const name = "nbjob_greeting-1.0-py3-none-any.whl";
const list = "--no-index\n--find-links wheels\nnbjob-greeting==1.0\n";

/** A wheel made by hand, so that no index is needed. */
async function wheel(t: TestContext): Promise<Buffer> {
  const info = "nbjob_greeting-1.0.dist-info";
  const files = [
    { name: "nbjob_greeting.py", data: "text = 'hello from a wheel'\n" },
    { name: `${info}/METADATA`, data: "Metadata-Version: 2.1\nName: nbjob-greeting\nVersion: 1.0\n" },
    { name: `${info}/WHEEL`, data: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n" },
    { name: `${info}/RECORD`, data: `nbjob_greeting.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n` },
  ];
  return readFile(await makeArchive(t, "zip", files, name));
}

function hasVenv(t: TestContext): boolean {
  if (spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0) return true;
  t.skip("Python has no venv or no ensurepip here");
  return false;
}

test("an archive's own requirements are installed once, and its programs see them", async (t) => {
  if (!hasVenv(t)) return;
  const main =
    "import nbjob_greeting, os, shutil\nprint(nbjob_greeting.text)\nprint(os.environ['VIRTUAL_ENV'] == os.path.dirname(os.path.dirname(shutil.which('python3'))))\n";
  const wheels = await folder(t, { [name]: await wheel(t) });
  const archive = await makeArchive(
    t,
    "zip",
    [
      { name: "main.py", data: main },
      { name: "needs/requirements.txt", data: list.replace("wheels", wheels) },
    ],
    "project.zip",
  );
  const dir = await folder(t, {
    "project.zip": await readFile(archive),
    "job.yaml": "artifact: project.zip\noutputFolder: out\nenvironment: {requirements: needs/requirements.txt}\n",
  });
  const env = { NBJOB_CACHE: join(dir, "cache") };
  for (const installs of [true, false]) {
    const { code, stdout, stderr } = await run(["job.yaml", "--debug"], { cwd: dir, env });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "hello from a wheel\nTrue\n");
    assert.equal(stderr.includes("Successfully installed"), installs, stderr);
  }
  assert.deepEqual((await readdir(join(dir, "out"))).toSorted(), ["run.json"]);
  const checked = await run(["check", "job.yaml"], { cwd: dir, env });
  assert.equal(checked.code, 0, checked.stderr);
  assert.match(checked.stdout, /ok +requirements/);
});

test("a notebook's kernel sees the requirements beside the job file, and the packages that were there before", async (t) => {
  if (!hasVenv(t)) return;
  const dir = await folder(t, {
    "n.ipynb": notebook([
      "import nbjob_greeting, ipykernel\nprint(nbjob_greeting.text)",
      "!python -c 'import sys; print(sys.prefix)'; head -2 $(which pip)",
    ]),
    "needs/requirements.txt": list,
    [`needs/wheels/${name}`]: await wheel(t),
    "job.yaml": "noteBook: n.ipynb\noutputFolder: out\nenvironment: {requirements: needs/requirements.txt}\n",
  });
  const cache = join(dir, "cache");
  await mkdir(cache);
  const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir, env: { NBJOB_CACHE: cache } });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /hello from a wheel/);
  assert.ok(stdout.includes(cache), stdout);
});

test("requirements that cannot be installed end the run before the work starts, with what pip said", async (t) => {
  if (!hasVenv(t)) return;
  const dir = await folder(t, {
    "a.sh": "echo ran\n",
    "requirements.txt": "--no-index\nno-such-package-of-nbjob\n",
    "job.yaml": "artifact: a.sh\noutputFolder: out\nenvironment: {requirements: requirements.txt}\n",
    "gone.yaml": "artifact: a.sh\noutputFolder: out\nenvironment: {requirements: absent.txt}\n",
  });
  const env = { NBJOB_CACHE: join(dir, "cache") };
  const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir, env });
  assert.equal(stdout, "");
  assert.match(stderr, /Could not find a version .*no-such-package-of-nbjob/);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.reason, record.exitCode], ["environment", code]);
  assert.match(record.failure?.message ?? "", /no-such-package-of-nbjob/);
  const gone = await run(["gone.yaml"], { cwd: dir, env });
  assert.deepEqual([gone.code, (await json<RunRecord>(join(dir, "out/run.json"))).reason], [66, "not-found"]);
  assert.equal((await run(["check", "gone.yaml"], { cwd: dir, env })).code, 66);
});
