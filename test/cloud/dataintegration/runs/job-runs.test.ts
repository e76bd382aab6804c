/** Data Integration's tasks that start job runs in Data Science, as published collections have them: what ends how. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { models } from "oci-dataintegration";
import { makeBench, publish, restTask, type Bench, type TaskSketch } from "../../clients/integration.ts";
import { startCloud, type Cloud } from "../../cloud.ts";
import type { RunState } from "../../datascience/model.ts";

const minute = 60_000;
const state = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String)";
const final: readonly RunState[] = ["SUCCEEDED", "FAILED", "CANCELED", "DELETED", "NEEDS_ATTENTION"];

suite("tasks that start job runs", () => {
  let cloud: Cloud;
  let bench: Bench;
  let mended: TaskSketch;
  let asPublished: TaskSketch;
  let tasks = 0;

  before(async () => {
    cloud = await startCloud({ clock: { frozen: true, start: Date.UTC(2026, 0, 5) } });
    bench = await makeBench(cloud);
    const { project: projectId, compartment: compartmentId } = cloud;
    const job = cloud.dataScience.createJob(
      {
        projectId,
        compartmentId,
        jobConfigurationDetails: { jobType: "DEFAULT" },
        jobInfrastructureConfigurationDetails: {
          jobInfrastructureType: "ME_STANDALONE",
          shapeName: "VM.Standard2.1",
          blockStorageSizeInGBs: 50,
        },
        jobEnvironmentConfigurationDetails: { jobEnvironmentType: "OCIR_CONTAINER", image: "iad.ocir.io/n/i:1" },
      },
      cloud.user,
    );
    const override = { jobType: "DEFAULT", environmentVariables: { NOTEBOOK_YAML_URL: "${NOTEBOOK_YAML_URL}" } };
    const details = { projectId, compartmentId, jobId: job.id, jobConfigurationOverrideDetails: override };
    const runs = "https://datascience.${SYS.REGION}.oci.oraclecloud.com/20190101/jobRuns";
    asPublished = {
      url: runs,
      payload: JSON.stringify(details),
      parameters: { NOTEBOOK_YAML_URL: "oci://bucket@namespace/dsnotebook.yaml" },
      expressions: { JOB_RUN_ID: "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.id') AS String)" },
      poll: {
        url: `${runs}/#{JOB_RUN_ID}`,
        condition: conditionOf(["SUCCEEDED", "FAILED"]),
        interval: 60,
        maximum: 1200,
      },
      cancel: { method: "DELETE" },
      success: `SYS.RESPONSE_STATUS >= 200 AND SYS.RESPONSE_STATUS <= 300 AND ${state} == 'SUCCEEDED'`,
    };
    mended = {
      ...asPublished,
      poll: { url: `${runs}/#{JOB_RUN_ID}`, condition: conditionOf(final), interval: 60, maximum: 1200 },
      cancel: { method: "POST", url: `${runs}/#{JOB_RUN_ID}/actions/cancelJobRun` },
    };
  });

  after(() => cloud.close());

  function conditionOf(states: readonly string[]): string {
    return states.map((each) => `${state} != '${each}'`).join(" AND ");
  }

  /** Publishes the task and begins it. @returns the task run's key, and the job run that it started */
  async function begin(sketch: TaskSketch): Promise<{ readonly key: string; readonly jobRun: string }> {
    const { client, workspaceId, applicationKey, projectKey } = bench;
    const createTaskDetails = restTask(projectKey, { identifier: `JOB_${++tasks}`, ...sketch });
    const { task } = await client.createTask({ workspaceId, createTaskDetails });
    const registryMetadata = { aggregatorKey: await publish(bench, task.key ?? "") };
    const bindings = { NOTEBOOK_YAML_URL: { simpleValue: "oci://b@n/mine.yaml" } };
    const createTaskRunDetails = { registryMetadata, configProvider: { bindings } };
    const { taskRun } = await client.createTaskRun({ workspaceId, applicationKey, createTaskRunDetails });
    const before_ = new Set(cloud.dataScience.runs.values().map(({ id }) => id));
    await cloud.clock.advance(1000);
    const jobRun = [...cloud.dataScience.runs.values()].find(({ id }) => !before_.has(id))?.id ?? "";
    return { key: taskRun.key ?? "", jobRun };
  }

  async function look(taskRunKey: string): Promise<models.TaskRun> {
    const { client, workspaceId, applicationKey } = bench;
    return (await client.getTaskRun({ workspaceId, applicationKey, taskRunKey })).taskRun;
  }

  test("a run that succeeds is a success, and had the variable that the task run was given", async () => {
    cloud.runs.script = () => ({ exitCode: 0 });
    const { key, jobRun } = await begin(mended);
    await cloud.runs.ended(jobRun);
    await cloud.clock.advance(minute);
    assert.equal((await look(key)).status, "SUCCESS");
    const { effective } = cloud.dataScience.run(jobRun);
    assert.equal(effective.configuration.environmentVariables?.NOTEBOOK_YAML_URL, "oci://b@n/mine.yaml");
  });

  test("a run that fails is an error, with what Data Science says of it", async () => {
    cloud.runs.script = () => ({ exitCode: 3 });
    const { key, jobRun } = await begin(mended);
    await cloud.runs.ended(jobRun);
    await cloud.clock.advance(minute);
    const { status, errorMessage } = await look(key);
    assert.equal(status, "ERROR");
    assert.match(errorMessage ?? "", /exit code 3/i);
  });

  test("a run that is cancelled ends the mended task's polling at once, the published one's after its longest duration", async () => {
    cloud.runs.script = () => ({ exitCode: 0, milliseconds: 60_000 });
    const [good, bad] = [await begin(mended), await begin(asPublished)];
    for (const { jobRun } of [good, bad]) {
      cloud.runs.cancel(jobRun);
      await cloud.runs.ended(jobRun);
    }
    await cloud.clock.advance(minute);
    assert.equal((await look(good.key)).status, "ERROR");
    assert.equal((await look(bad.key)).status, "RUNNING");
    await cloud.clock.advance(20 * minute);
    assert.match((await look(bad.key)).errorMessage ?? "", /Polling went on/);
  });

  test("terminating the mended task's run cancels the job run, the published one's leaves it running", async () => {
    cloud.runs.script = () => ({ exitCode: 0, milliseconds: 60_000 });
    const { client, workspaceId, applicationKey } = bench;
    const [good, bad] = [await begin(mended), await begin(asPublished)];
    const updateTaskRunDetails = { status: "TERMINATING" as models.UpdateTaskRunDetails.Status };
    for (const { key: taskRunKey } of [good, bad]) {
      await client.updateTaskRun({ workspaceId, applicationKey, taskRunKey, updateTaskRunDetails });
    }
    await cloud.clock.advance(0);
    assert.deepEqual([(await look(good.key)).status, (await look(bad.key)).status], ["TERMINATED", "TERMINATED"]);
    await cloud.runs.ended(good.jobRun);
    assert.equal(cloud.dataScience.run(good.jobRun).lifecycleState, "CANCELED");
    assert.ok(["ACCEPTED", "IN_PROGRESS"].includes(cloud.dataScience.run(bad.jobRun).lifecycleState));
    assert.equal(cloud.requests.count({ operation: "CancelJobRun", status: 204 }), 1);
    cloud.runs.cancel(bad.jobRun);
    await cloud.runs.ended(bad.jobRun);
  });

  test("a workspace that may not create job runs says what Data Science says to it", async () => {
    cloud.policy.deny({ principal: "disworkspace", permission: "DATA_SCIENCE_JOB_RUN_CREATE" });
    const { key } = await begin(mended);
    const { status, errorMessage } = await look(key);
    assert.equal(status, "ERROR");
    assert.match(errorMessage ?? "", /404.*NotAuthorizedOrNotFound/);
    cloud.policy.clear();
  });
});
