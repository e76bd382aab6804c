/** The fake Data Integration by the SDK's own client: its objects, their rules, publishing. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { models } from "oci-dataintegration";
import { integrationClient, makeBench, publish, restTask, type Bench } from "./clients/integration.ts";
import { startCloud, type Cloud } from "./cloud.ts";

const refused = (statusCode: number, serviceCode: string) => ({ statusCode, serviceCode });

suite("Data Integration", () => {
  let cloud: Cloud;
  let bench: Bench;

  before(async () => {
    cloud = await startCloud({ clock: { frozen: true, start: Date.UTC(2026, 0, 5) } });
    bench = await makeBench(cloud);
  });

  after(() => cloud.close());

  test("a workspace is made by a work request, and comes with a project and an application", async () => {
    const client = integrationClient(cloud);
    const createWorkspaceDetails = { displayName: "made", compartmentId: cloud.compartment };
    const { opcWorkRequestId: workRequestId } = await client.createWorkspace({ createWorkspaceDetails });
    const state = async (): Promise<unknown[]> => {
      const { workRequest } = await client.getWorkRequest({ workRequestId });
      const workspaceId = workRequest.resources[0]?.identifier ?? "";
      return [workRequest.status, (await client.getWorkspace({ workspaceId })).workspace.lifecycleState];
    };
    assert.deepEqual(await state(), ["ACCEPTED", "CREATING"]);
    await cloud.clock.advance(20);
    assert.deepEqual(await state(), ["IN_PROGRESS", "CREATING"]);
    await cloud.clock.advance(20);
    assert.deepEqual(await state(), ["SUCCEEDED", "ACTIVE"]);
    const { items } = await client.listWorkRequestLogs({ workRequestId });
    assert.equal(items.length, 2);
  });

  test("a work request that fails says why", async () => {
    const { client } = bench;
    cloud.dataIntegration.fail("CREATE_WORKSPACE", "The limit of workspaces is reached.");
    const createWorkspaceDetails = { displayName: "failed", compartmentId: cloud.compartment };
    const { opcWorkRequestId: workRequestId } = await client.createWorkspace({ createWorkspaceDetails });
    await cloud.clock.advance(1000);
    const { workRequest } = await client.getWorkRequest({ workRequestId });
    assert.deepEqual([workRequest.status, workRequest.resources[0]?.actionType], ["FAILED", "FAILED"]);
    const { items } = await client.listWorkRequestErrors({ workRequestId });
    assert.equal(items[0]?.message, "The limit of workspaces is reached.");
  });

  test("identifiers have a form and are unique in their project", async () => {
    const { client, workspaceId, projectKey } = bench;
    const create = (identifier: string, aggregatorKey = projectKey): Promise<unknown> => {
      const createTaskDetails = restTask(aggregatorKey, { identifier, url: cloud.url });
      return client.createTask({ workspaceId, createTaskDetails });
    };
    for (const wrong of ["lower", "1ST", "A-B", ""]) {
      await assert.rejects(create(wrong), refused(400, "InvalidParameter"), wrong);
    }
    await create("_1");
    await assert.rejects(create("_1"), refused(409, "NotAuthorizedOrResourceAlreadyExists"));
    await assert.rejects(create("_2", "absent"), refused(404, "NotAuthorizedOrNotFound"));
    const createFolderDetails = { name: "f", identifier: "F", registryMetadata: { aggregatorKey: projectKey } };
    const { folder } = await client.createFolder({ workspaceId, createFolderDetails });
    await create("_1", folder.key);
  });

  test("an update must be of the version that is stored, and of the etag that is meant", async () => {
    const { client, workspaceId } = bench;
    const createProjectDetails = { name: "p", identifier: "VERSIONED" };
    const { project, etag } = await client.createProject({ workspaceId, createProjectDetails });
    const projectKey = project.key ?? "";
    const details = (objectVersion: number): models.UpdateProjectDetails => {
      return { key: projectKey, modelType: "PROJECT", objectVersion, name: "renamed" };
    };
    const update = (version: number, ifMatch?: string): Promise<unknown> => {
      const updateProjectDetails = details(version);
      return client.updateProject({ workspaceId, projectKey, updateProjectDetails, ...(ifMatch && { ifMatch }) });
    };
    await assert.rejects(update(2), refused(409, "IncorrectState"));
    await update(1, etag);
    await assert.rejects(update(2, etag), refused(412, "NoEtagMatch"));
    const { project: now } = await client.getProject({ workspaceId, projectKey });
    assert.deepEqual([now.name, now.objectVersion, now.identifier], ["renamed", 2, "VERSIONED"]);
  });

  test("the same retry token makes one object only", async () => {
    const { client, workspaceId } = bench;
    const request = { workspaceId, createProjectDetails: { name: "once", identifier: "ONCE" }, opcRetryToken: "t" };
    const first = await client.createProject(request);
    const second = await client.createProject(request);
    assert.equal(first.project.key, second.project.key);
    const other = { ...request, createProjectDetails: { name: "twice", identifier: "TWICE" } };
    await assert.rejects(client.createProject(other), refused(409, "InvalidatedRetryToken"));
  });

  test("what others depend on cannot be deleted", async () => {
    const { client, workspaceId } = bench;
    const { project } = await client.createProject({
      workspaceId,
      createProjectDetails: { name: "d", identifier: "D" },
    });
    const projectKey = project.key ?? "";
    const { task } = await client.createTask({
      workspaceId,
      createTaskDetails: restTask(projectKey, { url: cloud.url }),
    });
    await assert.rejects(client.deleteProject({ workspaceId, projectKey }), refused(409, "IncorrectState"));
    await client.deleteTask({ workspaceId, taskKey: task.key ?? "" });
    await client.deleteProject({ workspaceId, projectKey });
    await assert.rejects(client.getProject({ workspaceId, projectKey }), refused(404, "NotAuthorizedOrNotFound"));
  });

  test("lists have pages, filters and fields", async () => {
    const { client, workspaceId } = bench;
    for (const number of [1, 2, 3]) {
      const createProjectDetails = { name: `list ${number}`, identifier: `LIST_${number}` };
      await client.createProject({ workspaceId, createProjectDetails });
    }
    const names: (string | undefined)[] = [];
    const filter = { workspaceId, nameContains: "list", limit: 2 };
    let page: string | undefined;
    do {
      const answer = await client.listProjects({ ...filter, ...(page && { page }) });
      assert.equal(answer.opcTotalItems, 3);
      names.push(...answer.projectSummaryCollection.items.map(({ name }) => name));
      page = answer.opcNextPage;
    } while (page);
    assert.deepEqual(names, ["list 1", "list 2", "list 3"]);
    const { projectSummaryCollection } = await client.listProjects({
      workspaceId,
      identifier: ["LIST_1", "LIST_3"],
      fields: ["identifier"],
    });
    const { items } = projectSummaryCollection;
    assert.deepEqual(
      items.map(({ identifier, name }) => [identifier, name]),
      [
        ["LIST_1", undefined],
        ["LIST_3", undefined],
      ],
    );
  });

  test("a published object has a key of its own, and stays as it was until it is published again", async () => {
    const { client, workspaceId, applicationKey, projectKey } = bench;
    const details = restTask(projectKey, { identifier: "PUBLISHED", url: cloud.url });
    const { task } = await client.createTask({ workspaceId, createTaskDetails: details });
    const taskKey = task.key ?? "";
    const publishedObjectKey = await publish(bench, taskKey);
    assert.notEqual(publishedObjectKey, taskKey);
    const name = async (): Promise<unknown> => {
      const place = { workspaceId, applicationKey, publishedObjectKey };
      return (await client.getPublishedObject(place)).publishedObject.name;
    };
    const updateTaskDetails = { ...details, key: taskKey, objectVersion: 1, name: "edited" };
    await client.updateTask({
      workspaceId,
      taskKey,
      updateTaskDetails,
    });
    assert.equal(await name(), "published");
    assert.equal(await publish(bench, taskKey), publishedObjectKey);
    assert.equal(await name(), "edited");
  });

  test("a patch fails with a message for each object that cannot be published", async () => {
    const { client, workspaceId, applicationKey, projectKey } = bench;
    const poll = { url: "${MISSING}", condition: "SYS.RESPONSE_STATUS === 200", interval: 0, maximum: 60 };
    const wrong = restTask(projectKey, { identifier: "WRONG", url: "ftp://x/#{LATE}", poll, success: "status = 1" });
    const { task } = await client.createTask({ workspaceId, createTaskDetails: wrong });
    await assert.rejects(publish(bench, task.key ?? ""), (error: Error) => {
      const messages: Readonly<Record<string, string>> = JSON.parse(error.message);
      const message = messages[task.key ?? ""] ?? "";
      for (const part of ["ftp://", "#{LATE}", "${MISSING}", "polling condition", "interval", "success condition"]) {
        assert.ok(message.includes(part), `${part} in ${message}`);
      }
      return true;
    });
    const { publishedObjectSummaryCollection } = await client.listPublishedObjects({
      workspaceId,
      applicationKey,
      identifier: ["WRONG"],
    });
    assert.deepEqual(publishedObjectSummaryCollection.items, []);
  });

  test("a task moves to another folder, and a task schedule to another task", async () => {
    const { client, workspaceId, applicationKey, projectKey } = bench;
    const createFolderDetails = { name: "to", identifier: "TO", registryMetadata: { aggregatorKey: projectKey } };
    const { folder } = await client.createFolder({ workspaceId, createFolderDetails });
    const keys: string[] = [];
    for (const identifier of ["MOVED", "OTHER"]) {
      const createTaskDetails = restTask(projectKey, { identifier, url: cloud.url });
      keys.push((await client.createTask({ workspaceId, createTaskDetails })).task.key ?? "");
    }
    const [taskKey = "", otherKey = ""] = keys;
    const updateTaskDetails = {
      modelType: "REST_TASK",
      key: taskKey,
      objectVersion: 1,
      registryMetadata: { aggregatorKey: folder.key ?? "" },
    };
    const { task } = await client.updateTask({ workspaceId, taskKey, updateTaskDetails });
    assert.equal(task.metadata?.identifierPath, "MY_FIRST_PROJECT/TO/MOVED");
    const [first, second] = [await publish(bench, taskKey), await publish(bench, otherKey)];
    const place = { workspaceId, applicationKey };
    const createTaskScheduleDetails = { name: "s", identifier: "S", registryMetadata: { aggregatorKey: first } };
    const { taskSchedule } = await client.createTaskSchedule({ ...place, createTaskScheduleDetails });
    const { key = "" } = taskSchedule;
    const updateTaskScheduleDetails = { key, objectVersion: 1, registryMetadata: { aggregatorKey: second } };
    const moved = await client.updateTaskSchedule({ ...place, taskScheduleKey: key, updateTaskScheduleDetails });
    assert.equal(moved.taskSchedule.metadata?.aggregatorKey, second);
    const unpublish = async (objectKey: string): Promise<unknown> => {
      const identifier = `BACK_${objectKey.slice(0, 8).toUpperCase()}`;
      const details = {
        name: "back",
        identifier,
        patchType: "UNPUBLISH",
        objectKeys: [objectKey],
      } as models.CreatePatchDetails;
      const { patch } = await client.createPatch({ ...place, createPatchDetails: details });
      await cloud.clock.advance(1000);
      return (await client.getPatch({ ...place, patchKey: patch.key ?? "" })).patch.patchStatus;
    };
    assert.deepEqual([await unpublish(taskKey), await unpublish(second)], ["SUCCESSFUL", "FAILED"]);
  });

  test("what goes while it is awaited is told, and breaks nothing", async () => {
    const { client, workspaceId, applicationKey, projectKey } = await makeBench(cloud);
    const { task } = await client.createTask({
      workspaceId,
      createTaskDetails: restTask(projectKey, { url: cloud.url }),
    });
    const place = { workspaceId, applicationKey };
    const details = {
      name: "p",
      identifier: "P",
      patchType: "PUBLISH",
      objectKeys: [task.key ?? ""],
    } as models.CreatePatchDetails;
    const { patch } = await client.createPatch({ ...place, createPatchDetails: details });
    await client.deleteTask({ workspaceId, taskKey: task.key ?? "" });
    await cloud.clock.advance(1000);
    const { patch: ended } = await client.getPatch({ ...place, patchKey: patch.key ?? "" });
    assert.deepEqual(ended.errorMessages, { [task.key ?? ""]: "There is no such object any more." });
    const poll = { url: `${cloud.url}/n`, condition: "1 == 1", interval: 60, maximum: 3600 };
    const createTaskDetails = restTask(projectKey, { identifier: "LONG", url: `${cloud.url}/n`, poll });
    const { task: long } = await client.createTask({ workspaceId, createTaskDetails });
    const aggregatorKey = await publish({ ...bench, ...place, projectKey }, long.key ?? "");
    await client.createTaskRun({ ...place, createTaskRunDetails: { registryMetadata: { aggregatorKey } } });
    await cloud.clock.advance(1000);
    await assert.rejects(client.deleteWorkspace({ workspaceId }), refused(409, "IncorrectState"));
    await client.deleteWorkspace({ workspaceId, isForceOperation: true });
    await cloud.clock.advance(7_200_000);
    assert.equal((await client.getWorkspace({ workspaceId })).workspace.lifecycleState, "DELETED");
  });

  test("a stopped workspace is of no use until it is started", async () => {
    const client = integrationClient(cloud);
    const { workspaceId } = await makeBench(cloud);
    await client.stopWorkspace({ workspaceId });
    await cloud.clock.advance(1000);
    await assert.rejects(client.listProjects({ workspaceId }), refused(409, "IncorrectState"));
    await client.startWorkspace({ workspaceId });
    await cloud.clock.advance(1000);
    await client.listProjects({ workspaceId });
    await client.deleteWorkspace({ workspaceId });
    await cloud.clock.advance(1000);
    assert.equal((await client.getWorkspace({ workspaceId })).workspace.lifecycleState, "DELETED");
    const { items } = await client.listWorkspaces({ compartmentId: cloud.compartment });
    assert.ok(!items.some(({ id }) => id === workspaceId));
  });
});
