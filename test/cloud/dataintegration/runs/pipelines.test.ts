/** Pipelines: their graphs, who waits for whom, what each node is given, how they end. Objects of a bucket are what is called. */
import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import type { models } from "oci-dataintegration";
import { makeBench, publish, restTask, type Bench } from "../../clients/integration.ts";
import { startCloud, type Cloud } from "../../cloud.ts";

/** What a node says, in short; `after` names those that lead to it. */
interface NodeSketch {
  readonly name: string;
  readonly type?: "START" | "END" | "TASK" | "MERGE" | "DECISION";
  readonly after: readonly string[];
  readonly rule?: string;
  readonly object?: string;
}

suite("pipelines", () => {
  let cloud: Cloud;
  let bench: Bench;
  let taskKey: string;
  let pipelines = 0;

  before(async () => {
    cloud = await startCloud({ clock: { frozen: true, start: Date.UTC(2026, 0, 5) } });
    bench = await makeBench(cloud);
    const objects = `https://objectstorage.${cloud.region}.oraclecloud.com/n/${cloud.namespace}/b/bucket/o`;
    const { client, workspaceId, projectKey } = bench;
    const createTaskDetails = restTask(projectKey, {
      url: `${objects}/\${OBJECT}`,
      parameters: { OBJECT: "absent" },
      poll: { url: `${objects}/\${OBJECT}`, condition: "SYS.RESPONSE_STATUS == 0", interval: 60, maximum: 600 },
    });
    taskKey = (await client.createTask({ workspaceId, createTaskDetails })).task.key ?? "";
    for (const object of ["a", "b", "c"]) await cloud.storage.putBytes("bucket", object, Buffer.from("{}"));
  });

  beforeEach(() => cloud.requests.clear());

  after(() => cloud.close());

  function nodeOf(
    { name, type = "TASK", after: before_, rule, object }: NodeSketch,
    all: readonly NodeSketch[],
  ): object {
    const task = type === "TASK" && { taskType: "REST_TASK", task: { modelType: "REST_TASK", key: taskKey } };
    const followers = all.filter((other) => other.after.includes(name));
    return {
      key: name,
      name,
      modelType: "FLOW_NODE",
      inputLinks: before_.map((other) => ({ modelType: "INPUT_LINK", key: `${other}>${name}`, fromLink: `${other}>` })),
      outputLinks: [
        { modelType: "OUTPUT_LINK", key: `${name}>`, toLinks: followers.map((other) => `${name}>${other.name}`) },
      ],
      operator: {
        modelType: `${type}_OPERATOR`,
        name,
        identifier: name,
        ...task,
        ...(rule !== undefined && { triggerRule: rule }),
        ...(object !== undefined && { configProviderDelegate: { bindings: { OBJECT: { simpleValue: object } } } }),
      },
    };
  }

  const ends: NodeSketch = { name: "START", type: "START", after: [] };

  /** Creates a pipeline and its task, and publishes it. @returns the key of what is published */
  async function published(sketches: readonly NodeSketch[], more: object = {}): Promise<string> {
    const { client, workspaceId, projectKey } = bench;
    const registryMetadata = { aggregatorKey: projectKey };
    const identifier = `P_${++pipelines}`;
    const nodes = sketches.map((sketch) => nodeOf(sketch, sketches));
    // The SDK's types do not know the nodes' operators by their kinds.
    const details = { name: identifier, identifier, registryMetadata, nodes, ...more } as models.CreatePipelineDetails;
    const { pipeline } = await client.createPipeline({ workspaceId, createPipelineDetails: details });
    const reference = { key: pipeline.key ?? "", modelType: "PIPELINE" };
    const task = {
      modelType: "PIPELINE_TASK",
      name: identifier,
      identifier: `${identifier}_TASK`,
      registryMetadata,
      pipeline: reference,
    };
    const created = await client.createTask({
      workspaceId,
      createTaskDetails: task,
    });
    return publish(bench, created.task.key ?? "");
  }

  async function begin(aggregatorKey: string, bindings: object = {}): Promise<string> {
    const { client, workspaceId, applicationKey } = bench;
    const createTaskRunDetails = {
      registryMetadata: { aggregatorKey },
      configProvider: { bindings },
    } as models.CreateTaskRunDetails;
    return (await client.createTaskRun({ workspaceId, applicationKey, createTaskRunDetails })).taskRun.key ?? "";
  }

  /** The run's state, and those of its nodes. */
  async function states(taskRunKey: string): Promise<readonly unknown[]> {
    const { client, workspaceId, applicationKey } = bench;
    const place = { workspaceId, applicationKey };
    const { taskRun } = await client.getTaskRun({ ...place, taskRunKey });
    const { runtimeOperatorSummaryCollection } = await client.listRuntimeOperators({
      ...place,
      runtimePipelineKey: taskRunKey,
    });
    const { items } = runtimeOperatorSummaryCollection;
    const nodes = items.filter(({ name = "" }) => !["START", "END"].includes(name));
    const told = nodes.map(({ name, executionState }) => `${name} ${executionState}`);
    return [taskRun.status, ...told.toSorted()];
  }

  test("tasks side by side, then a join, then another one; each with values of its own", async () => {
    const key = await published([
      ends,
      { name: "A", after: ["START"], object: "a" },
      { name: "B", after: ["START"], object: "b" },
      { name: "JOIN", type: "MERGE", after: ["A", "B"], rule: "ALL_SUCCESS" },
      { name: "C", after: ["JOIN"], object: "c" },
      { name: "END", type: "END", after: ["C"] },
    ]);
    const run = await begin(key);
    await cloud.clock.advance(1000);
    assert.deepEqual(await states(run), ["RUNNING", "A RUNNING", "B RUNNING", "C NOT_STARTED", "JOIN NOT_STARTED"]);
    await cloud.clock.advance(60_000);
    assert.deepEqual(await states(run), ["RUNNING", "A SUCCESS", "B SUCCESS", "C RUNNING", "JOIN SUCCESS"]);
    await cloud.clock.advance(60_000);
    assert.deepEqual(await states(run), ["SUCCESS", "A SUCCESS", "B SUCCESS", "C SUCCESS", "JOIN SUCCESS"]);
    const called = cloud.requests.list({ operation: "GetObject" }).map(({ target }) => target.at(-1));
    assert.deepEqual(
      called.toSorted((a = "", b = "") => a.localeCompare(b)),
      ["a", "a", "b", "b", "c", "c"],
    );
  });

  test("rules decide on what comes before: what fails leads to whoever waits for failures", async () => {
    const key = await published([
      ends,
      { name: "A", after: ["START"], object: "a" },
      { name: "BAD", after: ["START"], object: "absent" },
      { name: "ALL", type: "MERGE", after: ["A", "BAD"], rule: "ALL_SUCCESS" },
      { name: "AFTER", after: ["ALL"], object: "b" },
      { name: "CLEAN", after: ["BAD"], rule: "ALL_FAILED", object: "c" },
      { name: "ONE", type: "MERGE", after: ["A", "BAD"], rule: "ONE_SUCCESS" },
      { name: "END", type: "END", after: ["CLEAN", "ONE"], rule: "ALL_SUCCESS" },
    ]);
    const run = await begin(key);
    await cloud.clock.advance(200_000);
    const nodes = ["A SUCCESS", "AFTER SKIPPED", "ALL SKIPPED", "BAD ERROR", "CLEAN SUCCESS", "ONE SUCCESS"];
    assert.deepEqual(await states(run), ["SUCCESS", ...nodes]);
  });

  test("a failure that nobody waits for fails the pipeline, and says which node it was", async () => {
    const key = await published([
      ends,
      { name: "BAD", after: ["START"], object: "absent" },
      { name: "NEXT", after: ["BAD"], object: "a" },
      { name: "END", type: "END", after: ["NEXT"] },
    ]);
    const run = await begin(key);
    await cloud.clock.advance(200_000);
    assert.deepEqual(await states(run), ["ERROR", "BAD ERROR", "NEXT SKIPPED"]);
    const { client, workspaceId, applicationKey } = bench;
    const { taskRun } = await client.getTaskRun({ workspaceId, applicationKey, taskRunKey: run });
    assert.match(taskRun.errorMessage ?? "", /^BAD: .*404/);
    assert.ok(!cloud.requests.list({ operation: "GetObject" }).some(({ target }) => target.endsWith("/a")));
  });

  test("a pipeline's parameters are put into its nodes' values", async () => {
    const parameters = [{ modelType: "PARAMETER", name: "WHICH", type: "VARCHAR", defaultValue: "absent" }];
    const sketches: readonly NodeSketch[] = [
      ends,
      { name: "A", after: ["START"], object: "${WHICH}" },
      { name: "END", type: "END", after: ["A"] },
    ];
    const run = await begin(await published(sketches, { parameters }), { WHICH: { simpleValue: "b" } });
    await cloud.clock.advance(120_000);
    assert.deepEqual(await states(run), ["SUCCESS", "A SUCCESS"]);
    assert.ok(cloud.requests.list({ operation: "GetObject" }).every(({ target }) => target.endsWith("/b")));
  });

  test("a pipeline that is to terminate ends its tasks and begins no more", async () => {
    const key = await published([
      ends,
      { name: "A", after: ["START"], object: "a" },
      { name: "B", after: ["A"], object: "b" },
      { name: "END", type: "END", after: ["B"] },
    ]);
    const taskRunKey = await begin(key);
    await cloud.clock.advance(1000);
    const { client, workspaceId, applicationKey } = bench;
    const updateTaskRunDetails = { status: "TERMINATING" as models.UpdateTaskRunDetails.Status };
    await client.updateTaskRun({ workspaceId, applicationKey, taskRunKey, updateTaskRunDetails });
    await cloud.clock.advance(0);
    assert.deepEqual(await states(taskRunKey), ["TERMINATED", "A TERMINATED", "B SKIPPED"]);
  });

  test("what is published is the pipeline and its tasks as they were then", async () => {
    const { client, workspaceId, projectKey } = bench;
    const sketch = { identifier: "KEPT", url: `${cloud.url}/n/${cloud.namespace}/b/bucket/o/a` };
    const { task } = await client.createTask({ workspaceId, createTaskDetails: restTask(projectKey, sketch) });
    const node = (name: string, type: string, more: object): object => ({
      key: name,
      name,
      operator: { modelType: type, ...more },
    });
    const link = (from: string, to: string): object => ({
      inputLinks: [{ modelType: "INPUT_LINK", key: `${from}${to}`, fromLink: `${from}>` }],
    });
    const out = (name: string): object => ({
      outputLinks: [{ modelType: "OUTPUT_LINK", key: `${name}>`, toLinks: [] }],
    });
    const nodes = [
      { ...node("S", "START_OPERATOR", {}), ...out("S") },
      {
        ...node("T", "TASK_OPERATOR", { task: { modelType: "REST_TASK", key: task.key } }),
        ...link("S", "T"),
        ...out("T"),
      },
      { ...node("E", "END_OPERATOR", {}), ...link("T", "E") },
    ];
    const key = await published([], { nodes });
    const updateTaskDetails = {
      ...restTask(projectKey, { ...sketch, url: `${cloud.url}/absent` }),
      key: task.key ?? "",
      objectVersion: 1,
    };
    await client.updateTask({ workspaceId, taskKey: task.key ?? "", updateTaskDetails });
    const run = await begin(key);
    await cloud.clock.advance(1000);
    assert.deepEqual((await states(run))[0], "SUCCESS");
  });

  test("a pipeline that runs itself, a task that is not there and a value that no task takes are told", async () => {
    const { client, workspaceId, projectKey } = bench;
    const registryMetadata = { aggregatorKey: projectKey };
    const chain = (task: object, bindings = {}): object[] => [
      {
        key: "S",
        name: "S",
        operator: { modelType: "START_OPERATOR" },
        outputLinks: [{ modelType: "OUTPUT_LINK", key: "o1", toLinks: ["i1"] }],
      },
      {
        key: "T",
        name: "T",
        operator: { modelType: "TASK_OPERATOR", task, configProviderDelegate: { bindings } },
        inputLinks: [{ modelType: "INPUT_LINK", key: "i1", fromLink: "o1" }],
        outputLinks: [{ modelType: "OUTPUT_LINK", key: "o2", toLinks: ["i2"] }],
      },
      {
        key: "E",
        name: "E",
        operator: { modelType: "END_OPERATOR" },
        inputLinks: [{ modelType: "INPUT_LINK", key: "i2", fromLink: "o2" }],
      },
    ];
    const absent = { modelType: "REST_TASK", key: "00000000-0000-0000-0000-000000000000" };
    await assert.rejects(published([], { nodes: chain(absent) }), /T: The task is not there/);
    const bindings = { OBJCET: { simpleValue: "a" } };
    await assert.rejects(
      published([], { nodes: chain({ modelType: "REST_TASK", key: taskKey }, bindings) }),
      /no parameter OBJCET/,
    );

    const details = { name: "r", identifier: "ROUND", registryMetadata, nodes: [] };
    const { pipeline } = await client.createPipeline({ workspaceId, createPipelineDetails: details });
    const pipelineKey = pipeline.key ?? "";
    const task = {
      modelType: "PIPELINE_TASK",
      name: "r",
      identifier: "ROUND_TASK",
      registryMetadata,
      pipeline: { key: pipelineKey },
    };
    const round = (await client.createTask({ workspaceId, createTaskDetails: task })).task.key ?? "";
    const nodes = chain({ modelType: "PIPELINE_TASK", key: round });
    // The SDK's types do not know the nodes' operators by their kinds.
    const edit = { key: pipelineKey, modelType: "PIPELINE", objectVersion: 1, nodes } as models.UpdatePipelineDetails;
    await client.updatePipeline({ workspaceId, pipelineKey, updatePipelineDetails: edit });
    await assert.rejects(publish(bench, round), /exactly one start/);
  });

  test("graphs that cannot run are not published, each with its reason", async () => {
    const wrong: readonly (readonly [RegExp, readonly NodeSketch[]])[] = [
      [
        /exactly one start/,
        [
          { name: "A", after: [] },
          { name: "END", type: "END", after: ["A"] },
        ],
      ],
      [/exactly one end/, [ends, { name: "A", after: ["START"] }]],
      [/at least one task/, [ends, { name: "END", type: "END", after: ["START"] }]],
      [
        /Nothing leads to the node B/,
        [ends, { name: "A", after: ["START"] }, { name: "B", after: [] }, { name: "END", type: "END", after: ["A"] }],
      ],
      [
        /circle/,
        [
          ends,
          { name: "A", after: ["START", "B"] },
          { name: "B", after: ["A"] },
          { name: "END", type: "END", after: ["B"] },
        ],
      ],
      [/no output link/, [ends, { name: "A", after: ["START", "X"] }, { name: "END", type: "END", after: ["A"] }]],
      [
        /does not run/,
        [
          ends,
          { name: "A", after: ["START"] },
          { name: "D", type: "DECISION", after: ["A"] },
          { name: "END", type: "END", after: ["D"] },
        ],
      ],
    ];
    for (const [reason, sketches] of wrong) await assert.rejects(published(sketches), reason);
  });
});
