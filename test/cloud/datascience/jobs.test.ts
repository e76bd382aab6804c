import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { jsonClient, type JsonClient } from "../clients/json-client.ts";
import { send, signedRequest } from "../clients/signed-request.ts";
import { startCloud, type Cloud } from "../cloud.ts";
import { byocJob, jobOf, runOf } from "./bodies.ts";

suite("jobs of Data Science on the wire", () => {
  let cloud: Cloud;
  let call: JsonClient;

  before(async () => {
    cloud = await startCloud();
    cloud.runs.script = () => ({});
    call = await jsonClient(cloud);
  });
  after(() => cloud.close());

  const createJob = async (more: object = {}): Promise<string> => {
    const { json, message, status } = await call("POST", "/20190101/jobs", { ...byocJob(cloud), ...more });
    assert.equal(status, 200, message);
    return json.id;
  };

  test("a job with an image is active at once, and can be looked at, changed and listed", async () => {
    const id = await createJob({ displayName: "first", freeformTags: { a: "1" } });
    const got = await call("GET", `/20190101/jobs/${id}`);
    assert.equal(got.json.lifecycleState, "ACTIVE");
    assert.equal(got.json.createdBy, cloud.user);
    assert.deepEqual(got.json.jobEnvironmentConfigurationDetails, byocJob(cloud).jobEnvironmentConfigurationDetails);

    const etag = got.header("etag") ?? "";
    const changed = await call("PUT", `/20190101/jobs/${id}`, { description: "d" }, { "if-match": etag });
    assert.equal(changed.json.description, "d");
    const stale = await call("PUT", `/20190101/jobs/${id}`, { description: "e" }, { "if-match": etag });
    assert.deepEqual([stale.status, stale.code], [412, "NoEtagMatch"]);

    const query = `compartmentId=${cloud.compartment}&displayName=first&lifecycleState=ACTIVE`;
    const { json } = await call("GET", `/20190101/jobs?${query}`);
    assert.deepEqual(
      json.map((job: { id: string; freeformTags: object }) => [job.id, job.freeformTags]),
      [[id, { a: "1" }]],
    );
    assert.equal(json[0].jobConfigurationDetails, undefined);
    assert.equal((await call("GET", "/20190101/jobs")).code, "InvalidParameter");
  });

  test("lists are paged, and sorted as asked", async () => {
    for (const displayName of ["p3", "p1", "p2"]) await createJob({ displayName, description: "paged" });
    const base = `/20190101/jobs?compartmentId=${cloud.compartment}&sortBy=displayName&limit=2`;
    const names: string[] = [];
    let page: string | undefined = "";
    while (page !== undefined) {
      const target: string = page === "" ? base : `${base}&page=${encodeURIComponent(page)}`;
      const { json, header } = await call("GET", target);
      assert.ok(json.length <= 2);
      names.push(...json.map((job: { displayName: string }) => job.displayName));
      page = header("opc-next-page");
    }
    assert.deepEqual(
      names.filter((name) => /^p\d$/.test(name)),
      ["p1", "p2", "p3"],
    );
    assert.equal((await call("GET", `${base}&sortOrder=UP`)).code, "InvalidParameter");
  });

  test("a retry token makes one job of two requests, and fits no other body", async () => {
    const headers = { "opc-retry-token": "token-1" };
    const body = { ...byocJob(cloud), displayName: "once" };
    cloud.faults.add({ kind: "error-after-commit", match: { operation: "CreateJob" } });
    await assert.rejects(call("POST", "/20190101/jobs", body, headers));
    const second = await call("POST", "/20190101/jobs", body, headers);
    const third = await call("POST", "/20190101/jobs", body, headers);
    assert.equal(second.json.id, third.json.id);
    const { json } = await call("GET", `/20190101/jobs?compartmentId=${cloud.compartment}&displayName=once`);
    assert.equal(json.length, 1);
    const other = await call("POST", "/20190101/jobs", { ...body, displayName: "twice" }, headers);
    assert.deepEqual([other.status, other.code], [409, "InvalidatedRetryToken"]);
  });

  test("what the service does not take is refused with everything that is wrong", async () => {
    const refused = async (more: object, ...words: readonly RegExp[]): Promise<void> => {
      const { status, code, message } = await call("POST", "/20190101/jobs", { ...byocJob(cloud), ...more });
      assert.deepEqual([status, code], [400, "InvalidParameter"], JSON.stringify(more).slice(0, 100));
      for (const word of words) assert.match(message, word);
    };
    const { jobInfrastructureConfigurationDetails: infrastructure } = byocJob(cloud);
    const shape = (more: object): object => ({ jobInfrastructureConfigurationDetails: { ...infrastructure, ...more } });
    const container = (more: object): object => ({
      jobEnvironmentConfigurationDetails: { jobEnvironmentType: "OCIR_CONTAINER", image: "iad.ocir.io/n/i:1", ...more },
    });
    const configuration = (more: object): object => ({ jobConfigurationDetails: { jobType: "DEFAULT", ...more } });

    await refused({ projectId: null }, /projectId must not be null/);
    await refused({ displayName: "x".repeat(256) });
    await refused(shape({ shapeName: "VM.Standard.E9.Flex" }), /E9/);
    await refused(shape({ blockStorageSizeInGBs: 49 }));
    await refused(shape({ blockStorageSizeInGBs: 1025 }));
    await refused(shape({ jobShapeConfigDetails: undefined }), /ocpus and memoryInGBs/);
    await refused(shape({ jobShapeConfigDetails: { ocpus: 1, memoryInGBs: 65 } }), /memoryInGBs/);
    await refused(shape({ shapeName: "VM.Standard2.1" }), /not flexible/);
    await refused(shape({ jobInfrastructureType: "MULTI_NODE" }));
    await refused(container({ image: "iad.ocir.io/n/i" }));
    await refused(container({ image: "docker.io/n/i:1" }));
    await refused(container({ cmd: ["x".repeat(1024)], entrypoint: ["y".repeat(1024)] }), /2048/);
    await refused(configuration({ environmentVariables: { A: "x".repeat(20_000) } }), /20000/);
    await refused(configuration({ commandLineArguments: "x".repeat(4001) }), /4000/);
    await refused(configuration({ maximumRuntimeInMinutes: 0 }));
    const mount = { storageType: "OBJECT_STORAGE", namespace: "n", bucket: "b" };
    const mounts = ["a", "b", "c", "d", "e", "f"].map((destinationDirectoryName) => ({
      ...mount,
      destinationDirectoryName,
    }));
    await refused({ jobStorageMountConfigurationDetailsList: mounts }, /at most 5/);
    const twice = [mounts[0], { ...mounts[0], destinationPath: "/mnt" }];
    await refused({ jobStorageMountConfigurationDetailsList: twice }, /twice/);
    const file = { storageType: "FILE_STORAGE", mountTargetId: "m", exportId: "e", destinationDirectoryName: "f" };
    await refused({ jobStorageMountConfigurationDetailsList: [file] }, /subnet/);
    await refused({ jobLogConfigurationDetails: { enableLogging: true } }, /logGroupId/);
    const auto = { enableLogging: true, enableAutoLogCreation: true, logGroupId: cloud.logGroup, logId: "l" };
    await refused({ jobLogConfigurationDetails: auto }, /logId/);

    const absent = await call("POST", "/20190101/jobs", { ...byocJob(cloud), projectId: "ocid1.datascienceproject.x" });
    assert.deepEqual([absent.status, absent.code], [404, "NotAuthorizedOrNotFound"]);
  });

  test("a job without an image waits for its artifact, which never changes", async () => {
    const id = (await call("POST", "/20190101/jobs", jobOf(cloud))).json.id;
    const state = async (): Promise<string> => (await call("GET", `/20190101/jobs/${id}`)).json.lifecycleState;
    assert.equal(await state(), "CREATING");
    const early = await call("POST", "/20190101/jobRuns", runOf(cloud, id));
    assert.deepEqual([early.status, early.code], [409, "IncorrectState"]);

    const target = `/20190101/jobs/${id}/artifact`;
    const upload = (name: string, body: string): ReturnType<typeof signedRequest> =>
      signedRequest(cloud, {
        method: "POST",
        target,
        body,
        headers: { "content-disposition": `attachment; filename=${name}`, "content-type": "application/octet-stream" },
      });
    assert.equal((await upload("hello.exe", "x")).code, "InvalidParameter");
    assert.equal((await upload("hello.py", "")).code, "InvalidParameter");
    assert.equal((await call("HEAD", `${target}/content`)).status, 404);
    assert.equal((await upload("hello.py", "print(1)")).status, 204);
    assert.equal(await state(), "ACTIVE");
    assert.equal((await upload("hello.py", "print(2)")).code, "IncorrectState");

    const got = await signedRequest(cloud, { target: `${target}/content` });
    assert.equal(got.body.toString(), "print(1)");
    assert.equal(got.headers["content-disposition"], "attachment; filename=hello.py");
    const head = await call("HEAD", `${target}/content`);
    assert.deepEqual([head.status, head.header("content-length")], [200, "8"]);
    const part = await signedRequest(cloud, { target: `${target}/content`, headers: { range: "bytes=2-4" } });
    assert.deepEqual([part.status, part.body.toString()], [206, "int"]);
  });

  test("a job with runs goes only with them, and none that is running", async () => {
    const id = await createJob();
    cloud.runs.script = () => ({ milliseconds: 60_000 });
    const run = (await call("POST", "/20190101/jobRuns", runOf(cloud, id))).json.id;
    cloud.runs.script = () => ({});
    assert.equal((await call("DELETE", `/20190101/jobs/${id}`)).code, "IncorrectState");
    assert.equal((await call("DELETE", `/20190101/jobs/${id}?deleteRelatedJobRuns=true`)).code, "IncorrectState");
    assert.equal((await call("DELETE", `/20190101/jobRuns/${run}`)).code, "IncorrectState");
    cloud.runs.cancel(run);
    await cloud.runs.ended(run);
    assert.equal((await call("DELETE", `/20190101/jobs/${id}`)).code, "IncorrectState");
    const deleted = await call("DELETE", `/20190101/jobs/${id}?deleteRelatedJobRuns=true`);
    assert.equal(deleted.status, 204);
    const request = await call("GET", `/20190101/workRequests/${deleted.header("opc-work-request-id")}`);
    assert.deepEqual([request.json.status, request.json.resources[0].identifier], ["SUCCEEDED", id]);
    assert.equal((await call("GET", `/20190101/jobs/${id}`)).json.lifecycleState, "DELETED");
    assert.equal((await call("GET", `/20190101/jobRuns/${run}`)).json.lifecycleState, "DELETED");
    assert.equal((await call("POST", "/20190101/jobRuns", runOf(cloud, id))).code, "IncorrectState");
  });

  test("limits and quotas are kept, and can be asked for before", async () => {
    const id = await createJob();
    cloud.limits.set("vm-standard-e4-flex-core-count", 3);
    cloud.limits.setQuota("vm-standard-e4-flex-core-count", 2);
    cloud.runs.script = () => ({ milliseconds: 60_000 });
    const run = (): ReturnType<JsonClient> => call("POST", "/20190101/jobRuns", runOf(cloud, id));
    const runs = [await run(), await run()].map(({ json }) => json.id);
    assert.deepEqual([(await run()).status, (await run()).code], [400, "QuotaExceeded"]);
    cloud.limits.setQuota("vm-standard-e4-flex-core-count", 10);
    cloud.limits.set("vm-standard-e4-flex-core-count", 2);
    assert.equal((await run()).code, "LimitExceeded");
    const path = "/20190729/services/data-science/limits/vm-standard-e4-flex-core-count/resourceAvailability";
    const { json } = await call("GET", `${path}?compartmentId=${cloud.tenancy}`);
    assert.deepEqual([json.used, json.available, json.effectiveQuotaValue], [2, 0, 10]);
    const query = `compartmentId=${cloud.tenancy}&serviceName=data-science`;
    const values = await call("GET", `/20190729/limitValues?${query}&name=vm-standard-e4-flex-core-count`);
    assert.deepEqual(values.json, [
      { name: "vm-standard-e4-flex-core-count", scopeType: "REGION", availabilityDomain: null, value: 2 },
    ]);
    const definitions = await call("GET", `/20190729/limitDefinitions?${query}`);
    assert.ok(definitions.json.length > 5);
    for (const each of runs) cloud.runs.cancel(each);
    cloud.limits.set("vm-standard-e4-flex-core-count", 1000);
    cloud.runs.script = () => ({});
  });

  test("shapes, fast launches and projects are listed", async () => {
    const query = `compartmentId=${cloud.compartment}`;
    const shapes = await call("GET", `/20190101/jobShapes?${query}`);
    assert.ok(shapes.json.some(({ name }: { name: string }) => name === "VM.Standard.E4.Flex"));
    const fast = await call("GET", `/20190101/fastLaunchJobConfigs?${query}`);
    assert.equal(fast.json[0].managedEgressSupport, "SUPPORTED");
    const projects = await call("GET", `/20190101/projects?${query}`);
    assert.deepEqual(
      projects.json.map(({ id }: { id: string }) => id),
      [cloud.project],
    );
    const made = await call("POST", "/20190101/projects", { compartmentId: cloud.compartment, displayName: "p" });
    const path = `/20190101/projects/${made.json.id}`;
    assert.equal((await call("PUT", path, { description: "d" })).json.description, "d");
    assert.equal((await call("DELETE", path)).status, 204);
    assert.equal((await call("GET", path)).json.lifecycleState, "DELETED");
    assert.equal((await call("DELETE", `/20190101/projects/${cloud.project}`)).code, "IncorrectState");
  });

  test("denied is missing", async () => {
    cloud.policy.deny({ permission: "DATA_SCIENCE_JOB_CREATE", principal: "user" });
    const { status, code } = await call("POST", "/20190101/jobs", byocJob(cloud));
    assert.deepEqual([status, code], [404, "NotAuthorizedOrNotFound"]);
    cloud.policy.clear();
    cloud.policy.deny({ permission: "DATA_SCIENCE_PROJECT_READ" });
    assert.equal((await call("POST", "/20190101/jobs", byocJob(cloud))).status, 404);
    cloud.policy.clear();
  });

  test("the same data give the same jobs again, and runs that were lost have failed", async (t) => {
    const data = `${cloud.folder}/kept`;
    const first = await startCloud({ data });
    first.runs.script = () => ({ milliseconds: 60_000 });
    const { id } = first.dataScience.createJob(byocJob(first), first.user);
    const run = first.dataScience.createRun(runOf(first, id), first.user);
    await first.close();
    const second = await startCloud({ data });
    t.after(() => second.close());
    assert.equal(second.project, first.project);
    assert.equal(second.logGroup, first.logGroup);
    assert.equal(second.dataScience.jobState(second.dataScience.job(id)), "ACTIVE");
    assert.equal(second.dataScience.run(run.id).lifecycleState, "FAILED");
  });

  test("nothing unsigned comes in", async () => {
    const answer = await send(cloud.url, "GET", `/20190101/jobs?compartmentId=${cloud.compartment}`, {}, "");
    assert.equal(answer.status, 401);
  });
});
