import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, suite, test, type TestContext } from "node:test";
import fc from "fast-check";
import { makeArchive, type ArchiveEntry } from "../../artifact/make-archive.ts";
import { startCloud, type Cloud } from "../cloud.ts";
import { byocJob, jobOf, runOf } from "./bodies.ts";
import { splitWords } from "./machine/words.ts";
import type { JobDetails, RunDetails, StoredRun } from "./model.ts";

suite("job runs executed for real", () => {
  let cloud: Cloud;

  before(async () => {
    cloud = await startCloud({ buckets: ["bucket", "results"] });
  });
  beforeEach(() => {
    Object.assign(cloud.dataScience.settings, { stepMs: 1, minuteMs: 60_000, graceMs: 10_000 });
    Object.assign(cloud.machines, { unpackArchives: true, machines: 8 });
  });
  after(() => cloud.close());

  const start = (job: JobDetails, overrides: Partial<RunDetails> = {}): StoredRun => {
    const { id } = cloud.dataScience.createJob(job, cloud.user);
    return cloud.dataScience.createRun({ ...runOf(cloud, id), ...overrides }, cloud.user);
  };
  const ended = async ({ id }: StoredRun): Promise<string> => {
    const { lifecycleState, lifecycleDetails } = await cloud.runs.ended(id);
    return `${lifecycleState}: ${lifecycleDetails}`;
  };
  const succeeded = "SUCCEEDED: Job run artifact execution succeeded. Infrastructure de-provisioning.";
  const code = (number: number): string => `FAILED: Job run artifact execution failed with exit code ${number}.`;
  const log = ({ id }: StoredRun): string => cloud.logs.written(id).join("\n");
  /** Waits until a run has written something. */
  const wrote = async (run: StoredRun, text: string): Promise<void> => {
    while (!log(run).includes(text)) {
      assert.ok(!["FAILED", "SUCCEEDED"].includes(cloud.dataScience.run(run.id).lifecycleState), log(run));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  /** A job with an image whose command is a shell's. */
  const shell = (script: string, environment = {}, more: Partial<JobDetails> = {}): JobDetails => ({
    ...byocJob(cloud, environment),
    jobEnvironmentConfigurationDetails: {
      ...byocJob(cloud).jobEnvironmentConfigurationDetails,
      entrypoint: ["tini", "--", "sh", "-c"],
      cmd: [script, "sh"],
    },
    ...more,
  });

  test("the built program runs a job file from the bucket, as the run's own principal, and leaves its outputs", async () => {
    const notebook =
      "#!/usr/bin/env python3\nimport os\nprint('hello from', os.environ['JOB_RUN_OCID'])\nopen('a.txt', 'w').write('a')\n";
    await cloud.storage.putBytes("bucket", "work.py", Buffer.from(notebook));
    const file = "artifact: oci://bucket@nbjobcloud/work.py\noutputFolder: oci://results@nbjobcloud/${JOB_RUN_OCID}/\n";
    await cloud.storage.putBytes("bucket", "job.yaml", Buffer.from(file));
    const run = start(byocJob(cloud, { NOTEBOOK_YAML_URL: "oci://bucket@nbjobcloud/job.yaml" }));
    assert.equal(await ended(run), succeeded, log(run));
    assert.match(log(run), new RegExp(`^hello from ${run.id}$`, "m"));
    assert.equal((await cloud.storage.bytes("results", `${run.id}/a.txt`)).toString(), "a");
    const record = JSON.parse((await cloud.storage.bytes("results", `${run.id}/run.json`)).toString());
    assert.equal(record.exitCode, 0);
    const by = cloud.requests.list({ operation: "PutObject" }).map(({ principal }) => principal);
    assert.ok(by.includes(`resource ${run.id}`));
  });

  test("a run has the service's variables, and the job's", async () => {
    const run = start(shell('env; echo "args $*"', { MINE: "1\n2" }, { displayName: "env" }));
    assert.equal(await ended(run), succeeded, log(run));
    const lines = log(run).split("\n");
    const { tenancy, project, compartment } = cloud;
    const expected = {
      TENANCY_OCID: tenancy,
      PROJECT_OCID: project,
      PROJECT_COMPARTMENT_OCID: compartment,
      JOB_OCID: run.jobId,
      JOB_COMPARTMENT_OCID: compartment,
      JOB_RUN_OCID: run.id,
      JOB_RUN_COMPARTMENT_OCID: compartment,
      OCI_RESOURCE_PRINCIPAL_VERSION: "2.2",
      MINE: "1",
    };
    for (const [name, value] of Object.entries(expected)) assert.ok(lines.includes(`${name}=${value}`), name);
    assert.ok(lines.includes("2"));
    assert.ok(!lines.some((line) => line.startsWith("JOB_ARTIFACT_FILE_NAME=")));
    assert.ok(!lines.some((line) => /^(OCI_CONFIG_FILE|NODE_TEST_CONTEXT)=/.test(line)));
  });

  test("exit codes come through, and deaths by signal as a shell shows them", async () => {
    assert.equal(await ended(start(shell("exit 7"))), code(7));
    assert.equal(await ended(start(shell("kill -9 $$"))), code(137));
    assert.equal(await ended(start(shell("no-such-program"))), code(127));
  });

  test("a cancel is a SIGTERM, and after the grace a SIGKILL; nothing is left running", async () => {
    const polite = start(shell("trap 'echo stopping; exit 3' TERM; echo up; while :; do sleep 0.05; done"));
    await wrote(polite, "up");
    cloud.runs.cancel(polite.id);
    assert.equal(cloud.dataScience.run(polite.id).lifecycleState, "CANCELING");
    assert.equal(await ended(polite), "CANCELED: Job run canceled.");
    assert.match(log(polite), /stopping/);

    cloud.dataScience.settings.graceMs = 50;
    const deaf = start(
      shell("trap '' TERM; setsid sh -c 'trap \"\" TERM; echo child $$; sleep 600' & echo up; sleep 600"),
    );
    await wrote(deaf, "child");
    await wrote(deaf, "up");
    cloud.runs.cancel(deaf.id);
    assert.match(await ended(deaf), /^CANCELED/);
    const child = /child (\d+)/.exec(log(deaf))?.[1] ?? "";
    while (await isAlive(child)) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test("the maximum runtime ends the process", async () => {
    cloud.dataScience.settings.minuteMs = 200;
    const configuration = { jobType: "DEFAULT", maximumRuntimeInMinutes: 1 };
    const run = start(shell("sleep 600"), { jobConfigurationOverrideDetails: configuration });
    assert.match(await ended(run), /^CANCELED: .*maximum runtime/);
  });

  test("lines come whole and in order from both streams, the last one without its end too", async () => {
    const run = start(
      shell("for i in 1 2 3; do printf 'out %s ä\\n' $i; done; printf 'no end'; sleep 0.1; echo err >&2"),
    );
    assert.equal(await ended(run), succeeded);
    const lines = log(run).split("\n");
    assert.deepEqual(
      lines.filter((line) => line !== "err"),
      ["out 1 ä", "out 2 ä", "out 3 ä", "no end"],
    );
    assert.ok(lines.includes("err"));
  });

  test("an artifact lies in the home folder, an archive unpacked beside itself", async (t) => {
    const { id } = cloud.dataScience.createJob(
      shell("cat $HOME/decompressed_artifact/d/f $HOME/$JOB_ARTIFACT_FILE_NAME | head -c 6"),
      cloud.user,
    );
    const bytes = await zip(t, [{ name: "d/f", data: "inside" }]);
    const { segment } = await cloud.storage.bodies.write(chunk(bytes), {});
    cloud.dataScience.addArtifact(cloud.dataScience.job(id), {
      name: "a.zip",
      segment,
      md5: "",
      timeModified: 0,
      contentDisposition: "attachment; filename=a.zip",
    });
    const unpacked = cloud.dataScience.createRun(runOf(cloud, id), cloud.user);
    assert.equal(await ended(unpacked), succeeded, log(unpacked));
    assert.equal(log(unpacked), "inside");
    cloud.machines.unpackArchives = false;
    const packed = cloud.dataScience.createRun(runOf(cloud, id), cloud.user);
    await ended(packed);
    assert.match(log(packed), /No such file/);
  });

  /** A job without an image, with its artifact. */
  const managed = async (name: string, content: Uint8Array, variables = {}, words = ""): Promise<StoredRun> => {
    const details = jobOf(cloud, { CONDA_ENV_TYPE: "service", CONDA_ENV_SLUG: "pack", ...variables });
    const configuration = { ...details.jobConfigurationDetails, commandLineArguments: words };
    const job = cloud.dataScience.createJob({ ...details, jobConfigurationDetails: configuration }, cloud.user);
    const { segment } = await cloud.storage.bodies.write(chunk(content), {});
    const disposition = `attachment; filename=${name}`;
    const artifact = { name, segment, md5: "", timeModified: 0, contentDisposition: disposition };
    cloud.dataScience.addArtifact(job, artifact);
    return cloud.dataScience.createRun(runOf(cloud, job.id), cloud.user);
  };

  test("without an image, the artifact runs in an environment of the service's", async (t) => {
    const script = "import os, sys\nprint(sys.argv[1:], os.environ['JOB_ARTIFACT_FILE_NAME'])\nsys.exit(4)\n";
    const single = await managed("a.py", Buffer.from(script), {}, `100 linux "hi there"`);
    assert.equal(await ended(single), code(4));
    assert.equal(log(single), "['100', 'linux', 'hi there'] a.py");

    const archive = await zip(t, [
      { name: "p/run.sh", data: "cat p/data; basename $PWD" },
      { name: "p/data", data: "data\n" },
    ]);
    const entered = await managed("p.zip", archive, { JOB_RUN_ENTRYPOINT: "p/run.sh" });
    assert.equal(await ended(entered), succeeded, log(entered));
    assert.equal(log(entered), "data\ndecompressed_artifact");
    assert.match(await ended(await managed("p.zip", archive)), /^FAILED: .*JOB_RUN_ENTRYPOINT is not set/);
    const absent = { CONDA_ENV_TYPE: "published", CONDA_ENV_REGION: "us-ashburn-1", CONDA_ENV_NAMESPACE: "nbjobcloud" };
    const pack = { ...absent, CONDA_ENV_BUCKET: "bucket", CONDA_ENV_OBJECT_NAME: "no/pack" };
    assert.match(await ended(await managed("a.py", Buffer.from(script), pack)), /^FAILED: .*no\/pack does not exist/);
  });

  test("the nodes of a run have ranks and a file that tells of all of them", async () => {
    const details = shell(
      "echo rank $NODE_RANK of $INITIAL_CLUSTER_SIZE; while ! grep -q '\"Rank\":2' $CLUSTER_NODES_METADATA_FILE; do sleep 0.02; done; [ $NODE_RANK = 0 ] || sleep 0.3",
    );
    const group = {
      name: "node-group",
      replicas: 3,
      jobConfigurationDetails: { jobType: "DEFAULT" },
      jobEnvironmentConfigurationDetails: details.jobEnvironmentConfigurationDetails ?? null,
      jobInfrastructureConfigurationDetails: {
        ...byocJob(cloud).jobInfrastructureConfigurationDetails,
        jobInfrastructureType: "MULTI_NODE",
      },
    };
    const run = start({
      projectId: cloud.project,
      compartmentId: cloud.compartment,
      jobLogConfigurationDetails: byocJob(cloud).jobLogConfigurationDetails,
      jobNodeConfigurationDetails: { jobNodeType: "MULTI_NODE", jobNodeGroupConfigurationDetailsList: [group] },
    });
    assert.equal(await ended(run), succeeded, log(run));
    assert.deepEqual(log(run).split("\n").toSorted(), ["rank 0 of 3", "rank 1 of 3", "rank 2 of 3"]);
  });

  test("storage is mounted: buckets with what they hold, file systems with what earlier runs left", async () => {
    await cloud.storage.putBytes("bucket", "in/x/y.txt", Buffer.from("y"));
    const mounts = [
      {
        storageType: "OBJECT_STORAGE",
        namespace: "nbjobcloud",
        bucket: "bucket",
        prefix: "in/",
        destinationDirectoryName: "in",
      },
      {
        storageType: "FILE_STORAGE",
        mountTargetId: "m",
        exportId: "ocid1.export.x",
        destinationDirectoryName: "fs",
        destinationPath: "/",
      },
    ];
    const infrastructure = {
      ...byocJob(cloud).jobInfrastructureConfigurationDetails,
      jobInfrastructureType: "STANDALONE",
      subnetId: "s",
    };
    const mounted = (script: string): JobDetails =>
      shell(
        script,
        {},
        { jobStorageMountConfigurationDetailsList: mounts, jobInfrastructureConfigurationDetails: infrastructure },
      );
    const first = start(mounted("cd $CLOUD_ROOT; cat mnt/in/x/y.txt; echo new > mnt/in/new.txt; echo kept > fs/kept"));
    assert.equal(await ended(first), succeeded, log(first));
    assert.equal(log(first), "y");
    assert.equal((await cloud.storage.bytes("bucket", "in/new.txt")).toString(), "new\n");
    const second = start(mounted("cat $CLOUD_ROOT/fs/kept"));
    assert.equal(await ended(second), succeeded);
    assert.equal(log(second), "kept");
  });

  test("a startup probe that keeps failing ends the run, one that succeeds leaves it alone", async () => {
    cloud.dataScience.settings.minuteMs = 600;
    const probed = (command: string, work: string): StoredRun => {
      const startupProbeDetails = {
        jobProbeCheckType: "EXEC",
        command: ["sh", "-c", command],
        periodInSeconds: 1,
        failureThreshold: 2,
      };
      const details = { jobType: "DEFAULT", startupProbeDetails };
      return start(shell(work), { jobConfigurationOverrideDetails: details });
    };
    const good = probed("touch $HOME/probed", "while [ ! -e $HOME/probed ]; do sleep 0.02; done");
    assert.equal(await ended(good), succeeded);
    assert.match(await ended(probed("false", "sleep 600")), /^FAILED: .*startup probe/);
  });

  test("an image that the run's principal may not pull does not start", async () => {
    cloud.policy.deny({ permission: "REPOSITORY_READ", principal: "datasciencejobrun" });
    assert.match(await ended(start(shell("true"))), /^FAILED: .*iad\.ocir\.io\/nbjobcloud\/nbjob:1/);
    cloud.policy.clear();
  });

  test("the image may be named by variables, as jobs once did", async () => {
    const variables = {
      CONTAINER_CUSTOM_IMAGE: "iad.ocir.io/nbjobcloud/nbjob:1",
      CONTAINER_ENTRYPOINT: '"sh", "-c"',
      CONTAINER_CMD: '"echo one, two"',
    };
    const run = start(jobOf(cloud, variables));
    assert.equal(await ended(run), succeeded, log(run));
    assert.equal(log(run), "one, two");
  });

  test("no more machines run at once than there are; who waits can be cancelled", async () => {
    cloud.machines.machines = 1;
    const first = start(shell("echo up; while [ ! -e $CLOUD_ROOT/home/stop ]; do sleep 0.02; done"));
    await wrote(first, "up");
    const second = start(shell("echo second"));
    const third = start(shell("echo third"));
    cloud.runs.cancel(second.id);
    assert.match(await ended(second), /^CANCELED/);
    cloud.runs.cancel(first.id);
    await ended(first);
    assert.equal(await ended(third), succeeded);
    assert.equal(log(second), "");
  });

  test("nothing of a run is left on the disk", async () => {
    const run = start(shell("echo $CLOUD_ROOT"));
    await ended(run);
    assert.match(log(run), new RegExp(`^${tmpdir()}/jobrun-`));
    await assert.rejects(readFile(join(log(run), "home")), { code: "ENOENT" });
    assert.ok(!(await readdir(tmpdir())).includes(log(run).slice(tmpdir().length + 1)));
  });
});

test("words are split as a shell splits them", () => {
  assert.deepEqual(splitWords(`100 linux "hi there" 'it''s' a\\ b ""`), ["100", "linux", "hi there", "its", "a b", ""]);
  // As Python's shlex.quote writes them, which ADS uses.
  const quote = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      assert.deepEqual(splitWords(words.map(quote).join(" ")), words);
    }),
  );
});

/** The bytes of a zip. */
async function zip(t: TestContext, entries: readonly ArchiveEntry[]): Promise<Buffer> {
  return readFile(await makeArchive(t, "zip", entries));
}

/** Whether a process runs; one that only waits to be noticed does not. */
async function isAlive(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return stat !== "" && !/\) [ZX]/.test(stat);
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Buffer, void, undefined> {
  yield Buffer.from(bytes);
}
