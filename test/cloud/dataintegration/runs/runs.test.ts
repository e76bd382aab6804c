/** Task runs: what they call, how they poll, judge and end. The objects of a bucket play the service that is called. */
import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import type { models } from "oci-dataintegration";
import { makeBench, publish, restTask, type Bench, type TaskSketch } from "../../clients/integration.ts";
import { startCloud, type Cloud } from "../../cloud.ts";

const minute = 60_000;
const state = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String)";

suite("task runs", () => {
  let cloud: Cloud;
  let bench: Bench;
  let host: string;
  let objects: string;
  let tasks = 0;

  before(async () => {
    cloud = await startCloud({ clock: { frozen: true, start: Date.UTC(2026, 0, 5) } });
    bench = await makeBench(cloud);
    host = `objectstorage.${cloud.region}.oraclecloud.com`;
    objects = `https://${host}/n/${cloud.namespace}/b/bucket/o`;
  });

  beforeEach(async () => {
    cloud.requests.clear();
    await says("started", { id: "run-1" });
    await says("run-1", { lifecycleState: "IN_PROGRESS" });
  });

  after(() => cloud.close());

  const says = (object: string, value: object): Promise<unknown> =>
    cloud.storage.putBytes("bucket", object, Buffer.from(JSON.stringify(value)));

  /** Creates and publishes a task. @returns the key of what is published */
  async function published(sketch: TaskSketch): Promise<string> {
    const { client, workspaceId, projectKey } = bench;
    const createTaskDetails = restTask(projectKey, { identifier: `RUN_${++tasks}`, ...sketch });
    const { task } = await client.createTask({ workspaceId, createTaskDetails });
    return publish(bench, task.key ?? "");
  }

  async function begin(aggregatorKey: string, values: Readonly<Record<string, string>> = {}): Promise<string> {
    const { client, workspaceId, applicationKey } = bench;
    const bindings = Object.fromEntries(Object.entries(values).map(([name, simpleValue]) => [name, { simpleValue }]));
    const createTaskRunDetails = { registryMetadata: { aggregatorKey }, configProvider: { bindings } };
    const { taskRun } = await client.createTaskRun({ workspaceId, applicationKey, createTaskRunDetails });
    return taskRun.key ?? "";
  }

  async function look(taskRunKey: string): Promise<models.TaskRun> {
    const { client, workspaceId, applicationKey } = bench;
    return (await client.getTaskRun({ workspaceId, applicationKey, taskRunKey })).taskRun;
  }

  /** Begins a run and lets it come to an end. */
  async function ended(sketch: TaskSketch, values?: Readonly<Record<string, string>>): Promise<models.TaskRun> {
    const key = await begin(await published(sketch), values);
    await cloud.clock.advance(minute);
    return look(key);
  }

  const polling = (more: Partial<TaskSketch> = {}): TaskSketch => ({
    url: `${objects}/started`,
    expressions: { RUN_ID: "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.id') AS String)" },
    poll: {
      url: `${objects}/#{RUN_ID}`,
      condition: `${state} != 'SUCCEEDED' AND ${state} != 'FAILED'`,
      interval: 60,
      maximum: 600,
    },
    success: `SYS.RESPONSE_STATUS < 300 AND ${state} == 'SUCCEEDED'`,
    ...more,
  });

  const polls = (): number => cloud.requests.count({ method: "GET", path: "/o/run-1$" });

  test("polling goes on while its condition is true, and the last response decides", async () => {
    const key = await begin(await published(polling()));
    assert.equal((await look(key)).status, "NOT_STARTED");
    await cloud.clock.advance(5 * minute - 1);
    assert.equal((await look(key)).status, "RUNNING");
    assert.equal(polls(), 4);
    await says("run-1", { lifecycleState: "SUCCEEDED" });
    await cloud.clock.advance(minute);
    const run = await look(key);
    assert.equal(run.status, "SUCCESS");
    assert.equal(polls(), 5);
    assert.equal(Number(run.endTimeMillis) - Number(run.startTimeMillis), 5 * minute + 40);
  });

  test("a run whose success condition is false at the end has failed, and says on what", async () => {
    await says("run-1", { lifecycleState: "FAILED", lifecycleDetails: "exit code 3" });
    const key = await begin(await published(polling()));
    await cloud.clock.advance(2 * minute);
    const run = await look(key);
    assert.equal(run.status, "ERROR");
    assert.match(run.errorMessage ?? "", /success condition is false[\s\S]*exit code 3/);
    const { client, workspaceId, applicationKey } = bench;
    const { items } = await client.listTaskRunLogs({ workspaceId, applicationKey, taskRunKey: key });
    assert.ok(items.some(({ message }) => /execute: GET .*\/started was answered with 200/.test(message ?? "")));
    const filter = ["status eq Failed"];
    const { taskRunSummaryCollection } = await client.listTaskRuns({ workspaceId, applicationKey, filter, key: [key] });
    assert.equal(taskRunSummaryCollection.items.length, 1);
  });

  test("polling ends with an error after its longest duration, and cancels nothing", async () => {
    const cancel = { url: `${objects}/#{RUN_ID}`, method: "DELETE" } as const;
    const key = await begin(await published(polling({ cancel })));
    await cloud.clock.advance(11 * minute);
    const run = await look(key);
    assert.equal(run.status, "ERROR");
    assert.match(run.errorMessage ?? "", /600 seconds/);
    assert.equal(polls(), 10);
    assert.equal(cloud.requests.count({ method: "DELETE" }), 0);
  });

  test("a run that is to terminate makes its cancel call, once", async () => {
    const cancel = { url: `${objects}/#{RUN_ID}`, method: "DELETE" } as const;
    const key = await begin(await published(polling({ cancel })));
    await cloud.clock.advance(minute);
    const { client, workspaceId, applicationKey } = bench;
    const updateTaskRunDetails = { status: "TERMINATING" as models.UpdateTaskRunDetails.Status };
    const request = { workspaceId, applicationKey, taskRunKey: key, updateTaskRunDetails };
    const { taskRunDetails } = await client.updateTaskRun(request);
    assert.equal(taskRunDetails.status, "TERMINATING");
    await cloud.clock.advance(0);
    assert.equal((await look(key)).status, "TERMINATED");
    assert.equal(cloud.requests.count({ method: "DELETE", status: 204 }), 1);
    await assert.rejects(client.updateTaskRun(request), { statusCode: 409 });
  });

  test("a cancel call without a URL cancels nothing, and one that fails is told", async () => {
    for (const [cancel, expected] of [
      [{ method: "DELETE" }, /no URL/],
      [{ method: "DELETE", url: `${objects}/absent` }, /404/],
    ] as const) {
      const key = await begin(await published(polling({ cancel })));
      await cloud.clock.advance(minute);
      const { client, workspaceId, applicationKey } = bench;
      const updateTaskRunDetails = { status: "TERMINATING" as models.UpdateTaskRunDetails.Status };
      await client.updateTaskRun({ workspaceId, applicationKey, taskRunKey: key, updateTaskRunDetails });
      await cloud.clock.advance(0);
      const run = await look(key);
      assert.equal(run.status, "TERMINATED");
      assert.match(run.terminationErrors?.[0] ?? "", expected);
    }
  });

  test("calls are signed as the workspace, the application or nobody, for the host that the task names", async () => {
    const url = `${objects}/started`;
    const principals = [];
    for (const auth of [
      { modelType: "OCI_RESOURCE_AUTH_CONFIG", resourcePrincipalSource: "WORKSPACE" },
      { modelType: "OCI_RESOURCE_AUTH_CONFIG", resourcePrincipalSource: "APPLICATION" },
      { modelType: "NO_AUTH_CONFIG" },
    ]) {
      const { status } = await ended({ url, auth });
      const [entry] = cloud.requests.list({ operation: "GetObject" }).slice(-1);
      principals.push([status, entry?.status, entry?.principal.split(".")[1], entry?.headers.host]);
    }
    assert.deepEqual(principals, [
      ["SUCCESS", 200, "disworkspace", host],
      ["SUCCESS", 200, "disapplication", host],
      ["ERROR", 401, undefined, host],
    ]);
    cloud.policy.deny({ principal: "disworkspace" });
    assert.match((await ended({ url })).errorMessage ?? "", /404/);
    cloud.policy.clear();
  });

  test("parameters are put into texts as they are, so that a quote breaks JSON", async () => {
    const url = `https://${host}/n/\${NAMESPACE}/b`;
    const payload = `{"name": "\${NAME}", "compartmentId": "${cloud.compartment}"}`;
    const key = await published({ url, payload, parameters: { NAME: "unset", NAMESPACE: cloud.namespace } });
    const run = async (name: string): Promise<models.TaskRun> => {
      const taskRun = await begin(key, { NAME: name });
      await cloud.clock.advance(minute);
      return look(taskRun);
    };
    assert.equal((await run("made")).status, "SUCCESS");
    assert.ok(cloud.storage.buckets().some(({ name }) => name === "made"));
    const broken = await run('a"b');
    assert.equal(broken.status, "ERROR");
    assert.match(broken.errorMessage ?? "", /not JSON/);
    await assert.rejects(begin(key, { NAEM: "x" }), { statusCode: 400 });
  });

  test("a response of more than 512 KiB is cut off", async () => {
    await says("long", { lifecycleState: "SUCCEEDED", padding: "x".repeat(512 * 1024) });
    await says("short", { lifecycleState: "SUCCEEDED", padding: "x".repeat(500 * 1024) });
    const success = `${state} == 'SUCCEEDED'`;
    assert.equal((await ended({ url: `${objects}/long`, success })).status, "ERROR");
    assert.equal((await ended({ url: `${objects}/short`, success })).status, "SUCCESS");
    assert.equal(
      (await ended({ url: `${objects}/long`, success: "LENGTH(SYS.RESPONSE_PAYLOAD) == 524288" })).status,
      "SUCCESS",
    );
  });

  test("addresses outside of this cloud, and what is no address, are errors", async () => {
    for (const url of [
      "https://example.com/",
      "https://datascience.eu-frankfurt-1.oci.oraclecloud.com/",
      `${objects}/a b`,
    ]) {
      assert.equal((await ended({ url })).status, "ERROR", url);
    }
    const { applicationKey } = bench;
    const path = "/20200430/workspaces/${SYS.WORKSPACE_ID}/applications/${SYS.APPLICATION_KEY}";
    const url = `https://dataintegration.\${SYS.REGION}.oci.oraclecloud.com${path}`;
    const success = `CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.key') AS String) == '${applicationKey}'`;
    assert.equal((await ended({ url, success })).status, "SUCCESS");
  });

  test("a task that allows no concurrent runs refuses a second one until the first is over", async () => {
    const key = await published(polling({ concurrent: false }));
    await begin(key);
    await assert.rejects(begin(key), { statusCode: 409 });
    await says("run-1", { lifecycleState: "SUCCEEDED" });
    await cloud.clock.advance(2 * minute);
    await begin(key);
    await cloud.clock.advance(2 * minute);
  });

  test("what did not start is not polled for", async () => {
    const run = await ended(polling({ url: `${objects}/absent` }));
    assert.equal(run.status, "ERROR");
    assert.equal(polls(), 0);
  });
});
