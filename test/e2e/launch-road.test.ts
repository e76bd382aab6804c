/** The whole road: launch, a job run that really executes, its outputs in the bucket, its exit code back here. */
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { jobFolder, placed, quickly } from "../launch/cloud-job.ts";
import { folder, notebook, root, run, start } from "../support/program.ts";

async function recordOf(cloud: Cloud): Promise<RunRecord> {
  const name = cloud.storage.names("bucket").find((each) => each.startsWith("out/") && each.endsWith("/run.json"));
  assert.ok(name !== undefined, cloud.storage.names("bucket").join(" "));
  // The record's own tests check its shape.
  return JSON.parse((await cloud.storage.bytes("bucket", name)).toString()) as RunRecord;
}

suite("from the desk to the bucket and back", { concurrency: 2 }, () => {
  test("a notebook with parameters and inputs succeeds; its outputs are told", async (t) => {
    await using cloud = await startCloud();
    const cells = [
      { source: "alpha = 0", tags: ["parameters"] },
      "print('alpha is', alpha, open('data/in.txt').read())\nopen('model.txt', 'w').write('m')",
    ];
    const cwd = await folder(t, {
      "n.ipynb": notebook(cells),
      "data/in.txt": "from here",
      "job.yaml": `noteBook: n.ipynb\ninputs: {data: data/}\noutputFolder: oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/\n${placed(cloud)}`,
    });
    const { code, stdout, stderr } = await run(["launch", "job.yaml", "-p", "alpha", "0.5", ...quickly], {
      cwd,
      env: cloud.env,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /alpha is 0\.5 from here/);
    assert.match(
      stderr,
      /The outputs are in oci:\/\/bucket@\S+\/out\/ocid1\.datasciencejobrun\S+:[\s\S]*model\.txt[\s\S]*The job run succeeded, exit code 0/,
    );
    const record = await recordOf(cloud);
    assert.deepEqual([record.status, record.complete, record.parameters], ["succeeded", true, { alpha: 0.5 }]);
  });

  test("a cell that raises, and a notebook that exits, end the launch as they would here", async (t) => {
    for (const [cell, code, words] of [
      ["raise ValueError('no such luck')", 1, /ValueError: no such luck/],
      ["raise SystemExit(7)", 7, /exit code 7/],
    ] as const) {
      await using cloud = await startCloud();
      const ended = await run(["launch", "job.yaml", ...quickly], await jobFolder(t, cloud, [cell]));
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, words);
      assert.equal((await recordOf(cloud)).exitCode, code);
    }
  });

  test("a cancelled run publishes what there is, and the launch says so", async (t) => {
    await using cloud = await startCloud();
    const cells = ["open('half.txt', 'w').write('half')\nprint('made', flush=True)", "import time; time.sleep(600)"];
    const started = start(["launch", "job.yaml", ...quickly], await jobFolder(t, cloud, cells));
    await started.printed("made");
    started.child.kill("SIGTERM");
    const { code, stderr } = await started.ended;
    assert.equal(code, 143, stderr);
    assert.ok(
      cloud.storage.names("bucket").some((name) => name.endsWith("/half.txt")),
      stderr,
    );
    assert.equal((await recordOf(cloud)).status, "canceled");
  });

  test("the maximum runtime ends it with 124; memory that ran out with 137", async (t) => {
    await using cloud = await startCloud();
    cloud.dataScience.settings.minuteMs = 3_000;
    const options = await jobFolder(t, cloud, ["import time; time.sleep(600)"]);
    const late = await run(["launch", "job.yaml", ...quickly, "--set", "infrastructure.maximumRuntime=1m"], options);
    assert.equal(late.code, 124, late.stderr);
    await using other = await startCloud();
    // As the kernel of Linux ends a process that has no memory left.
    const killed = await run(
      ["launch", "job.yaml", ...quickly],
      await jobFolder(t, other, ["import os; os.kill(os.getpid(), 9)"]),
    );
    assert.equal(killed.code, 137, killed.stderr);
  });

  test("a packaged folder keeps its modes on the way", async (t) => {
    await using cloud = await startCloud();
    const cwd = await folder(t, {
      "project/main.sh": "exec ./tools/say\n",
      "project/tools/say": "#!/bin/sh\necho said > said.txt; exit 5\n",
      "job.yaml": `artifact: project/\nentrypoint: main.sh\noutputFolder: oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/\n${placed(cloud)}`,
    });
    await chmod(join(cwd, "project/tools/say"), 0o755);
    const { code, stderr } = await run(["launch", "job.yaml", ...quickly], { cwd, env: cloud.env });
    assert.equal(code, 5, stderr);
    assert.ok(cloud.storage.names("bucket").some((name) => name.endsWith("/said.txt")));
  });

  test("without an image, the artifact's nbjob runs the work in the environment that is there", async (t) => {
    await using cloud = await startCloud();
    const cwd = await folder(t, {
      "n.ipynb": notebook(["print('managed')"]),
      // The self-contained one takes minutes to make; this one runs the same program.
      nbjob: `#!/bin/sh\nexec ${join(root, ".cache/bin/node")} ${join(root, "dist/nbjob.mjs")} "$@"\n`,
      "job.yaml": `noteBook: n.ipynb\nenvironment: {conda: pack_v1}\noutputFolder: oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/\n${placed(cloud).replace(/infra.*\n/, "")}`,
    });
    const { code, stdout, stderr } = await run(["launch", "job.yaml", "--executable", "nbjob", ...quickly], {
      cwd,
      env: cloud.env,
    });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /^managed$/m);
  });

  test("a job run launches another one, as the original container did, and ends with its exit code", async (t) => {
    await using cloud = await startCloud();
    await cloud.storage.putBytes("bucket", "inner/n.ipynb", Buffer.from(notebook(["raise SystemExit(6)"])), {});
    const inner = `noteBook: n.ipynb\noutputFolder: oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/\n`;
    await cloud.storage.putBytes("bucket", "inner/job.yaml", Buffer.from(inner), {});
    const cwd = await folder(t, {
      "outer.yaml": `noteBook: https://example.invalid/n.ipynb\noutputFolder: oci://bucket@${cloud.namespace}/outer/\n${placed(cloud)}`,
    });
    const command = `infrastructure.command=[launch, "oci://bucket@${cloud.namespace}/inner/job.yaml", --interval, 100ms, --drain, 0s]`;
    const { code, stdout, stderr } = await run(["launch", "outer.yaml", ...quickly, "--set", command], {
      cwd,
      env: cloud.env,
    });
    assert.equal(code, 6, `${stdout}\n${stderr}`);
    // The six keys of the original name neither image nor log: both are those of the run that launches.
    assert.match(stdout, /As in this job run: infrastructure\.image=.*logGroupId/);
    assert.match(stdout, /The job run failed, exit code 6/);
    assert.equal((await recordOf(cloud)).exitCode, 6);
  });
});
