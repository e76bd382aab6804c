import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { venvOrSkip } from "../support/venv.ts";
import { clientSetting, type Setting } from "./clients/setting.ts";
import { jobOf } from "./datascience/bodies.ts";

const scripts = join(import.meta.dirname, "clients");

suite("other people's clients of Data Science and Logging", () => {
  let setting: Setting;

  before(async () => {
    setting = await clientSetting();
    // The images of these jobs are shells, which no Docker is needed for.
    await setting.cloud.storage.putBytes("bucket", "in/data", Buffer.from("data"));
  });
  after(() => setting.cloud.close());

  test("the oci SDK for Python", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    await setting.run(python, [join(scripts, "sdk_jobs.py")], { CLOUD_TENANCY: setting.cloud.tenancy });
  });

  test("oracle-ads", async (t) => {
    const python = await venvOrSkip(t, "ads");
    if (python === undefined) return;
    await setting.run(python, ["-W", "ignore", join(scripts, "ads_jobs.py")], { CLOUD_WORK: setting.cloud.folder });
  });

  test("the oci command line", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    const { cloud } = setting;
    /** Runs a command with its options; what the query finds in the answer comes back. */
    const oci = (command: string, options: Readonly<Record<string, unknown>>, query?: string): Promise<string> =>
      setting.run(join(dirname(python), "oci"), [
        ...command.split(" "),
        ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, text(value)]),
        ...(query === undefined ? [] : ["--query", query, "--raw-output"]),
      ]);
    const place = { "compartment-id": cloud.compartment, "project-id": cloud.project };
    const body = jobOf(cloud);

    const job = await oci(
      "data-science job create",
      {
        ...place,
        "configuration-details": body.jobConfigurationDetails,
        "infrastructure-configuration-details": body.jobInfrastructureConfigurationDetails,
        "log-configuration-details": body.jobLogConfigurationDetails,
      },
      "data.id",
    );
    const artifact = join(cloud.folder, "artifact.sh");
    await writeFile(artifact, 'echo "cli $1"; sleep "$2"; exit 5\n');
    await oci("data-science job create-job-artifact", {
      "job-id": job,
      "job-artifact-file": artifact,
      "content-disposition": "attachment; filename=artifact.sh",
    });
    const run = (commandLineArguments: string): Readonly<Record<string, unknown>> => ({
      ...place,
      "job-id": job,
      "configuration-override-details": { jobType: "DEFAULT", commandLineArguments },
    });
    const waiting = { "wait-for-state": "FAILED", "wait-interval-seconds": 1 };
    const details = await oci(
      "data-science job-run create",
      { ...run("says 0"), ...waiting },
      'data."lifecycle-details"',
    );
    assert.equal(details, "Job run artifact execution failed with exit code 5.");

    const long = await oci("data-science job-run create", run("says 600"), "data.id");
    while (cloud.dataScience.run(long).lifecycleState !== "IN_PROGRESS") {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await oci("data-science job-run cancel", { "job-run-id": long });
    assert.equal((await cloud.runs.ended(long)).lifecycleState, "CANCELED");
    const states = await oci(
      "data-science job-run list",
      { "compartment-id": cloud.compartment, "job-id": job },
      `data[]."lifecycle-state" | sort(@) | join(',', @)`,
    );
    assert.equal(states, "CANCELED,FAILED");

    const [failed] = cloud.dataScience.runsOf(job);
    const stream = `${cloud.compartment}/${cloud.logGroup}/${failed?.logDetails?.logId}`;
    const found = await oci(
      "logging-search search-logs",
      {
        "time-start": new Date(Date.now() - 3_600_000).toISOString(),
        "time-end": new Date(Date.now() + 60_000).toISOString(),
        "search-query": `search "${stream}" | where source = '*${failed?.id}' | sort by datetime desc`,
      },
      "data.results[0].data.logContent.data.message",
    );
    assert.equal(found, "cli says");
    const group = { "compartment-id": cloud.compartment, "display-name": "cli" };
    const succeeded = { "wait-for-state": "SUCCEEDED", "wait-interval-seconds": 1 };
    assert.equal(await oci("logging log-group create", { ...group, ...succeeded }, "data.status"), "SUCCEEDED");
  });

  test("none of them sends what no model knows", () => {
    assert.deepEqual([...setting.cloud.models.dataScience.unknown], []);
  });
});

/** An option's value as the command line takes it. */
function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
