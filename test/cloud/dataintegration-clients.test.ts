/** The fake Data Integration by the oci command line, which reads every object with the oci SDK for Python's models. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { venvOrSkip } from "../support/venv.ts";
import { restTask } from "./clients/integration.ts";
import { ociSession, type OciSession, type Printed } from "./clients/oci-session.ts";
import { clientSetting, type Setting } from "./clients/setting.ts";

suite("the oci command line, with Data Integration", () => {
  let setting: Setting;
  let session: OciSession | undefined;

  before(async () => {
    setting = await clientSetting();
  });

  after(async () => {
    await session?.[Symbol.asyncDispose]();
    await setting.cloud.close();
  });

  test("makes, reads, edits, publishes, schedules, runs and removes every kind of object", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    const { cloud } = setting;
    session = ociSession(python, setting.env, ["data-integration"]);
    const { oci: run } = session;
    const di = (command: string, options: Readonly<Record<string, unknown>> = {}): Promise<Printed> => {
      const args = Object.entries(options).flatMap(([name, value]) => {
        // An option without a value is a flag.
        return value === undefined
          ? [`--${name}`]
          : [`--${name}`, typeof value === "string" ? value : JSON.stringify(value)];
      });
      return run("data-integration", ...command.split(" "), ...args);
    };
    const state = async (
      command: string,
      options: Readonly<Record<string, unknown>>,
      field: string,
    ): Promise<unknown> => {
      await cloud.clock.advance(1000);
      return (await di(command, options)).at(field);
    };

    // A workspace, by its work request.
    const named = { "display-name": "cli", "compartment-id": cloud.compartment, "is-private-network": "false" };
    await di("workspace create", named);
    await cloud.clock.advance(1000);
    const workspace = {
      "workspace-id": (await di("workspace list", { "compartment-id": cloud.compartment })).textAt(0, "id"),
    };
    assert.equal(await state("workspace get", workspace, "lifecycle-state"), "ACTIVE");
    const requests = await di("work-request list", { "compartment-id": cloud.compartment });
    const request = { "work-request-id": requests.textAt(0, "id") };
    assert.equal((await di("work-request get", request)).at("resources", 0, "identifier"), workspace["workspace-id"]);
    await di("work-request list-work-request-errors", request);
    assert.equal(
      (await di("work-request list-work-request-logs", request)).textAt(1, "message"),
      "CREATE_WORKSPACE succeeded.",
    );
    await di("workspace update", { ...workspace, description: "edited", force: undefined });

    // A project, a folder, a task.
    const project = await di("project create", { ...workspace, name: "p", identifier: "P" });
    const projectKey = project.textAt("key");
    const edit = { key: projectKey, "model-type": "PROJECT", "object-version": "1", description: "edited" };
    await di("project update", { ...workspace, "project-key": projectKey, ...edit });
    const inProject = { "registry-metadata": { aggregatorKey: projectKey } };
    const folder = await di("folder create", { ...workspace, name: "f", identifier: "F", ...inProject });
    assert.equal(folder.at("metadata", "aggregator", "identifier"), "P");
    const sketch = {
      url: `https://objectstorage.${cloud.region}.oraclecloud.com/n/${cloud.namespace}/b/bucket/o/\${OBJECT}`,
      parameters: { OBJECT: "state" },
      expressions: { ID: "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.id') AS String)" },
      poll: {
        url: `${cloud.url}/n/${cloud.namespace}/b/bucket/o/#{ID}`,
        condition: "1 == 1",
        interval: 60,
        maximum: 300,
      },
      cancel: { url: `${cloud.url}/n/${cloud.namespace}/b/bucket/o/#{ID}`, method: "DELETE" },
    } as const;
    await cloud.storage.putBytes("bucket", "state", Buffer.from('{"id": "state"}'));
    const body = restTask(projectKey, sketch);
    const taskOptions = {
      "api-call-mode": String(body.apiCallMode),
      "auth-config": body.authConfig,
      parameters: body.parameters,
      "typed-expressions": body.typedExpressions,
      "execute-rest-config": body.executeRestCallConfig,
      "poll-rest-call-config": body.pollRestCallConfig,
      "cancel-rest-config": body.cancelRestCallConfig,
    };
    const named2 = { name: "t", identifier: "T", ...inProject };
    const task = await di("task create-task-from-rest-task", { ...workspace, ...named2, ...taskOptions });
    const taskKey = task.textAt("key");
    const read = await di("task get", { ...workspace, "task-key": taskKey });
    assert.equal(read.at("auth-config", "resource-principal-source"), "WORKSPACE");
    assert.equal(
      read.at("poll-rest-call-config", "config-values", "config-param-values", "pollInterval", "object-value"),
      60,
    );
    const update = { ...workspace, "task-key": taskKey, key: taskKey, "object-version": "1", name: "edited" };
    await di("task update-task-from-rest-task", update);
    assert.equal((await di("task list", { ...workspace, identifier: "T" })).textAt("items", 0, "name"), "edited");

    // A pipeline of it, and the task that runs the pipeline.
    const nodes = pipelineNodes(taskKey);
    const pipeline = await di("pipeline create", { ...workspace, name: "pl", identifier: "PL", ...inProject, nodes });
    assert.equal(pipeline.at("nodes", 1, "operator", "task", "key"), taskKey);
    const pipelineTask = { name: "pt", identifier: "PT", ...inProject, pipeline: { key: pipeline.textAt("key") } };
    const pipelineTaskKey = (await di("task create-pipeline-task", { ...workspace, ...pipelineTask })).textAt("key");
    const pipelineKey = { "pipeline-key": pipeline.textAt("key") };
    const editPipeline = {
      key: pipeline.textAt("key"),
      "model-type": "PIPELINE",
      "object-version": "1",
      description: "edited",
    };
    await di("pipeline update", { ...workspace, ...pipelineKey, ...editPipeline });
    assert.equal((await di("pipeline get", { ...workspace, ...pipelineKey })).at("description"), "edited");
    const validation = await di("pipeline-validation create", { ...workspace, nodes: nodes.slice(1) });
    assert.ok(Number(validation.at("error-message-count")) > 0);

    // Applications of both families, and publishing.
    const application = await di("dis-application create", { ...workspace, name: "a", identifier: "A" });
    const listed = await di("dis-application list", { ...workspace, "compartment-id": cloud.compartment });
    assert.equal(listed.at("items", 1, "id"), application.textAt("id"));
    await di("dis-application get", { ...workspace, "dis-application-id": application.textAt("id") });
    const place = { ...workspace, "application-key": application.textAt("key") };
    assert.equal((await di("application get", place)).at("identifier"), "A");
    const publish = { name: "publish", identifier: "PUBLISH_T", "patch-type": "PUBLISH" };
    const patch = await di("application create-patch", {
      ...place,
      ...publish,
      "object-keys": [taskKey, pipelineTaskKey],
    });
    const patchKey = { ...place, "patch-key": patch.textAt("key") };
    assert.equal(await state("application get-patch", patchKey, "patch-status"), "SUCCESSFUL");
    assert.equal((await di("application list-patches", place)).at("items", 0, "identifier"), "PUBLISH_T");
    await di("application list-patch-changes", place);
    const published = await di("application list-published-objects", { ...place, identifier: "T" });
    const publishedKey = published.textAt("items", 0, "key");
    await di("application get-published-object", { ...place, "published-object-key": publishedKey });

    // A schedule of each kind, and a task schedule.
    const time = { "frequency-details-time": { hour: 2, minute: 0, second: 0 }, timezone: "Europe/London" };
    const named3 = (identifier: string): object => ({
      name: identifier,
      identifier,
      "is-daylight-adj-enabled": "true",
    });
    await di("schedule create-hourly-frequency", {
      ...place,
      ...named3("H"),
      "frequency-details-time": { minute: 5 },
      interval: "2",
    });
    await di("schedule create-weekly-frequency", { ...place, ...named3("W"), ...time, days: ["MONDAY"] });
    await di("schedule create-monthly-frequency", {
      ...place,
      ...named3("M"),
      ...time,
      "frequency-details-days": [1],
      interval: "1",
    });
    const rule = { "week-of-month": "LAST", "day-of-week": "FRIDAY", interval: "1" };
    await di("schedule create-monthly-rule-frequency", { ...place, ...named3("R"), ...time, ...rule });
    await di("schedule create-custom-frequency", { ...place, ...named3("C"), "custom-expression": "0 9 * * 1" });
    const daily = await di("schedule create-daily-frequency", { ...place, ...named3("D"), ...time, interval: "1" });
    const frequencies = await di("schedule list", place);
    const types = [0, 1, 2, 3, 4, 5].map((index) => frequencies.at("items", index, "frequency-details", "model-type"));
    assert.deepEqual(types, ["HOURLY", "WEEKLY", "MONTHLY", "MONTHLY_RULE", "CUSTOM", "DAILY"]);
    const scheduleKey = { "schedule-key": daily.textAt("key") };
    const editSchedule = { key: daily.textAt("key"), "object-version": "1", timezone: "UTC" };
    await di("schedule update", { ...place, ...scheduleKey, ...editSchedule, force: undefined });
    assert.equal((await di("schedule get", { ...place, ...scheduleKey })).at("is-daylight-adjustment-enabled"), true);
    const taskSchedule = await di("task-schedule create", {
      ...place,
      name: "ts",
      identifier: "TS",
      "is-enabled": "true",
      "number-of-retries": "1",
      "retry-delay": "1",
      "schedule-ref": { modelType: "SCHEDULE", key: daily.textAt("key"), name: "D", identifier: "D", objectStatus: 1 },
      "registry-metadata": { aggregatorKey: publishedKey },
      "config-provider-delegate": { bindings: { OBJECT: { simpleValue: "state" } } },
      "auth-mode": "RESOURCE_PRINCIPAL",
    });
    const taskScheduleKey = { "task-schedule-key": taskSchedule.textAt("key") };
    const stop = { key: taskSchedule.textAt("key"), "object-version": "1", "is-enabled": "false" };
    await di("task-schedule update", { ...place, ...taskScheduleKey, ...stop, force: undefined });
    const shown = await di("task-schedule get", { ...place, ...taskScheduleKey });
    assert.deepEqual([shown.at("is-enabled"), shown.at("retry-attempts")], [false, 1]);
    assert.equal(shown.at("schedule-ref", "frequency-details", "model-type"), "DAILY");

    // Runs: one that is terminated, one of the pipeline.
    const begin = { ...place, "registry-metadata": { aggregatorKey: publishedKey } };
    const taskRun = { ...place, "task-run-key": (await di("task-run create", begin)).textAt("key") };
    assert.equal(await state("task-run get", taskRun, "status"), "RUNNING");
    await di("task-run update", { ...taskRun, status: "TERMINATING", force: undefined });
    assert.equal(await state("task-run get", taskRun, "status"), "TERMINATED");
    assert.match((await di("task-run-log list", taskRun)).textAt(0, "message"), /execute: GET/);
    const pipelines = await di("application list-published-objects", { ...place, type: "PIPELINE_TASK" });
    const beginPipeline = { ...place, "registry-metadata": { aggregatorKey: pipelines.textAt("items", 0, "key") } };
    const pipelineRun = { ...place, "task-run-key": (await di("task-run create", beginPipeline)).textAt("key") };
    assert.equal(await state("task-run get", pipelineRun, "task-type"), "PIPELINE_TASK");
    await cloud.clock.advance(10 * 60_000);
    assert.equal(await state("task-run get", pipelineRun, "status"), "ERROR");
    const failed = await di("task-run list", { ...place, filter: "status eq Failed" });
    assert.equal(failed.at("items", 0, "key"), pipelineRun["task-run-key"]);

    // And away with it all.
    await di("task-schedule delete", { ...place, ...taskScheduleKey, force: undefined });
    await di("schedule delete", { ...place, ...scheduleKey, force: undefined });
    const back = { name: "back", identifier: "BACK", "patch-type": "UNPUBLISH", "object-keys": [publishedKey] };
    const backKey = (await di("application create-patch", { ...place, ...back })).textAt("key");
    assert.equal(
      await state("application get-patch", { ...place, "patch-key": backKey }, "patch-status"),
      "SUCCESSFUL",
    );
    await di("application delete", { ...place, force: undefined });
    await di("task delete", { ...workspace, "task-key": pipelineTaskKey, force: undefined });
    await di("pipeline delete", { ...workspace, ...pipelineKey, force: undefined });
    await di("task delete", { ...workspace, "task-key": taskKey, force: undefined });
    await di("folder delete", { ...workspace, "folder-key": folder.textAt("key"), force: undefined });
    await di("project delete", { ...workspace, "project-key": projectKey, force: undefined });
    await di("workspace stop", workspace);
    assert.equal(await state("workspace get", workspace, "lifecycle-state"), "STOPPED");
    await di("workspace start", workspace);
    await cloud.clock.advance(1000);
    await di("workspace delete", { ...workspace, force: undefined });
    assert.equal(await state("workspace get", workspace, "lifecycle-state"), "DELETED");
    assert.deepEqual([...cloud.dataIntegration.models.unknown], [], "the command line sends nothing that no model has");
  });
});

/** Start, the task, end, with links both ways. */
function pipelineNodes(taskKey: string): readonly object[] {
  const link = (modelType: string, key: string, more: object): object => ({ modelType, key, ...more });
  return [
    {
      key: "start",
      modelType: "FLOW_NODE",
      name: "START",
      operator: { modelType: "START_OPERATOR", name: "START", identifier: "START" },
      outputLinks: [link("OUTPUT_LINK", "out-1", { toLinks: ["in-1"] })],
    },
    {
      key: "task",
      modelType: "FLOW_NODE",
      name: "TASK",
      operator: {
        modelType: "TASK_OPERATOR",
        name: "TASK",
        identifier: "TASK",
        taskType: "REST_TASK",
        task: { modelType: "REST_TASK", key: taskKey },
      },
      inputLinks: [link("INPUT_LINK", "in-1", { fromLink: "out-1" })],
      outputLinks: [link("OUTPUT_LINK", "out-2", { toLinks: ["in-2"] })],
    },
    {
      key: "end",
      modelType: "FLOW_NODE",
      name: "END",
      operator: { modelType: "END_OPERATOR", name: "END", identifier: "END" },
      inputLinks: [link("INPUT_LINK", "in-2", { fromLink: "out-2" })],
    },
  ];
}
