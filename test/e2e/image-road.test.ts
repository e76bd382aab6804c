/** The whole road in containers: the image started as a job run starts it, on nothing but what a job run is given. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud } from "../cloud/cloud.ts";
import { docker, readmeImage, runContainer, stockImage } from "../support/docker.ts";
import { notebook } from "../support/program.ts";

const jobRun = "ocid1.datasciencejobrun.oc1.iad.aaaaaaaanbjobcloud";

/** Each way in, with the entrypoint that its image, or the job's override of it, has. */
const ways = {
  "the stock image": async () => ({ image: await stockImage(), start: [] as string[] }),
  "the stock image, its entrypoint overridden": async () => ({
    image: await stockImage(),
    start: ["--entrypoint", "/usr/local/bin/nbjob"],
  }),
  "an image of one's own with the one file": async () => ({
    image: await readmeImage(),
    start: [] as string[],
  }),
} as const;

for (const [way, prepare] of Object.entries(ways)) {
  test(`${way}: job file, work and inputs from a bucket, outputs into it, the exit code out`, async (t) => {
    if (!(await docker(t))) return;
    const { image, start } = await prepare();
    await using cloud = await startCloud();
    const put = (name: string, content: string): Promise<unknown> =>
      cloud.storage.putBytes("bucket", name, Buffer.from(content), {});
    const work = notebook(["open('made.txt', 'w').write(open('in.txt').read() * 2)", "raise SystemExit(42)"]);
    await put("jobs/work.ipynb", work);
    await put("jobs/in.txt", "ab");
    await put(
      "jobs/job.yaml",
      `noteBook: work.ipynb\ninputs: {in.txt: in.txt}\noutputFolder: oci://bucket@${cloud.namespace}/results/\${JOB_RUN_OCID}/\n`,
    );
    const principal = await cloud.resourcePrincipal();
    const files = dirname(principal.env["OCI_RESOURCE_PRINCIPAL_RPST"] ?? "");
    const env = {
      ...principal.env,
      NBJOB_OCI_ENDPOINT: cloud.url,
      NOTEBOOK_YAML_URL: `oci://bucket@${cloud.namespace}/jobs/job.yaml`,
      JOB_RUN_OCID: jobRun,
      JOB_OCID: "ocid1.datasciencejob.oc1.iad.aaaaaaaanbjobcloud",
      HOME: "/home/datascience",
    };
    const { code, stderr } = await runContainer([
      "--network=host",
      `--volume=${files}:${files}:ro`,
      "--tmpfs=/home/datascience",
      ...Object.entries(env).flatMap(([key, value]) => ["-e", `${key}=${value}`]),
      ...start,
      image,
    ]);
    assert.equal(code, 42, stderr);
    const results = cloud.storage.names("bucket").filter((object) => object.startsWith("results/"));
    const expected = ["made.txt", "run.json", "work.ipynb"].map((file) => `results/${jobRun}/${file}`);
    assert.deepEqual(results.toSorted(), expected.toSorted());
    assert.equal(String(await cloud.storage.bytes("bucket", `results/${jobRun}/made.txt`)), "abab");
    // The record's own tests check its shape.
    const record = JSON.parse(String(await cloud.storage.bytes("bucket", `results/${jobRun}/run.json`))) as RunRecord;
    assert.deepEqual([record.status, record.exitCode, record.complete], ["failed", 42, true]);
  });
}
