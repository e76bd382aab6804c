/** `nbjob launch` and what belongs to it, the built program against the fake Data Science. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import type { StoredRun } from "../cloud/datascience/model.ts";
import { image, jobFolder, placed, quickly } from "../launch/cloud-job.ts";
import { folder, run, start } from "../support/program.ts";

const runsOf = (cloud: Cloud): readonly StoredRun[] => [...cloud.dataScience.runs.values()];

function only(cloud: Cloud): StoredRun {
  const [first, ...more] = runsOf(cloud);
  assert.ok(first !== undefined && more.length === 0, `${more.length + 1} runs`);
  return first;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

suite("launch", { concurrency: 2 }, () => {
  test("the log is shown, the exit code is the run's; a second launch creates nothing but the run", async (t) => {
    await using cloud = await startCloud();
    const options = await jobFolder(t, cloud);
    cloud.runs.script = () => ({ exitCode: 7, milliseconds: 300, log: ["first", "second"] });
    const one = await run(["launch", "job.yaml", ...quickly], options);
    assert.equal(one.code, 7, one.stderr);
    assert.equal(one.stdout, "first\nsecond\n");
    assert.match(one.stderr, /IN_PROGRESS[\s\S]*FAILED, .*exit code 7[\s\S]*The job run failed, exit code 7/);
    const { freeformTags } = only(cloud);
    assert.match(String(freeformTags["nbjob-work"]), /^oci:\/\/bucket@.*\/n\.ipynb$/);
    assert.match(String(freeformTags["nbjob-work-sha256"]), /^[0-9a-f]{64}$/);
    const before = cloud.requests.list().length;
    const two = await run(["launch", "job.yaml", ...quickly], options);
    assert.equal(two.code, 7, two.stderr);
    const made = cloud.requests
      .list()
      .slice(before)
      .filter(({ method }) => method !== "GET" && method !== "HEAD");
    assert.deepEqual(
      made.map(({ operation }) => operation).filter((name) => name !== "SearchLogs"),
      ["CreateJobRun"],
    );
    assert.deepEqual([...cloud.models.dataScience.unknown], []);
    // Another image is another job.
    cloud.runs.script = () => ({});
    const three = await run(["launch", "job.yaml", ...quickly, "--image", `${image}.1`], options);
    assert.equal(three.code, 0, three.stderr);
    assert.equal([...cloud.dataScience.jobs.values()].length, 2);
  });

  test("what ended without an exit code of its own has a documented one, and is explained", async (t) => {
    await using cloud = await startCloud();
    const options = await jobFolder(t, cloud);
    cloud.dataScience.settings.minuteMs = 100;
    const cases = [
      [{ failure: "Out of host capacity." }, 71, /Out of host capacity/],
      [{ needsAttention: "Health check failed." }, 75, /needs attention: Health check failed.*cancel/],
      [{ exitCode: 137 }, 137, /exit code 137/],
      [{ milliseconds: 60_000 }, 124, /maximum runtime/],
    ] as const;
    for (const [script, code, words] of cases) {
      cloud.runs.script = () => script;
      const limit = code === 124 ? ["--set", "infrastructure.maximumRuntime=1m"] : [];
      const ended = await run(["launch", "job.yaml", ...quickly, ...limit], options);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, words);
    }
  });

  test("--detach prints the run's OCID alone; watch takes it up, and --output json is for machines", async (t) => {
    await using cloud = await startCloud();
    const options = await jobFolder(t, cloud);
    const record = {
      schema: "nbjob.run/1",
      status: "failed",
      startedAt: new Date().toISOString(),
      reason: "cell-failed",
      failure: { message: "Cell 2 raised ValueError" },
      outputs: [],
    };
    cloud.runs.script = ({ run: { id } }) => ({
      exitCode: 3,
      log: ["hello"],
      milliseconds: 200,
      outputs: { [`bucket/out/${id}/run.json`]: JSON.stringify(record) },
    });
    const detached = await run(["launch", "job.yaml", "--detach", "-p", "alpha", "0.5"], options);
    assert.equal(detached.code, 0, detached.stderr);
    const id = detached.stdout.trim();
    assert.equal(only(cloud).id, id);
    assert.equal(only(cloud).effective.configuration.environmentVariables?.["NBJOB_PARAMETERS"], '{"alpha": 0.5}');
    const watched = await run(["watch", id, ...quickly, "--output", "json"], options);
    assert.equal(watched.code, 3, watched.stderr);
    assert.match(watched.stderr, /^hello$/m);
    assert.match(watched.stderr, /Cell 2 raised ValueError/);
    const answer: unknown = JSON.parse(watched.stdout);
    assert.partialDeepStrictEqual(answer, { id, lifecycleState: "FAILED", exitCode: 3, reason: "cell-failed", record });
  });

  test("in CI the first signal cancels the run and waits for its end, the second one does not wait", async (t) => {
    await using cloud = await startCloud();
    const options = await jobFolder(t, cloud);
    cloud.runs.script = () => ({ milliseconds: 600_000 });
    const first = start(["launch", "job.yaml", ...quickly], options);
    await first.printed("IN_PROGRESS");
    first.child.kill("SIGINT");
    const ended = await first.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, /CANCELED/);
    assert.equal(only(cloud).lifecycleState, "CANCELED");
    cloud.faults.add({ kind: "slow", milliseconds: 60_000, match: { operation: "CancelJobRun" } });
    const second = start(["launch", "job.yaml", ...quickly], options);
    await second.printed("IN_PROGRESS");
    second.child.kill("SIGTERM");
    await second.printed("SIGTERM: cancelling");
    second.child.kill("SIGTERM");
    const twice = await second.ended;
    assert.equal(twice.code, 143, twice.stderr);
    assert.match(twice.stderr, /nbjob watch ocid1/);
  });

  test("a signal before there is a run leaves none behind", async (t) => {
    await using cloud = await startCloud();
    const options = await jobFolder(t, cloud);
    cloud.faults.add({ kind: "slow", milliseconds: 60_000, match: { operation: "ListJobs" } });
    const started = start(["launch", "job.yaml"], options);
    await until(() => cloud.requests.list().some(({ operation }) => operation === "PutObject"));
    await until(() => cloud.requests.list().length >= 6);
    started.child.kill("SIGTERM");
    const { code, stderr } = await started.ended;
    assert.equal(code, 143, stderr);
    assert.equal(runsOf(cloud).length, 0);
  });

  test("within a job run it needs neither project nor compartment, nor a configuration", async (t) => {
    await using cloud = await startCloud();
    const { cwd } = await jobFolder(t, cloud);
    const principal = await cloud.resourcePrincipal();
    cloud.runs.script = () => ({ exitCode: 4 });
    const own = await folder(t, {
      "job.yaml": `noteBook: ${cwd}/n.ipynb\noutputFolder: oci://bucket@${cloud.namespace}/x\ninfrastructure: {image: "${image}"}\n`,
    });
    const env = {
      ...principal.env,
      HOME: own,
      NBJOB_OCI_ENDPOINT: cloud.url,
      PROJECT_OCID: cloud.project,
      JOB_RUN_COMPARTMENT_OCID: cloud.compartment,
      NOTEBOOK_YAML_URL: "job.yaml",
    };
    const { code, stderr } = await run(["launch", ...quickly], { cwd: own, env });
    assert.equal(code, 4, stderr);
    assert.match(stderr, /resource principal/);
    assert.match(stderr, /The log is not shown: .*logGroupId/);
  });

  test("a job without an image carries nbjob in its artifact, and is deleted where that cannot be uploaded", async (t) => {
    await using cloud = await startCloud();
    const cwd = await folder(t, {
      "job.yaml": `noteBook: https://example.invalid/n.ipynb\noutputFolder: oci://bucket@${cloud.namespace}/x\nenvironment: {conda: pack_v1}\n${placed(cloud).replace(/infra.*\n/, "")}`,
      nbjob: "#!/bin/sh\nexit 0\n",
    });
    const args = ["launch", "job.yaml", "--executable", "nbjob", ...quickly];
    cloud.faults.add({ kind: "status", status: 400, match: { operation: "CreateJobArtifact" } });
    const failed = await run(args, { cwd, env: cloud.env });
    assert.equal(failed.code, 76, failed.stderr);
    const states = [...cloud.dataScience.jobs.values()].map((job) => cloud.dataScience.jobState(job));
    assert.deepEqual(states, ["DELETED"]);
    cloud.runs.script = () => ({});
    const good = await run(args, { cwd, env: cloud.env });
    assert.equal(good.code, 0, good.stderr);
    assert.equal(
      [...cloud.dataScience.jobs.values()].find(({ deletedAt }) => deletedAt === undefined)?.artifact?.name,
      "nbjob.tar.gz",
    );
  });

  test("a limit is told with what may be done", async (t) => {
    await using cloud = await startCloud();
    const options = await jobFolder(t, cloud);
    const refused = async (words: RegExp, ...args: readonly string[]): Promise<void> => {
      const { code, stderr } = await run(["launch", "job.yaml", ...args], options);
      assert.equal(code, 76, stderr);
      assert.match(stderr, words);
    };
    await refused(/no job shape VM\.Standard\.E4\.Flec here.*VM\.Standard\.E4\.Flex/, "--shape", "VM.Standard.E4.Flec");
    await refused(/at most 64 OCPUs/, "--set", "infrastructure.ocpus=65");
    cloud.limits.setQuota("vm-standard-e3-flex-core-count", 1);
    await refused(/vm-standard-e3-flex-core-count .* has 1 left, and this needs 2/, "--set", "infrastructure.ocpus=2");
    cloud.limits.set("job-run-count", 0);
    await refused(/job-run-count .* has 0 left.*Limits, Quotas and Usage/);
    assert.ok(!cloud.requests.list().some(({ method }) => method !== "GET"));
    // Where limits may not be asked for, the service's own refusal is told.
    cloud.policy.deny({ permission: "LIMITS_INSPECT" });
    await refused(/LimitExceeded.*Limits, Quotas and Usage/);
    const misspelt = await run(["launch", "job.yaml", "--drain", "soon"], options);
    assert.equal(misspelt.code, 64, misspelt.stderr);
    assert.equal(runsOf(cloud).length, 0);
    cloud.policy.deny({ operation: "ListJobs" });
    const denied = await run(["launch", "job.yaml"], options);
    assert.equal(denied.code, 77, denied.stderr);
    assert.match(denied.stderr, /allow group .* to read data-science-jobs/);
  });
});

test("runs, jobs, logs, cancel and delete", async (t) => {
  await using cloud = await startCloud();
  const options = await jobFolder(t, cloud);
  cloud.runs.script = () => ({ exitCode: 9, log: ["one", "two", "three"], milliseconds: 100 });
  assert.equal((await run(["launch", "job.yaml", ...quickly, "--name", "mine"], options)).code, 9);
  const ended = only(cloud);
  cloud.runs.script = () => ({ milliseconds: 600_000, log: ["going"] });
  const second = (await run(["launch", "job.yaml", "--detach", "--name", "mine"], options)).stdout.trim();
  await until(() => cloud.dataScience.run(second).lifecycleState === "IN_PROGRESS");
  const env = cloud.env;
  const ask = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(args, { cwd: options.cwd, env });
    return { code, stdout, stderr };
  };

  const table = (await ask("runs")).stdout.split("\n");
  assert.match(table[0] ?? "", /^NAME +STATE +EXIT +AGE +DURATION +OCID$/);
  assert.match(table[1] ?? "", new RegExp(`^mine-run-\\S+ +IN_PROGRESS +- .*${second}$`));
  assert.match(table[2] ?? "", new RegExp(`^mine-run-\\S+ +FAILED +9 .*${ended.id}$`));
  for (const job of ["mine", ended.jobId]) {
    assert.equal((await ask("runs", job, "-o", "name")).stdout, `${second}\n${ended.id}\n`);
  }
  const listed: unknown = JSON.parse((await ask("runs", "mine", "-o", "json", "--limit", "1")).stdout);
  assert.partialDeepStrictEqual(listed, [{ id: second, exitCode: null, lifecycleState: "IN_PROGRESS" }]);
  assert.equal((await ask("runs", "nobody")).code, 66);
  assert.match((await ask("jobs")).stdout, new RegExp(`mine +ACTIVE .*${ended.jobId}`));
  assert.match((await ask("jobs", "-o", "wide")).stdout, /DIGEST/);

  assert.equal((await ask("logs", ended.id)).stdout, "one\ntwo\nthree\n");
  assert.equal((await ask("logs", ended.id, "--tail", "1")).stdout, "three\n");
  assert.match((await ask("logs", ended.id, "--timestamps", "--since", "1h")).stdout, /^\S+Z one\n/);
  assert.equal((await ask("logs", ended.id, "--since", "1ms")).stdout, "");
  assert.equal((await ask("logs", ended.id, "-f", "--drain", "100ms")).stdout, "one\ntwo\nthree\n");
  assert.equal((await ask("logs", ended.jobId)).code, 64);

  const refused = await ask("delete", second);
  assert.deepEqual([refused.code, /nbjob cancel/.test(refused.stderr)], [76, true]);
  assert.equal((await ask("cancel", second, ended.id, "--wait")).code, 0);
  assert.equal(cloud.dataScience.run(second).lifecycleState, "CANCELED");
  const both = await ask("watch", second, ended.id, "--no-logs");
  assert.equal(both.code, 143, both.stderr);
  assert.match(both.stderr, /\[mine-run-.*\] The job run was cancelled, exit code 143/);

  const asked = await ask("delete", ended.jobId);
  assert.equal(asked.code, 64);
  assert.match(asked.stderr, /with its 2 runs/);
  assert.equal((await ask("delete", ended.id, "--yes")).code, 0);
  assert.equal((await ask("delete", ended.jobId, "-y")).code, 0);
  assert.match((await ask("runs")).stderr, /No job runs/);
});
