/** The whole road with real containers: launch, or a schedule's time, then a job run that is the stock image, then the bucket. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { image, jobFolder, quickly } from "../launch/cloud-job.ts";
import { docker, stockImage } from "../support/docker.ts";
import { run } from "../support/program.ts";

/** Job runs of this cloud are containers of the stock image. */
async function inContainers(cloud: Cloud): Promise<void> {
  Object.assign(cloud.machines, { docker: true, images: { [image]: await stockImage() } });
}

async function recordOf(cloud: Cloud): Promise<RunRecord> {
  const name = cloud.storage.names("bucket").find((each) => each.endsWith("/run.json")) ?? "";
  // The record's own tests check its shape.
  return JSON.parse((await cloud.storage.bytes("bucket", name)).toString()) as RunRecord;
}

test("launch runs a notebook in a container, and ends with the exit code that it ends with", async (t) => {
  if (!(await docker(t))) return;
  await using cloud = await startCloud();
  await inContainers(cloud);
  const cells = ["import os\nprint('home', os.environ['HOME'])\nopen('made.txt', 'w').write('x')\nraise SystemExit(7)"];
  const { code, stdout, stderr } = await run(["launch", "job.yaml", ...quickly], await jobFolder(t, cloud, cells));
  assert.equal(code, 7, `${stdout}\n${stderr}`);
  assert.match(stdout, /^home \/home\/datascience$/m);
  assert.ok(cloud.storage.names("bucket").some((name) => name.endsWith("/made.txt")));
});

test("memory that runs out in the container ends the launch with 137, and the record has the control group's figures", async (t) => {
  if (!(await docker(t))) return;
  await using cloud = await startCloud();
  await inContainers(cloud);
  cloud.machines.memoryBytes = 400 * 2 ** 20;
  const cells = ["x = bytearray(600 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1"];
  const { code, stdout, stderr } = await run(["launch", "job.yaml", ...quickly], await jobFolder(t, cloud, cells));
  assert.equal(code, 137, `${stdout}\n${stderr}`);
  const { reason, failure, complete } = await recordOf(cloud);
  assert.deepEqual([reason, complete], ["out-of-memory", true]);
  assert.ok(failure?.oom);
});

test("a schedule's time comes: Data Integration, Data Science, the container, the bucket, SUCCESS", async (t) => {
  if (!(await docker(t))) return;
  await using cloud = await startCloud({ clock: { start: Date.UTC(2026, 0, 5, 12) } });
  await inContainers(cloud);
  const options = await jobFolder(t, cloud, ["open('made.txt', 'w').write('in a container')"]);
  const nightly = ["job.yaml", "--set", "schedule.cron=30 2 * * *", "--set", "infrastructure.maximumRuntime=2h"];
  const made = await run(["schedule", ...nightly, "--yes"], options);
  assert.equal(made.code, 0, made.stderr);
  cloud.clock.freeze();
  await cloud.clock.set("2026-01-06T02:30:00Z");
  const first = () => [...cloud.dataScience.runs.values()].at(0);
  for (let minute = 0; first() === undefined && minute < 60; minute++) await cloud.clock.advance(60_000);
  const job = first();
  assert.ok(job !== undefined, "a job run was started");
  await cloud.runs.ended(job.id);
  await cloud.clock.advance(2 * 60_000);
  const { stdout, stderr } = await run(["schedule", "runs", ...nightly, "--json"], options);
  assert.match(stdout, /"state": "SUCCESS"/, `${stderr}\n${cloud.logs.written(job.id).join("\n")}`);
  assert.equal((await cloud.storage.bytes("bucket", `out/${job.id}/made.txt`)).toString(), "in a container");
});
