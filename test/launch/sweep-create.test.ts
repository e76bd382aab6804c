/** A job run of a sweep is made once, whatever becomes of the requests and their answers. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { createOnce, type CreateOptions } from "../../src/launch/sweep/create-run.ts";
import { OciConnection } from "../../src/oci/connection.ts";
import { DataScience } from "../../src/oci/datascience/client.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { keptLog, quickRetry } from "../storage/server.ts";

interface Open {
  readonly cloud: Cloud;
  readonly create: (options?: Partial<CreateOptions>) => Promise<string>;
  readonly names: () => readonly string[];
}

/** A cloud with a job; nothing is tried again below `createOnce`. */
async function open(t: TestContext): Promise<Open> {
  const cloud = await startCloud();
  const connection = new OciConnection({ env: { ...cloud.env, HOME: "/nonexistent" }, log: keptLog() });
  t.after(async () => {
    await connection.close();
    await cloud.close();
  });
  const dataScience = new DataScience(connection, { ...quickRetry, totalMs: 0 });
  const place = { projectId: cloud.project, compartmentId: cloud.compartment };
  const job = await dataScience.createJob({
    ...place,
    jobConfigurationDetails: { jobType: "DEFAULT" },
    jobInfrastructureConfigurationDetails: {
      jobInfrastructureType: "ME_STANDALONE",
      shapeName: "VM.Standard.E4.Flex",
      blockStorageSizeInGBs: 50,
      jobShapeConfigDetails: { ocpus: 1, memoryInGBs: 16 },
    },
    jobEnvironmentConfigurationDetails: { jobEnvironmentType: "OCIR_CONTAINER", image: "iad.ocir.io/t/nbjob:1" },
  });
  cloud.runs.script = () => ({ milliseconds: 60_000 });
  const never = new AbortController().signal;
  return {
    cloud,
    async create(options = {}) {
      const details = { ...place, jobId: job.id, displayName: "swept-sweep-12345678-0000" };
      const defaults = { dataScience, room: () => undefined, pauseMs: 10, onTrouble: () => undefined };
      return (await createOnce(details, { ...defaults, stop: never, leave: never, ...options })).id;
    },
    names: () => [...cloud.dataScience.runs.values()].map(({ displayName }) => displayName ?? ""),
  };
}

const creating = { operation: "CreateJobRun" } as const;
const listing = { operation: "ListJobRuns" } as const;

suite("making a run of a sweep", { concurrency: true }, () => {
  test("a request that was heard and not answered made the run that is found", async (t) => {
    const { cloud, create, names } = await open(t);
    cloud.faults.add({ kind: "error-after-commit", match: creating });
    cloud.faults.add({ kind: "status", status: 503, match: listing, times: 2 });
    const id = await create();
    assert.equal(names().length, 1);
    assert.equal([...cloud.dataScience.runs.values()][0]?.id, id);
    assert.equal(cloud.requests.count(creating), 1);
  });

  test("one that was not heard is sent again", async (t) => {
    const { cloud, create, names } = await open(t);
    cloud.faults.add({ kind: "reset-before", match: creating, times: 2 });
    cloud.faults.add({ kind: "status", status: 500, match: creating, times: 2, skip: 2 });
    await create();
    assert.equal(names().length, 1);
  });

  test("without room it waits for the end of another run; where none runs, it is refused", async (t) => {
    const { cloud, create, names } = await open(t);
    cloud.limits.set("job-run-count", 0);
    const room = async (): Promise<void> => cloud.limits.set("job-run-count", 1);
    await create({ room });
    assert.equal(names().length, 1);
    await assert.rejects(create(), /LimitExceeded|limit/i);
  });

  test("a cancel that comes while nobody knows whether it was heard finds the run all the same", async (t) => {
    const { cloud, create, names } = await open(t);
    const stop = new AbortController();
    cloud.faults.add({ kind: "error-after-commit", match: creating });
    const id = await create({ stop: stop.signal, onTrouble: () => stop.abort(new Error("cancelled")) });
    assert.equal(typeof id, "string");
    assert.equal(names().length, 1);
    // Nothing is made for one that came before.
    await assert.rejects(create({ stop: AbortSignal.abort(new Error("cancelled")) }), /cancelled/);
    assert.equal(names().length, 1);
  });
});
