import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { jsonClient, type JsonAnswer, type JsonClient } from "../clients/json-client.ts";
import { startCloud, type Cloud } from "../cloud.ts";
import { byocJob, runOf } from "./bodies.ts";

suite("job runs of Data Science on the wire", () => {
  let cloud: Cloud;
  let call: JsonClient;
  let job: string;

  before(async () => {
    cloud = await startCloud();
    call = await jsonClient(cloud);
    job = cloud.dataScience.createJob(byocJob(cloud, { A: "job", B: "job" }), cloud.user).id;
  });
  beforeEach(() => {
    cloud.runs.script = () => ({});
    cloud.dataScience.settings.stepMs = 1;
    cloud.dataScience.settings.environment = "merge";
  });
  after(() => cloud.close());

  const create = async (more: object = {}): Promise<string> => {
    const { json, status, message } = await call("POST", "/20190101/jobRuns", { ...runOf(cloud, job), ...more });
    assert.equal(status, 200, message);
    return json.id;
  };
  const get = (id: string): Promise<JsonAnswer> => call("GET", `/20190101/jobRuns/${id}`);
  const ended = async (id: string): Promise<readonly string[]> => {
    const { lifecycleState, lifecycleDetails } = await cloud.runs.ended(id);
    return [lifecycleState, lifecycleDetails];
  };
  /** Looks until a run is in a state. */
  const reaches = async (id: string, state: string): Promise<JsonAnswer["json"]> => {
    for (;;) {
      const { json } = await get(id);
      if (json.lifecycleState === state) return json;
      assert.ok(!["FAILED", "SUCCEEDED", "CANCELED"].includes(json.lifecycleState), json.lifecycleDetails);
    }
  };

  test("a run goes through its states with the words that people saw", async () => {
    cloud.dataScience.settings.stepMs = 30;
    cloud.runs.script = () => ({ milliseconds: 60, log: ["one", "two"] });
    const id = await create({ displayName: "r" });
    const seen: string[] = [];
    let run: JsonAnswer["json"];
    do {
      ({ json: run } = await get(id));
      const now = `${run.lifecycleState}, ${run.lifecycleDetails}`;
      if (seen.at(-1) !== now) seen.push(now);
    } while (run.lifecycleState !== "SUCCEEDED");
    assert.deepEqual(seen, [
      "ACCEPTED, Infrastructure provisioning.",
      "ACCEPTED, Infrastructure provisioned.",
      "ACCEPTED, Job run bootstrap starting.",
      "ACCEPTED, Job run bootstrap complete. Artifact execution starting.",
      "IN_PROGRESS, Job run artifact execution in progress.",
      "SUCCEEDED, Job run artifact execution succeeded. Infrastructure de-provisioning.",
    ]);
    assert.ok(Date.parse(run.timeAccepted) <= Date.parse(run.timeStarted));
    assert.ok(Date.parse(run.timeStarted) <= Date.parse(run.timeFinished));
    assert.equal(run.logDetails.logGroupId, cloud.logGroup);
    assert.deepEqual(cloud.logs.written(id), ["one", "two"]);
  });

  test("exit codes are told in the details, failures of the infrastructure without one", async () => {
    cloud.runs.script = () => ({ exitCode: 7 });
    assert.deepEqual(await ended(await create()), ["FAILED", "Job run artifact execution failed with exit code 7."]);
    cloud.runs.script = () => ({ failure: "Out of host capacity." });
    assert.deepEqual(await ended(await create()), ["FAILED", "Out of host capacity."]);
    cloud.runs.script = () => ({ milliseconds: 60_000 });
    const id = await create();
    await reaches(id, "IN_PROGRESS");
    const answer = await fetch(`${cloud.url}/_jobruns/${id}`, { method: "POST", body: '{"fail": "Lost."}' });
    assert.equal(answer.status, 204);
    assert.deepEqual(await ended(id), ["FAILED", "Lost."]);
  });

  test("a cancel ends a run wherever it is, once", async () => {
    cloud.runs.script = () => ({ milliseconds: 60_000, outputs: { "bucket/left.txt": "left" } });
    const cancel = (id: string): Promise<JsonAnswer> => call("POST", `/20190101/jobRuns/${id}/actions/cancelJobRun`);
    const running = await create();
    await reaches(running, "IN_PROGRESS");
    assert.equal((await cancel(running)).status, 204);
    assert.deepEqual(await ended(running), ["CANCELED", "Job run canceled."]);
    assert.equal((await cloud.storage.bytes("bucket", "left.txt")).toString(), "left");
    assert.deepEqual([(await cancel(running)).status, (await cancel(running)).code], [409, "IncorrectState"]);

    cloud.dataScience.settings.stepMs = 60_000;
    const accepted = await create();
    assert.equal((await cancel(accepted)).status, 204);
    assert.equal((await ended(accepted))[0], "CANCELED");
    assert.equal((await get(accepted)).json.timeStarted, null);
  });

  test("the maximum runtime cancels", async () => {
    cloud.dataScience.settings.minuteMs = 10;
    cloud.runs.script = () => ({ milliseconds: 60_000 });
    const configuration = { jobType: "DEFAULT", maximumRuntimeInMinutes: 2 };
    const [state, details] = await ended(await create({ jobConfigurationOverrideDetails: configuration }));
    assert.equal(state, "CANCELED");
    assert.match(details ?? "", /maximum runtime of 2 minutes/);
    cloud.dataScience.settings.minuteMs = 60_000;
  });

  test("a run that needs attention stays so until it is cancelled", async () => {
    cloud.runs.script = () => ({ needsAttention: "Look at me." });
    const id = await create();
    assert.equal((await reaches(id, "NEEDS_ATTENTION")).lifecycleDetails, "Look at me.");
    assert.equal((await call("PUT", `/20190101/jobRuns/${id}`, { displayName: "x" })).code, "IncorrectState");
    assert.equal((await call("POST", `/20190101/jobRuns/${id}/actions/cancelJobRun`)).status, 204);
    assert.equal((await ended(id))[0], "CANCELED");

    cloud.dataScience.settings.stepMs = 60_000;
    const accepted = await create();
    cloud.runs.needAttention(accepted, "Stuck.");
    assert.equal((await get(accepted)).json.lifecycleState, "NEEDS_ATTENTION");
    cloud.runs.cancel(accepted);
    assert.equal((await ended(accepted))[0], "CANCELED");
  });

  test("overrides are joined with the job's own, and judged like a job", async () => {
    const seen: unknown[] = [];
    cloud.runs.script = ({ configuration, environment }) => {
      seen.push([configuration.environmentVariables, configuration.commandLineArguments, environment?.cmd]);
      return {};
    };
    const overrides = {
      jobConfigurationOverrideDetails: {
        jobType: "DEFAULT",
        environmentVariables: { B: "run", C: "run" },
        commandLineArguments: "x y",
      },
      jobEnvironmentConfigurationOverrideDetails: {
        jobEnvironmentType: "OCIR_CONTAINER",
        image: "iad.ocir.io/n/i:2",
        cmd: ["check"],
      },
    };
    await ended(await create(overrides));
    cloud.dataScience.settings.environment = "replace";
    await ended(await create(overrides));
    await ended(await create());
    assert.deepEqual(seen, [
      [{ A: "job", B: "run", C: "run" }, "x y", ["check"]],
      [{ B: "run", C: "run" }, "x y", ["check"]],
      [{ A: "job", B: "job" }, undefined, undefined],
    ]);
    const wrong = { jobConfigurationOverrideDetails: { environmentVariables: {} } };
    const { code, message } = await call("POST", "/20190101/jobRuns", { ...runOf(cloud, job), ...wrong });
    assert.equal(code, "InvalidParameter");
    assert.match(message, /jobConfigurationOverrideDetails\.jobType must not be null/);
    const absent = await call("POST", "/20190101/jobRuns", { ...runOf(cloud, "ocid1.datasciencejob.x") });
    assert.equal(absent.code, "NotAuthorizedOrNotFound");
  });

  test("name and tags change when a run is under way or over, and it can be deleted then", async () => {
    cloud.dataScience.settings.stepMs = 60_000;
    const accepted = await create();
    assert.equal((await call("PUT", `/20190101/jobRuns/${accepted}`, { freeformTags: {} })).code, "IncorrectState");
    cloud.runs.cancel(accepted);
    cloud.dataScience.settings.stepMs = 1;
    const id = await create();
    await ended(id);
    const changed = await call("PUT", `/20190101/jobRuns/${id}`, { displayName: "new", freeformTags: { k: "v" } });
    assert.deepEqual([changed.json.displayName, changed.json.freeformTags], ["new", { k: "v" }]);
    const list = `/20190101/jobRuns?compartmentId=${cloud.compartment}&jobId=${job}`;
    const { json } = await call("GET", `${list}&displayName=new&lifecycleState=SUCCEEDED`);
    assert.equal(json.length, 1);
    assert.equal(json[0].logDetails, undefined);
    assert.equal((await call("DELETE", `/20190101/jobRuns/${id}`)).status, 204);
    assert.equal((await get(id)).json.lifecycleState, "DELETED");
    assert.equal((await call("GET", `${list}&displayName=new`)).json.length, 0);
    assert.equal((await call("GET", `${list}&displayName=new&lifecycleState=DELETED`)).json.length, 1);
    assert.equal((await call("DELETE", `/20190101/jobRuns/${id}`)).code, "IncorrectState");
  });

  test("a run of several nodes succeeds when enough of each group's do", async () => {
    const group = (name: string, replicas: number, minimumSuccessReplicas?: number): object => ({
      name,
      replicas,
      ...(minimumSuccessReplicas === undefined ? {} : { minimumSuccessReplicas }),
      jobInfrastructureConfigurationDetails: {
        ...byocJob(cloud).jobInfrastructureConfigurationDetails,
        jobInfrastructureType: "MULTI_NODE",
      },
      jobConfigurationDetails: { jobType: "DEFAULT" },
      jobEnvironmentConfigurationDetails: byocJob(cloud).jobEnvironmentConfigurationDetails,
    });
    const multiNode = (groups: readonly object[]): object => ({
      projectId: cloud.project,
      compartmentId: cloud.compartment,
      jobConfigurationDetails: { jobType: "EMPTY" },
      jobInfrastructureConfigurationDetails: { jobInfrastructureType: "EMPTY" },
      jobNodeConfigurationDetails: { jobNodeType: "MULTI_NODE", jobNodeGroupConfigurationDetailsList: groups },
    });
    const bad = await call("POST", "/20190101/jobs", multiNode([group("a", 1), group("a", 1, 2)]));
    assert.match(bad.message, /one name twice.*minimumSuccessReplicas/);
    const made = await call("POST", "/20190101/jobs", multiNode([group("a", 3, 2), group("b", 1)]));
    assert.equal(made.status, 200, made.message);
    const run = async (codes: Readonly<Record<number, number>>): Promise<JsonAnswer["json"]> => {
      cloud.runs.script = ({ rank }) => ({ exitCode: codes[rank] ?? 0 });
      const { json } = await call("POST", "/20190101/jobRuns", runOf(cloud, made.json.id));
      await cloud.runs.ended(json.id);
      return (await get(json.id)).json;
    };
    assert.equal((await run({ 1: 5 })).lifecycleState, "SUCCEEDED");
    const failed = await run({ 0: 4, 1: 5 });
    assert.equal(failed.lifecycleDetails, "Job run artifact execution failed with exit code 4.");
    assert.deepEqual(failed.nodeGroupDetailsList, [
      { name: "a", lifecycleState: "FAILED" },
      { name: "b", lifecycleState: "DELETED" },
    ]);
  });

  test("two hundred runs at once take seconds", async () => {
    cloud.runs.script = ({ rank, run }) => ({
      log: ["line"],
      milliseconds: 20,
      outputs: { [`bucket/sweep/${run.id}/run.json`]: JSON.stringify({ rank }) },
    });
    const ids = await Promise.all(Array.from({ length: 200 }, () => create()));
    assert.equal(new Set(ids).size, 200);
    for (const id of ids) assert.equal((await ended(id))[0], "SUCCEEDED");
    assert.equal(cloud.storage.names("bucket").filter((name) => name.startsWith("sweep/")).length, 200);
  });
});
