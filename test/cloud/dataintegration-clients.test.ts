/**
 * The fake Data Integration, and Data Science's schedules, by other people's clients: the oci command line, which reads
 * every object with the models of the oci SDK for Python, and that SDK itself.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { venvOrSkip } from "../support/venv.ts";
import { restTask } from "./clients/integration.ts";
import { ociSession, type OciSession, type Printed } from "./clients/oci-session.ts";
import { clientSetting, type Setting } from "./clients/setting.ts";

type Options = Readonly<Record<string, unknown>>;

/** A command of Data Integration's; an option without a value is a flag, and what is no text is given as JSON. */
type Command = (command: string, options?: Options) => Promise<Printed>;

const force = { force: undefined };
/** What the command line calls the fields of a task that calls something, polls and can be cancelled. */
const taskFields = {
  apiCallMode: "api-call-mode",
  authConfig: "auth-config",
  parameters: "parameters",
  typedExpressions: "typed-expressions",
  executeRestCallConfig: "execute-rest-config",
  pollRestCallConfig: "poll-rest-call-config",
  cancelRestCallConfig: "cancel-rest-config",
} as const;

suite("other people's clients, with Data Integration", () => {
  let setting: Setting;
  let session: OciSession | undefined;

  before(async () => {
    setting = await clientSetting();
  });

  after(async () => {
    await session?.[Symbol.asyncDispose]();
    await setting.cloud.close();
  });

  test("the oci SDK for Python", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    await setting.run(python, [join(import.meta.dirname, "clients", "dataintegration.py")]);
  });

  test("the oci command line makes, reads, edits, publishes, runs and removes every kind of object", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    session = ociSession(python, setting.env, ["data-integration", "data-science"]);
    const { cloud } = setting;
    // However long the command line takes, nothing happens meanwhile.
    cloud.clock.freeze();
    const { oci } = session;
    const commandOf = (service: string): Command => {
      return (command, options = {}) => oci(service, ...command.split(" "), ...argumentsOf(options));
    };
    const di = commandOf("data-integration");
    /** What a field says a second later. */
    const later = async (command: string, options: Options, field: string): Promise<unknown> => {
      await cloud.clock.advance(1000);
      return (await di(command, options)).at(field);
    };
    let workspace: Options = {};
    let place: Options = {};
    let inProject: Options = {};
    const keys = { project: "", folder: "", task: "", pipeline: "", pipelineTask: "", published: "", schedule: "" };

    await t.test("a workspace, by its work request", async () => {
      const { compartment } = cloud;
      const named = { "display-name": "cli", "compartment-id": compartment, "is-private-network": "false" };
      await di("workspace create", named);
      await cloud.clock.advance(1000);
      const requests = await di("work-request list", { "compartment-id": compartment });
      const request = { "work-request-id": latest(requests, "id") };
      const id = (await di("work-request get", request)).textAt("resources", 0, "identifier");
      workspace = { "workspace-id": id };
      assert.equal((await di("workspace get", workspace)).at("lifecycle-state"), "ACTIVE");
      await di("work-request list-work-request-errors", request);
      const logs = await di("work-request list-work-request-logs", request);
      assert.equal(logs.textAt(1, "message"), "CREATE_WORKSPACE succeeded.");
      await di("workspace update", { ...workspace, description: "edited", ...force });
      const listed = await di("workspace list", { "compartment-id": compartment, name: "cli" });
      assert.equal(listed.at(0, "description"), "edited");
    });

    await t.test("a project, a folder, a task", async () => {
      keys.project = (await di("project create", { ...workspace, name: "p", identifier: "P" })).textAt("key");
      const edit = { key: keys.project, "model-type": "PROJECT", "object-version": "1", description: "edited" };
      await di("project update", { ...workspace, "project-key": keys.project, ...edit });
      inProject = { "registry-metadata": { aggregatorKey: keys.project } };
      const folder = await di("folder create", { ...workspace, name: "f", identifier: "F", ...inProject });
      assert.equal(folder.at("metadata", "aggregator", "identifier"), "P");
      keys.folder = folder.textAt("key");
      const objects = `/n/${cloud.namespace}/b/bucket/o`;
      const body = restTask(keys.project, {
        url: `https://objectstorage.${cloud.region}.oraclecloud.com${objects}/\${OBJECT}`,
        parameters: { OBJECT: "state" },
        expressions: { ID: "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.id') AS String)" },
        poll: { url: `${cloud.url}${objects}/#{ID}`, condition: "1 == 1", interval: 60, maximum: 300 },
        cancel: { url: `${cloud.url}${objects}/#{ID}`, method: "DELETE" },
      });
      await cloud.storage.putBytes("bucket", "state", Buffer.from('{"id": "state"}'));
      const fields = Object.entries(taskFields).map(([field, option]) => [option, Reflect.get(body, field)]);
      const named = { name: "t", identifier: "T", ...inProject, ...Object.fromEntries(fields) };
      keys.task = (await di("task create-task-from-rest-task", { ...workspace, ...named })).textAt("key");
      const read = await di("task get", { ...workspace, "task-key": keys.task });
      assert.equal(read.at("auth-config", "resource-principal-source"), "WORKSPACE");
      const polling = ["poll-rest-call-config", "config-values", "config-param-values", "pollInterval"];
      assert.equal(read.at(...polling, "object-value"), 60);
      const update = { "task-key": keys.task, key: keys.task, "object-version": "1", name: "edited" };
      await di("task update-task-from-rest-task", { ...workspace, ...update });
      assert.equal((await di("task list", { ...workspace, identifier: "T" })).textAt("items", 0, "name"), "edited");
    });

    await t.test("a pipeline, and the task that runs it", async () => {
      const nodes = pipelineNodes(keys.task);
      const pipeline = await di("pipeline create", { ...workspace, name: "pl", identifier: "PL", ...inProject, nodes });
      keys.pipeline = pipeline.textAt("key");
      assert.equal(pipeline.at("nodes", 1, "operator", "task", "key"), keys.task);
      const edit = { key: keys.pipeline, "model-type": "PIPELINE", "object-version": "1", description: "edited" };
      await di("pipeline update", { ...workspace, "pipeline-key": keys.pipeline, ...edit });
      const read = await di("pipeline get", { ...workspace, "pipeline-key": keys.pipeline });
      assert.equal(read.at("description"), "edited");
      const named = { name: "pt", identifier: "PT", ...inProject, pipeline: { key: keys.pipeline } };
      keys.pipelineTask = (await di("task create-pipeline-task", { ...workspace, ...named })).textAt("key");
      const flow = await di("data-flow create", { ...workspace, name: "df", identifier: "DF", ...inProject });
      await di("data-flow delete", { ...workspace, "data-flow-key": flow.textAt("key"), ...force });
      const validation = await di("pipeline-validation create", { ...workspace, nodes: nodes.slice(1) });
      assert.ok(Number(validation.at("error-message-count")) > 0);
    });

    await t.test("applications of both families, and publishing", async () => {
      const application = await di("dis-application create", { ...workspace, name: "a", identifier: "A" });
      const listed = await di("dis-application list", { ...workspace, "compartment-id": cloud.compartment });
      assert.equal(listed.at("items", 1, "id"), application.textAt("id"));
      await di("dis-application get", { ...workspace, "dis-application-id": application.textAt("id") });
      place = { ...workspace, "application-key": application.textAt("key") };
      assert.equal((await di("application get", place)).at("identifier"), "A");
      const publish = { name: "publish", identifier: "PUBLISH_T", "patch-type": "PUBLISH" };
      const objects = { "object-keys": [keys.task, keys.pipelineTask] };
      const patch = await di("application create-patch", { ...place, ...publish, ...objects });
      const patchKey = { ...place, "patch-key": patch.textAt("key") };
      assert.equal(await later("application get-patch", patchKey, "patch-status"), "SUCCESSFUL");
      assert.equal((await di("application list-patches", place)).at("items", 0, "identifier"), "PUBLISH_T");
      const changes = await di("application list-patch-changes", place);
      assert.equal(changes.at("items", 0, "action"), "CREATED");
      const published = await di("application list-published-objects", { ...place, identifier: "T" });
      keys.published = published.textAt("items", 0, "key");
      await di("application get-published-object", { ...place, "published-object-key": keys.published });
    });

    await t.test("a schedule of each kind, and a task schedule", async () => {
      const time = { "frequency-details-time": { hour: 2, minute: 0, second: 0 }, timezone: "Europe/London" };
      const create = (kind: string, identifier: string, options: Options): Promise<Printed> => {
        const named = { name: identifier, identifier, "is-daylight-adj-enabled": "true" };
        return di(`schedule create-${kind}-frequency`, { ...place, ...named, ...options });
      };
      await create("hourly", "H", { "frequency-details-time": { minute: 5 }, interval: "2" });
      await create("weekly", "W", { ...time, days: ["MONDAY"] });
      await create("monthly", "M", { ...time, "frequency-details-days": [1], interval: "1" });
      await create("monthly-rule", "R", { ...time, "week-of-month": "LAST", "day-of-week": "FRIDAY", interval: "1" });
      await create("custom", "C", { "custom-expression": "0 9 * * 1" });
      keys.schedule = (await create("daily", "D", { ...time, interval: "1" })).textAt("key");
      const all = await di("schedule list", place);
      const types = [0, 1, 2, 3, 4, 5].map((index) => all.at("items", index, "frequency-details", "model-type"));
      assert.deepEqual(types, ["HOURLY", "WEEKLY", "MONTHLY", "MONTHLY_RULE", "CUSTOM", "DAILY"]);
      const scheduleKey = { ...place, "schedule-key": keys.schedule };
      const edit = { key: keys.schedule, "object-version": "1", timezone: "UTC" };
      await di("schedule update", { ...scheduleKey, ...edit, ...force });
      assert.equal((await di("schedule get", scheduleKey)).at("is-daylight-adjustment-enabled"), true);
      const taskSchedule = await di("task-schedule create", {
        ...place,
        name: "ts",
        identifier: "TS",
        "is-enabled": "true",
        "number-of-retries": "1",
        "retry-delay": "1",
        "schedule-ref": { modelType: "SCHEDULE", key: keys.schedule, name: "D", identifier: "D", objectStatus: 1 },
        "registry-metadata": { aggregatorKey: keys.published },
        "config-provider-delegate": { bindings: { OBJECT: { simpleValue: "state" } } },
        "auth-mode": "RESOURCE_PRINCIPAL",
      });
      const taskScheduleKey = { ...place, "task-schedule-key": taskSchedule.textAt("key") };
      const stop = { key: taskSchedule.textAt("key"), "object-version": "1", "is-enabled": "false" };
      await di("task-schedule update", { ...taskScheduleKey, ...stop, ...force });
      const shown = await di("task-schedule get", taskScheduleKey);
      assert.deepEqual([shown.at("is-enabled"), shown.at("retry-attempts")], [false, 1]);
      assert.equal(shown.at("schedule-ref", "frequency-details", "model-type"), "DAILY");
      await di("task-schedule delete", { ...taskScheduleKey, ...force });
      await di("schedule delete", { ...scheduleKey, ...force });
    });

    await t.test("runs: one that is terminated, one of the pipeline", async () => {
      const begin = async (aggregatorKey: string): Promise<Options> => {
        const run = await di("task-run create", { ...place, "registry-metadata": { aggregatorKey } });
        return { ...place, "task-run-key": run.textAt("key") };
      };
      const run = await begin(keys.published);
      assert.equal(await later("task-run get", run, "status"), "RUNNING");
      await di("task-run update", { ...run, status: "TERMINATING", ...force });
      assert.equal(await later("task-run get", run, "status"), "TERMINATED");
      assert.match((await di("task-run-log list", run)).textAt(0, "message"), /execute: GET/);
      const pipelines = await di("application list-published-objects", { ...place, type: "PIPELINE_TASK" });
      const pipelineRun = await begin(pipelines.textAt("items", 0, "key"));
      assert.equal(await later("task-run get", pipelineRun, "task-type"), "PIPELINE_TASK");
      await cloud.clock.advance(10 * 60_000);
      assert.equal(await later("task-run get", pipelineRun, "status"), "ERROR");
      const failed = await di("task-run list", { ...place, filter: "status eq Failed" });
      assert.equal(failed.at("items", 0, "key"), pipelineRun["task-run-key"]);
    });

    await t.test("and away with it all", async () => {
      const back = { name: "back", identifier: "BACK", "patch-type": "UNPUBLISH", "object-keys": [keys.published] };
      const key = (await di("application create-patch", { ...place, ...back })).textAt("key");
      assert.equal(await later("application get-patch", { ...place, "patch-key": key }, "patch-status"), "SUCCESSFUL");
      await di("application delete", { ...place, ...force });
      await di("task delete", { ...workspace, "task-key": keys.pipelineTask, ...force });
      await di("pipeline delete", { ...workspace, "pipeline-key": keys.pipeline, ...force });
      await di("task delete", { ...workspace, "task-key": keys.task, ...force });
      await di("folder delete", { ...workspace, "folder-key": keys.folder, ...force });
      await di("project delete", { ...workspace, "project-key": keys.project, ...force });
      const other = "ocid1.compartment.oc1..other";
      await di("workspace change-compartment", { ...workspace, "compartment-id": other });
      assert.equal(await later("workspace get", workspace, "compartment-id"), other);
      await di("workspace stop", workspace);
      assert.equal(await later("workspace get", workspace, "lifecycle-state"), "STOPPED");
      await di("workspace start", workspace);
      await cloud.clock.advance(1000);
      await di("workspace delete", { ...workspace, ...force });
      assert.equal(await later("workspace get", workspace, "lifecycle-state"), "DELETED");
      assert.deepEqual([...cloud.dataIntegration.models.unknown], [], "nothing was sent that no model has");
    });

    await t.test("a schedule of Data Science's own", async () => {
      const ds = commandOf("data-science");
      const run = {
        projectId: cloud.project,
        compartmentId: cloud.compartment,
        jobId: "ocid1.datasciencejob.oc1.iad.absent",
      };
      const actionDetails = { httpActionType: "CREATE_JOB_RUN", createJobRunDetails: run };
      const schedule = await ds("schedule create", {
        "display-name": "s",
        "project-id": cloud.project,
        "compartment-id": cloud.compartment,
        trigger: { triggerType: "CRON", cronExpression: "0 2 * * *" },
        action: { actionType: "HTTP", actionDetails },
      });
      const scheduleId = { "schedule-id": schedule.textAt("id") };
      await cloud.clock.advance(1000);
      const trigger = { triggerType: "INTERVAL", frequency: "DAILY", interval: 1 };
      await ds("schedule update", { ...scheduleId, trigger, ...force });
      await cloud.clock.advance(86_400_000);
      const read = await ds("schedule get", scheduleId);
      assert.deepEqual([read.at("lifecycle-state"), read.at("trigger", "frequency")], ["ACTIVE", "DAILY"]);
      assert.match(read.textAt("last-schedule-run-details"), /^404/);
      await ds("schedule deactivate", scheduleId);
      await cloud.clock.advance(1000);
      const listed = await ds("schedule list", { "compartment-id": cloud.compartment, "display-name": "s" });
      assert.equal(listed.at(0, "lifecycle-state"), "INACTIVE");
      await ds("schedule activate", scheduleId);
      await cloud.clock.advance(1000);
      await ds("schedule delete", { ...scheduleId, ...force });
    });
  });
});

function argumentsOf(options: Options): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [`--${name}`];
    return [`--${name}`, typeof value === "string" ? value : JSON.stringify(value)];
  });
}

/** A field of the last that was made. */
function latest(printed: Printed, field: string): string {
  let last = 0;
  while (printed.at(last + 1) !== undefined) last++;
  return printed.textAt(last, field);
}

/** Start, the task, end, with links both ways. */
function pipelineNodes(taskKey: string): readonly object[] {
  const node = (key: string, type: string, more: object): object => {
    const operator = { modelType: `${type}_OPERATOR`, name: key, identifier: key };
    const task = type === "TASK" && { taskType: "REST_TASK", task: { modelType: "REST_TASK", key: taskKey } };
    return { key, modelType: "FLOW_NODE", name: key, operator: { ...operator, ...task }, ...more };
  };
  const input = (number: number): object => ({
    inputLinks: [{ modelType: "INPUT_LINK", key: `in-${number}`, fromLink: `out-${number}` }],
  });
  const output = (number: number): object => ({
    outputLinks: [{ modelType: "OUTPUT_LINK", key: `out-${number}`, toLinks: [`in-${number}`] }],
  });
  return [
    node("START", "START", output(1)),
    node("TASK", "TASK", { ...input(1), ...output(2) }),
    node("END", "END", input(2)),
  ];
}
