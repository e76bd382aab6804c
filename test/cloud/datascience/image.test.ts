import assert from "node:assert/strict";
import { test } from "node:test";
import { docker, stockImage } from "../../support/docker.ts";
import { startCloud } from "../cloud.ts";
import { byocJob, runOf } from "./bodies.ts";

test("where Docker answers, a run is its image", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  await using cloud = await startCloud({ buckets: ["bucket", "results"] });
  Object.assign(cloud.machines, { docker: true, images: { "iad.ocir.io/nbjobcloud/nbjob:1": image } });
  await cloud.storage.putBytes("bucket", "in/data.txt", Buffer.from("mounted"));
  const work = "import os, sys\nprint(open('/mnt/in/data.txt').read(), os.getcwd() != '/')\nsys.exit(9)\n";
  await cloud.storage.putBytes("bucket", "work.py", Buffer.from(work));
  const file = "artifact: oci://bucket@nbjobcloud/work.py\noutputFolder: oci://results@nbjobcloud/${JOB_RUN_OCID}/\n";
  await cloud.storage.putBytes("bucket", "job.yaml", Buffer.from(file));
  const mount = { storageType: "OBJECT_STORAGE", namespace: "nbjobcloud", bucket: "bucket", prefix: "in/" };
  const { id } = cloud.dataScience.createJob(
    {
      ...byocJob(cloud, { NOTEBOOK_YAML_URL: "oci://bucket@nbjobcloud/job.yaml" }),
      jobStorageMountConfigurationDetailsList: [{ ...mount, destinationDirectoryName: "in" }],
    },
    cloud.user,
  );

  const run = cloud.dataScience.createRun(runOf(cloud, id), cloud.user);
  const { lifecycleDetails } = await cloud.runs.ended(run.id);
  const log = cloud.logs.written(run.id).join("\n");
  assert.equal(lifecycleDetails, "Job run artifact execution failed with exit code 9.", log);
  assert.match(log, /^mounted True$/m);
  assert.ok(cloud.storage.names("results").includes(`${run.id}/run.json`));

  const overrides = {
    jobEnvironmentConfigurationOverrideDetails: {
      jobEnvironmentType: "OCIR_CONTAINER",
      image: "iad.ocir.io/nbjobcloud/nbjob:1",
      entrypoint: ["tini", "--", "sh", "-c"],
      cmd: ["echo up; exec sleep 600"],
    },
  };
  const sleeping = cloud.dataScience.createRun({ ...runOf(cloud, id), ...overrides }, cloud.user);
  while (!cloud.logs.written(sleeping.id).includes("up")) await new Promise((resolve) => setTimeout(resolve, 50));
  cloud.runs.cancel(sleeping.id);
  assert.equal((await cloud.runs.ended(sleeping.id)).lifecycleState, "CANCELED");
});
