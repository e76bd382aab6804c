/** Jobs that were made for ADS, or for Data Science alone, as they meet this image: artifact and variables, no job file. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeArchive } from "../artifact/make-archive.ts";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { folder, notebook, run } from "../support/program.ts";

/** What Data Science sets in every job run. */
function jobRun(home: string, artifact: string): Record<string, string> {
  return {
    NBJOB_DATASCIENCE_HOME: home,
    JOB_RUN_OCID: "ocid1.datasciencejobrun.oc1.iad.run1",
    JOB_ARTIFACT_FILE_NAME: artifact,
  };
}

function published(cloud: Cloud): string[] {
  return cloud.storage.names("bucket").toSorted();
}

async function cloudWith(t: TestContext): Promise<Cloud> {
  const cloud = await startCloud();
  t.after(() => cloud.close());
  return cloud;
}

const driver = "raise SystemExit('the driver of ADS ran')\n";

test("a notebook of ADS: tags excluded, everything published, its failure the run's", async (t) => {
  const cloud = await cloudWith(t);
  const cells = notebook([
    "import side\nopen('made.txt', 'w').write(side.text)",
    { source: "raise ValueError('excluded')", tags: ["skip"] },
    "print('unexcluded café')",
    "raise SystemExit(3)",
  ]);
  const home = await folder(t, {
    "decompressed_artifact/driver_notebook.py": driver,
    "decompressed_artifact/driver_utils.py": driver,
    "decompressed_artifact/code/nb/work.ipynb": Buffer.from(cells, "latin1"),
    "decompressed_artifact/code/nb/side.py": "text = 'side'\n",
  });
  const env = {
    ...cloud.env,
    ...jobRun(home, "abc.zip"),
    JOB_RUN_ENTRYPOINT: "driver_notebook.py",
    JOB_RUN_NOTEBOOK: "nb/work.ipynb",
    NOTEBOOK_EXCLUDE_TAGS: '["skip", "other"]',
    NOTEBOOK_ENCODING: "latin-1",
    OUTPUT_URI: `oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/$UNKNOWN`,
  };
  const { code, stdout, stderr } = await run([], { cwd: home, env });
  assert.equal(code, 3, stderr);
  assert.match(stdout, /unexcluded café/);
  const prefix = "out/ocid1.datasciencejobrun.oc1.iad.run1/$UNKNOWN";
  assert.deepEqual(published(cloud), [`${prefix}/made.txt`, `${prefix}/run.json`, `${prefix}/work.ipynb`]);
  const executed = (await cloud.storage.bytes("bucket", `${prefix}/work.ipynb`)).toString();
  assert.match(executed, /café/);
  // What was mounted stays as it was.
  assert.deepEqual(await readdir(join(home, "decompressed_artifact/code/nb")), ["side.py", "work.ipynb"]);
});

test("a Python runtime of ADS: function, import paths, working directory, and outputs under their names in OUTPUT_DIR", async (t) => {
  const cloud = await cloudWith(t);
  const home = await folder(t, {
    "decompressed_artifact/driver_python.py": driver,
    "decompressed_artifact/code/project/main.py": `import os, lib1, lib2, top
def train(first, rate=None, flag="unset"):
    print("args", first, rate, flag, lib1.x, lib2.x, top.x, os.path.basename(os.getcwd()))
    os.makedirs("results/deep", exist_ok=True)
    open("results/deep/model.bin", "w").write("m")
    open("scratch.txt", "w").write("s")
    raise SystemExit(4)
`,
    "decompressed_artifact/code/project/src/lib1.py": "x = 1\n",
    "decompressed_artifact/code/shared/lib2.py": "x = 2\n",
    "decompressed_artifact/code/top.py": "x = 3\n",
  });
  const env = {
    ...cloud.env,
    ...jobRun(home, "abc.zip"),
    JOB_RUN_ENTRYPOINT: "driver_python.py",
    CODE_ENTRYPOINT: "main.py",
    ENTRY_FUNCTION: "train",
    WORKING_DIR: "project",
    PYTHON_PATH: "src:../shared",
    OUTPUT_DIR: "results",
    OUTPUT_URI: `oci://bucket@${cloud.namespace}/out`,
    NBJOB_SET: JSON.stringify({ arguments: ["data", "--rate", "0.5", "--flag"] }),
  };
  const { code, stdout, stderr } = await run([], { cwd: home, env });
  assert.equal(code, 4, stderr);
  assert.match(stdout, /args data 0\.5 None 1 2 3 project/);
  assert.deepEqual(published(cloud), ["out/deep/model.bin", "out/run.json"]);
});

test("a notebook under ADS's Python runtime fails when it fails", async (t) => {
  const home = await folder(t, {
    "decompressed_artifact/driver_python.py": driver,
    "decompressed_artifact/code/n.ipynb": notebook(["1/0"]),
  });
  const env = {
    ...jobRun(home, "abc.zip"),
    JOB_RUN_ENTRYPOINT: "driver_python.py",
    CODE_ENTRYPOINT: "n.ipynb",
    TMPDIR: home,
  };
  const { code, stderr } = await run([], { cwd: home, env });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /OUTPUT_URI is not set/);
  assert.match(stderr, /ZeroDivisionError/);
});

test("a zip with a __main__.py in it is an entrypoint, as it is to ADS", async (t) => {
  const zip = await makeArchive(t, "zip", [{ name: "__main__.py", data: "print('from the zip')\n" }], "app.zip");
  const home = await folder(t, { "decompressed_artifact/code/app.zip": await readFile(zip) });
  const env = { ...jobRun(home, "abc.zip"), JOB_RUN_ENTRYPOINT: "driver_python.py", CODE_ENTRYPOINT: "app.zip" };
  const { code, stdout, stderr } = await run(["--output-folder", "out"], { cwd: home, env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /from the zip/);
});

test("an artifact that is still packed, or a single file, is found and run", async (t) => {
  const archive = await makeArchive(t, "zip", [
    { name: "folder/entry.py", data: "import os; print('packed', os.environ['KEY1'])\n" },
    { name: "folder/other.py", data: "" },
    { name: "folder/jobruntime.yaml", data: "KEY1: value1\nJOB_RUN_ENTRYPOINT: folder/entry.py\n" },
    { name: "__MACOSX/folder/._entry.py", data: "x" },
  ]);
  const dir = join(archive, "..");
  const out = await folder(t);
  const packed = await run(["--output-folder", join(out, "a")], { cwd: out, env: jobRun(dir, "work.zip") });
  assert.equal(packed.code, 0, packed.stderr);
  assert.match(packed.stdout, /packed value1/);
  const home = await folder(t, { "one.sh": "echo single; exit 21\n" });
  const single = await run(["--output-folder", join(out, "b")], { cwd: out, env: jobRun(home, "one.sh") });
  assert.equal(single.code, 21, single.stderr);
  assert.match(single.stdout, /single/);
});

test("a job file without work runs what is mounted, with its own settings", async (t) => {
  const home = await folder(t, { "decompressed_artifact/a.py": "import os; print('a', os.environ['X'])\n" });
  const dir = await folder(t, {
    "job.yaml": "outputFolder: out\nenvironment: {variables: {X: from-the-job-file}}\n",
  });
  const env = { ...jobRun(home, "a.zip"), OUTPUT_URI: "oci://ignored@n/" };
  const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir, env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /a from-the-job-file/);
  assert.deepEqual(await readdir(join(dir, "out")), ["run.json"]);
});

test("a job file that is the artifact itself is the job file", async (t) => {
  const home = await folder(t, {
    "job.yaml": "artifact: a.sh\noutputFolder: out\n",
    "a.sh": "echo from the job file\n",
  });
  const { code, stdout, stderr } = await run([], { cwd: home, env: jobRun(home, "job.yaml") });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /from the job file/);
  assert.deepEqual(await readdir(join(home, "out")), ["run.json"]);
});

test("variables that make no sense are told with their names, and nothing mounted is usage", async (t) => {
  const home = await folder(t, { "decompressed_artifact/a.py": "print('ran')\n" });
  const env = { ...jobRun(home, "a.zip"), NOTEBOOK_EXCLUDE_TAGS: "skip", NOTEBOOK_ENCODING: "klingon" };
  const { code, stdout, stderr } = await run([], { cwd: home, env });
  assert.equal(code, 78, stderr);
  for (const name of ["NOTEBOOK_EXCLUDE_TAGS", "NOTEBOOK_ENCODING"]) assert.match(stderr, new RegExp(name));
  assert.doesNotMatch(stdout, /ran/);
  const empty = await folder(t);
  assert.equal((await run([], { cwd: empty, env: { NBJOB_DATASCIENCE_HOME: empty } })).code, 64);
});
