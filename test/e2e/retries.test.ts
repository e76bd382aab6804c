/** Work that is tried again, through the built program. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud } from "../cloud/cloud.ts";
import { folder, json, notebook, run, start } from "../support/program.ts";

/** Fails with the codes in its arguments, one an attempt, then succeeds. */
const failing = `n=$(cat tries 2>/dev/null || echo 0); n=$((n + 1)); echo $n > tries
eval "code=\\\${$n:-0}"; echo "try $n ends with $code"; exit $code
`;

test("a notebook that fails is tried again, and every attempt's notebook is kept", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, {
    "n.ipynb": notebook([
      { source: "alpha = 1", tags: ["parameters"] },
      "import os\nn = len(os.listdir('.'))\nopen(f'try{n}', 'w').close()\nprint('try', n, 'alpha', alpha)\nassert n >= 3, n",
    ]),
    "job.yaml": "noteBook: n.ipynb\noutputFolder: here\nparameters: {alpha: 7}\nretries: {attempts: 5, backoff: 0}\n",
  });
  const local = await run(["job.yaml"], { cwd: dir });
  assert.equal(local.code, 0, local.stderr);
  assert.deepEqual((await readdir(join(dir, "here"))).toSorted(), [
    "n.attempt-1.ipynb",
    "n.attempt-2.ipynb",
    "n.ipynb",
    "run.json",
    "try1",
    "try2",
    "try3",
  ]);
  for (const [name, expected] of [
    ["n.attempt-1.ipynb", /try 1 alpha 7[\s\S]*AssertionError/],
    ["n.attempt-2.ipynb", /try 2 alpha 7[\s\S]*AssertionError/],
    ["n.ipynb", /try 3 alpha 7/],
  ] as const) {
    const text = await readFile(join(dir, "here", name), "utf8");
    assert.match(text, expected);
    assert.equal(text.match(/injected-parameters/g)?.length, 1);
  }
  const record = await json<RunRecord>(join(dir, "here/run.json"));
  assert.deepEqual([record.status, record.exitCode, record.attempts, record.complete], ["succeeded", 0, 3, true]);
  assert.equal(record.outputs.length, 6);
  const bucket = await run(["job.yaml", "--output-folder", `oci://bucket@${cloud.namespace}/out/`], {
    cwd: dir,
    env: cloud.env,
  });
  assert.equal(bucket.code, 0, bucket.stderr);
  assert.ok(cloud.storage.names("bucket").includes("out/n.attempt-2.ipynb"));
});

test("only the exits that are listed are tried again, so often and no more", async (t) => {
  const dir = await folder(t, { "a.sh": failing });
  for (const [retries, codes, code, tries] of [
    ["0", ["5"], 5, 1],
    ["{attempts: 2, backoff: 0}", ["5", "6"], 0, 3],
    ["{attempts: 1, backoff: 0}", ["5", "6"], 6, 2],
    ["{attempts: 9, backoff: 0, exitCodes: [75]}", ["75", "75", "3"], 3, 3],
    ["{attempts: 9, backoff: 0, exitCodes: [75]}", ["3"], 3, 1],
  ] as const) {
    const words = ["--set", `retries=${retries}`, "--set", `arguments=[${codes.map((one) => `"${one}"`).join()}]`];
    const ended = await run(["a.sh", ...words, "--output-folder", "out"], { cwd: dir });
    assert.equal(ended.code, code, ended.stderr);
    assert.equal(ended.stdout.match(/try \d/g)?.length, tries, ended.stdout);
  }
});

test("a cancel or the timeout while it waits ends the run", async (t) => {
  const dir = await folder(t, { "a.sh": "echo ran; exit 5\n" });
  const words = ["a.sh", "--set", "retries={attempts: 3, backoff: 1h}", "--output-folder"];
  const canceled = start([...words, "out1"], { cwd: dir });
  await canceled.printed("trying again");
  canceled.child.kill("SIGTERM");
  assert.equal((await canceled.ended).code, 143);
  const record = await json<RunRecord>(join(dir, "out1/run.json"));
  assert.deepEqual([record.status, record.reason, record.attempts], ["canceled", "canceled", 1]);
  const late = await run([...words, "out2", "--set", "timeout=1s"], { cwd: dir });
  assert.equal(late.code, 124, late.stderr);
});

test("what a job mounts is checked in a job run, and nowhere else", async (t) => {
  const dir = await folder(t, { file: "x", "a.sh": "echo ran\n" });
  await mkdir(join(dir, "good"));
  const mounts = ["good", "missing", "file"].map(
    (name) => `{location: "oci://b@n/p/", path: ${JSON.stringify(join(dir, name))}}`,
  );
  const words = ["a.sh", "--set", `infrastructure.mounts=[${mounts.join()}]`, "--output-folder", "out"];
  const here = await run(words, { cwd: dir });
  assert.equal(here.code, 0, here.stderr);
  const there = await run(words, { cwd: dir, env: { JOB_RUN_OCID: "ocid1.datasciencejobrun.oc1.iad.a" } });
  assert.equal(there.code, 78, there.stderr);
  assert.match(there.stderr, /mount .*missing is not there/);
  assert.match(there.stderr, /mount .*file is not a folder/);
  assert.doesNotMatch(there.stderr, /mount .*good/);
  assert.doesNotMatch(there.stdout, /ran/);
  assert.deepEqual(await readdir(join(dir, "good")), []);
});

test("an output folder on a mount that is missing is not made beside it", async (t) => {
  const dir = await folder(t, { "a.sh": "echo ran\n" });
  const mount = `infrastructure.mounts=[{location: "oci://b@n/p/", path: ${JSON.stringify(join(dir, "missing"))}}]`;
  const words = ["a.sh", "--set", mount, "--output-folder", "missing/out"];
  const env = { JOB_RUN_OCID: "ocid1.datasciencejobrun.oc1.iad.a" };
  for (const command of ["run", "check"]) {
    const { code, stdout, stderr } = await run([command, ...words], { cwd: dir, env });
    assert.equal(code, 73, stderr);
    assert.match(stderr, /output folder .* cannot be written: The mount .*missing is not there/);
    assert.doesNotMatch(stdout, /^ran/);
    assert.deepEqual(await readdir(dir), ["a.sh"]);
  }
});
