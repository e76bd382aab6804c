/** Watching job runs against the fake service: what is told, once and in order, whatever comes between. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { outcomeOf } from "../../src/launch/watch/outcome.ts";
import { type RunEvent, RunWatch, type WatchOptions } from "../../src/launch/watch/watch-runs.ts";
import { OciConnection } from "../../src/oci/connection.ts";
import { DataScience } from "../../src/oci/datascience/client.ts";
import { Logging } from "../../src/oci/logging/client.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { byocJob } from "../cloud/datascience/bodies.ts";
import type { Scripted } from "../cloud/datascience/scripted.ts";
import { keptLog, quickRetry } from "../storage/server.ts";

interface Open {
  readonly cloud: Cloud;
  readonly dataScience: DataScience;
  readonly logging: Logging;
  readonly make: (script: Scripted) => Promise<string>;
  readonly watch: (ids: readonly string[], options?: Partial<WatchOptions>) => RunWatch;
}

/** A cloud with a job; `make` starts a run of it that does what a script says. */
async function open(t: TestContext, retry = quickRetry): Promise<Open> {
  const cloud = await startCloud();
  const connection = new OciConnection({ env: { ...cloud.env, HOME: "/nonexistent" }, log: keptLog() });
  t.after(async () => {
    await connection.close();
    await cloud.close();
  });
  const dataScience = new DataScience(connection, retry);
  const logging = new Logging(connection, retry);
  const place = { projectId: cloud.project, compartmentId: cloud.compartment };
  const job = await dataScience.createJob(byocJob(cloud));
  return {
    cloud,
    dataScience,
    logging,
    async make(script) {
      cloud.runs.script = () => script;
      return (await dataScience.createJobRun({ ...place, jobId: job.id })).id;
    },
    watch(ids, options = {}) {
      const watch = new RunWatch({ dataScience, logging, intervalMs: 100, drainMs: 1_000, ...options });
      for (const id of ids) watch.add({ id, compartmentId: cloud.compartment, jobId: job.id });
      return watch;
    },
  };
}

async function all(
  watch: RunWatch,
  onEvent: (event: RunEvent) => void = () => undefined,
): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of watch.events()) {
    onEvent(event);
    events.push(event);
  }
  return events;
}

function linesOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => (event.kind === "line" ? [event.line.text] : []));
}

function endsOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "ended" ? [`${event.outcome.state} ${event.outcome.exitCode}`] : [],
  );
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `line ${index}`);

suite("watching job runs", { concurrency: true }, () => {
  test("lines that arrive late and out of order come whole, once, in order; states are told when they change", async (t) => {
    const { cloud, make, watch } = await open(t);
    Object.assign(cloud.logs.settings, { minimumDelayMs: 0, maximumDelayMs: 180 });
    const id = await make({ exitCode: 7, milliseconds: 1_200, log: numbered(200) });
    const events = await all(watch([id]));
    assert.deepEqual(linesOf(events), numbered(200));
    const states = events.flatMap((event) => (event.kind === "state" ? [event.run.lifecycleState] : []));
    assert.equal(states.at(-1), "FAILED");
    assert.ok(states.includes("IN_PROGRESS"));
    assert.deepEqual(endsOf(events), ["FAILED 7"]);
  });

  test("lines that come after the run has ended are awaited; later ones are found by the last reading", async (t) => {
    const { cloud, make, watch } = await open(t);
    Object.assign(cloud.logs.settings, { minimumDelayMs: 800, maximumDelayMs: 900 });
    const id = await make({ log: numbered(20), milliseconds: 50 });
    assert.deepEqual(linesOf(await all(watch([id], { drainMs: 1_500 }))), numbered(20));
  });

  test("a search that is too large, or full, is halved", async (t) => {
    const { cloud, make, watch } = await open(t);
    cloud.logs.settings.searchMaximum = 40;
    const id = await make({ log: numbered(300), milliseconds: 600 });
    assert.deepEqual(linesOf(await all(watch([id], { drainMs: 300 }))).toSorted(), numbered(300).toSorted());
  });

  test("lines of one millisecond are all told", async (t) => {
    const { make, watch } = await open(t);
    const id = await make({ log: numbered(500) });
    const lines = linesOf(await all(watch([id], { drainMs: 200 })));
    assert.deepEqual(lines.toSorted(), numbered(500).toSorted());
  });

  test("rate limits, broken connections and refused tokens end nothing and lose nothing", async (t) => {
    // Nothing is tried again below the watch itself.
    const { cloud, make, watch } = await open(t, { ...quickRetry, totalMs: 0 });
    const id = await make({ log: numbered(100), milliseconds: 1_500 });
    const watched = watch([id]);
    let disturbed = false;
    const events = await all(watched, (event) => {
      if (disturbed || event.kind !== "line") return;
      disturbed = true;
      cloud.faults.add({ kind: "status", status: 429, times: 4 });
      cloud.faults.add({ kind: "reset-before", times: 2 });
      cloud.faults.add({ kind: "status", status: 503, match: { operation: "SearchLogs" }, times: 2 });
    });
    assert.ok(disturbed);
    assert.deepEqual(linesOf(events), numbered(100));
    assert.deepEqual(endsOf(events), ["SUCCEEDED 0"]);
    assert.ok(events.some(({ kind }) => kind === "trouble") && events.some(({ kind }) => kind === "recovered"));
  });

  test("a token that is refused until somebody signs in again is waited for", async (t) => {
    const { cloud, make } = await open(t);
    const principal = await cloud.resourcePrincipal();
    const connection = new OciConnection({
      env: { NBJOB_OCI_ENDPOINT: cloud.url, HOME: "/nonexistent", ...principal.env },
      log: keptLog(),
    });
    t.after(() => connection.close());
    const id = await make({ log: numbered(20), milliseconds: 1_500 });
    const { jobId, compartmentId } = cloud.dataScience.run(id);
    const dataScience = new DataScience(connection, quickRetry);
    const logging = new Logging(connection, quickRetry);
    const watched = new RunWatch({ dataScience, logging, intervalMs: 100, drainMs: 500 });
    watched.add({ id, jobId, compartmentId });
    let revoked = false;
    const events: RunEvent[] = [];
    for await (const event of watched.events()) {
      events.push(event);
      if (event.kind === "line" && !revoked) {
        revoked = true;
        cloud.identity.revokeTokens();
      }
      if (event.kind === "trouble") await principal.rotate();
    }
    assert.ok(events.some(({ kind }) => kind === "recovered"));
    assert.deepEqual(linesOf(events), numbered(20));
    assert.deepEqual(endsOf(events), ["SUCCEEDED 0"]);
  });

  test("many runs are looked at with one list, each ends once, and more may be added meanwhile", async (t) => {
    const { cloud, make, watch } = await open(t);
    const ids = [];
    for (let index = 0; index < 30; index++) ids.push(await make({ exitCode: index, milliseconds: 300 }));
    const watched = watch(ids, { logging: undefined });
    let later: string | undefined;
    const events: RunEvent[] = [];
    const before = cloud.requests.count({ operation: "GetJobRun" });
    for await (const event of watched.events()) {
      events.push(event);
      if (event.kind !== "ended" || later !== undefined) continue;
      later = await make({ exitCode: 99 });
      watched.add({ id: later, compartmentId: cloud.compartment, jobId: cloud.dataScience.run(later).jobId });
    }
    const ended = events.flatMap((event) => (event.kind === "ended" ? [event.runId] : []));
    assert.deepEqual(new Set(ended), new Set([...ids, later]));
    assert.equal(ended.length, 31);
    assert.equal(new Set(endsOf(events)).size, 31);
    // The last one left may be read by itself.
    assert.ok(cloud.requests.count({ operation: "GetJobRun" }) - before < 10);
  });

  test("a run that needs attention is told and not waited for; one that is deleted is missed", async (t) => {
    const { dataScience, make, watch } = await open(t);
    const needy = await make({ needsAttention: "Host unreachable." });
    const events = await all(watch([needy], { drainMs: 60_000 }));
    assert.deepEqual(endsOf(events), ["NEEDS_ATTENTION 75"]);
    const ended = events.find((event) => event.kind === "ended");
    assert.match(ended?.outcome.message ?? "", /Host unreachable/);
    const gone = await make({});
    await all(watch([gone], { drainMs: 0 }));
    await dataScience.deleteJobRun(gone);
    assert.deepEqual(endsOf(await all(watch([gone], { logging: undefined }))), ["DELETED 71"]);
    assert.deepEqual(endsOf(await all(watch([`${gone}x`], { logging: undefined }))), ["DELETED 71"]);
  });

  test("a log that may not be read is said once, with the policy, and does not end the watch", async (t) => {
    const { cloud, make, watch } = await open(t);
    cloud.policy.deny({ permission: "LOG_CONTENT_READ" });
    const id = await make({ log: numbered(5), milliseconds: 900 });
    const events = await all(watch([id]));
    const told = events.filter((event) => event.kind === "no-log");
    assert.equal(told.length, 1);
    assert.match(told[0]?.why ?? "", /allow group .* to read log-content/);
    assert.deepEqual(endsOf(events), ["SUCCEEDED 0"]);
  });

  test("an abort ends it with its own reason", async (t) => {
    const { make, watch } = await open(t);
    const id = await make({ milliseconds: 60_000 });
    const stop = new AbortController();
    const reason = new Error("enough");
    const watching = all(watch([id], { signal: stop.signal }), (event) => {
      if (event.kind === "state" && event.run.lifecycleState === "IN_PROGRESS") stop.abort(reason);
    });
    await assert.rejects(watching, reason);
  });
});

test("states and sentences of Data Science as outcomes", () => {
  const code = (state: Parameters<typeof outcomeOf>[0], details?: string) => outcomeOf(state, details)?.exitCode;
  assert.equal(code("SUCCEEDED", "Job run artifact execution succeeded. Infrastructure de-provisioning."), 0);
  assert.equal(code("FAILED", "Job run artifact execution failed with exit code 21."), 21);
  assert.equal(code("FAILED", "Job run artifact execution failed with exit code 255"), 255);
  for (const odd of ["exit code 0.", "exit code 256.", "Out of host capacity.", ""])
    assert.equal(code("FAILED", odd), 71);
  assert.equal(code("CANCELED", "Job run canceled."), 143);
  assert.equal(code("CANCELED", "Job run canceled: it exceeded its maximum runtime of 2 minutes."), 124);
  assert.equal(code("NEEDS_ATTENTION", "x"), 75);
  assert.equal(code("DELETED"), 71);
  for (const going of ["ACCEPTED", "IN_PROGRESS", "CANCELING"] as const)
    assert.equal(outcomeOf(going, "exit code 3"), undefined);
});
