/** The whole road over Object Storage: job file, work and inputs from a bucket, outputs into it, whatever the ending. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { folder, notebook, run, start } from "../support/program.ts";

async function put(cloud: Cloud, name: string, content: string): Promise<void> {
  await cloud.storage.putBytes("bucket", name, Buffer.from(content), {});
}

async function record(cloud: Cloud, name: string): Promise<RunRecord> {
  // The record's own tests check its shape.
  return JSON.parse((await cloud.storage.bytes("bucket", name)).toString()) as RunRecord;
}

function names(cloud: Cloud): string[] {
  return cloud.storage.names("bucket").toSorted();
}

const at = (cloud: Cloud, object: string) => `oci://bucket@${cloud.namespace}/${object}`;

test("a job file in a bucket runs a notebook beside it, with inputs from the bucket and outputs into it", async () => {
  await using cloud = await startCloud();
  await put(cloud, "jobs/job.yaml", "noteBook: n.ipynb\noutputFolder: ../results/${RUN}/\ninputs: {data: ../data/}\n");
  await put(
    cloud,
    "jobs/n.ipynb",
    notebook(["import os\nprint(sorted(os.listdir('data')))\nopen('a b#c.txt', 'w').write('odd name')"]),
  );
  await put(cloud, "data/one.csv", "1");
  await put(cloud, "data/two.csv", "2");
  const { code, stdout, stderr } = await run([], {
    env: { ...cloud.env, RUN: "first", NOTEBOOK_YAML_URL: at(cloud, "jobs/job.yaml") },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\['one\.csv', 'two\.csv'\]/);
  assert.deepEqual(
    names(cloud).filter((name) => name.startsWith("results/")),
    ["results/first/a b#c.txt", "results/first/n.ipynb", "results/first/run.json"],
  );
  const kept = await record(cloud, "results/first/run.json");
  assert.deepEqual([kept.status, kept.complete, kept.exitCode], ["succeeded", true, 0]);
});

test("a failing notebook's outputs are in the bucket, with its exit code", async () => {
  await using cloud = await startCloud();
  await put(cloud, "n.ipynb", notebook(["open('half.txt', 'w').write('half')", "raise SystemExit(9)"]));
  const { code, stderr } = await run([at(cloud, "n.ipynb"), "--output-folder", at(cloud, "out/")], { env: cloud.env });
  assert.equal(code, 9, stderr);
  assert.deepEqual(
    names(cloud).filter((name) => name.startsWith("out/")),
    ["out/half.txt", "out/n.ipynb", "out/run.json"],
  );
});

test("a resource principal is found, and named in the log", async (t) => {
  await using cloud = await startCloud();
  const principal = await cloud.resourcePrincipal();
  const dir = await folder(t, { "n.ipynb": notebook(["1"]) });
  const env = { NBJOB_OCI_ENDPOINT: cloud.url, HOME: dir, ...principal.env };
  const { code, stderr } = await run(["n.ipynb", "--output-folder", at(cloud, "out/"), "--debug"], { cwd: dir, env });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /resource principal/i);
});

test("a bucket that is not there, or may not be written, is found before the work starts", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, { "n.ipynb": notebook(["print('ran')"]) });
  const missing = await run(["n.ipynb", "--output-folder", `oci://nowhere@${cloud.namespace}/out/`], {
    cwd: dir,
    env: cloud.env,
  });
  assert.ok([73, 77].includes(missing.code ?? 0), missing.stderr);
  assert.match(missing.stderr, /nowhere/);
  assert.match(missing.stderr, /allow/i);
  assert.doesNotMatch(missing.stdout, /ran/);
  cloud.policy.deny({ operation: "PutObject" });
  const denied = await run(["n.ipynb", "--output-folder", at(cloud, "out/")], { cwd: dir, env: cloud.env });
  assert.ok([73, 77].includes(denied.code ?? 0), denied.stderr);
  assert.match(denied.stderr, /manage objects|OBJECT_CREATE/);
});

test("a checkpoint publishes the notebook so far, changed files and the record while the work runs", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, {
    "n.ipynb": notebook(["open('model.bin', 'w').write('step 1')\nprint('made')", "import time; time.sleep(600)"]),
  });
  const { child, ended } = start(["n.ipynb", "--output-folder", at(cloud, "out/"), "--set", "checkpoint=1s"], {
    cwd: dir,
    env: cloud.env,
  });
  while (!names(cloud).includes("out/model.bin")) await new Promise((resolve) => setTimeout(resolve, 100));
  while ((await record(cloud, "out/run.json")).outputs.length < 2)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const running = await record(cloud, "out/run.json");
  assert.deepEqual([running.status, running.complete], ["running", false]);
  assert.match((await cloud.storage.bytes("bucket", "out/n.ipynb")).toString(), /made/);
  child.kill("SIGKILL");
  await ended;
});

test("each node of a job run of several writes under its own rank", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, { "n.ipynb": notebook(["1"]) });
  const { code, stderr } = await run(["n.ipynb", "--output-folder", at(cloud, "out/")], {
    cwd: dir,
    env: { ...cloud.env, NODE_RANK: "3" },
  });
  assert.equal(code, 0, stderr);
  assert.deepEqual(names(cloud), ["out/node-3/n.ipynb", "out/node-3/run.json"]);
});

test("an upload that keeps failing ends with 74, names what is missing and keeps it; the rest is published", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, { "make.sh": "echo good > good.txt; echo lost > lost.txt; echo > 'two\nlines'\n" });
  cloud.policy.judge = ({ operation, resource }) =>
    !(operation === "PutObject" && resource["object"]?.endsWith("lost.txt") === true);
  const { code, stderr } = await run(["make.sh", "--output-folder", at(cloud, "out/")], { cwd: dir, env: cloud.env });
  assert.equal(code, 74, stderr);
  assert.match(stderr, /Not published: lost\.txt: .* may not be written .* A policy that allows it: allow group /);
  // No name breaks a line of the log.
  assert.match(stderr, /Not published: two\\nlines: .*\/two\\nlines has a line break .* in its name/);
  assert.deepEqual(names(cloud), ["out/good.txt", "out/run.json"]);
  assert.equal((await record(cloud, "out/run.json")).complete, false);
});
