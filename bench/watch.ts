/** How many calls it takes to watch job runs for an hour: `npm run bench watch`. Time is made up, so that it takes seconds. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../src/http/clock.ts";
import { RunWatch } from "../src/launch/watch/watch-runs.ts";
import { OciConnection } from "../src/oci/connection.ts";
import { DataScience } from "../src/oci/datascience/client.ts";
import { Logging } from "../src/oci/logging/client.ts";
import { startCloud } from "../test/cloud/cloud.ts";
import { byocJob } from "../test/cloud/datascience/bodies.ts";
import { table } from "./table.ts";

interface Watching {
  readonly what: string;
  readonly runs: number;
  /** Seconds between two lines of each run's log; undefined for no logs. */
  readonly lineEvery: number | undefined;
  /** The most calls that each run may cost in an hour. */
  readonly most: number;
}

const watchings: readonly Watching[] = [
  { what: "one run that says nothing", runs: 1, lineEvery: 86_400, most: 450 },
  { what: "one run, a line a second", runs: 1, lineEvery: 1, most: 1_500 },
  { what: "200 runs of a sweep, without their logs", runs: 200, lineEvery: undefined, most: 5 },
];

const hour = 3_600_000;

export async function watch(): Promise<string> {
  const rows: string[][] = [];
  for (const each of watchings) {
    const { calls, lines } = await hourOf(each);
    const perRun = calls / each.runs;
    rows.push([each.what, String(lines), String(calls), perRun.toFixed(1), String(each.most)]);
    if (perRun > each.most)
      throw new Error(`${each.what}: ${perRun} calls for each run, at most ${each.most} are meant`);
  }
  return table(["watched for an hour", "lines", "calls", "calls a run", "at most"], rows);
}

async function hourOf({ runs, lineEvery }: Watching): Promise<{ readonly calls: number; readonly lines: number }> {
  let now = Date.now();
  const end = now + hour;
  await using cloud = await startCloud({ now: () => now });
  cloud.runs.script = () => ({ milliseconds: 10 * hour });
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    random: Math.random,
    async sleep(milliseconds) {
      const until = now + milliseconds;
      while (now < until) {
        now = Math.min(until, now + 1_000);
        tick();
      }
      await setImmediate();
    },
  };
  const connection = new OciConnection({ env: cloud.env, log: { debug() {}, info() {}, warn() {} }, clock });
  const dataScience = new DataScience(connection);
  const place = { projectId: cloud.project, compartmentId: cloud.compartment };
  const job = cloud.dataScience.createJob(byocJob(cloud), "bench");
  const ids = Array.from({ length: runs }, () => cloud.dataScience.createRun({ ...place, jobId: job.id }, "bench").id);
  let lastLine = now;
  const tick = (): void => {
    if (now >= end) for (const id of ids) cloud.runs.fail(id, "The hour is over.");
    if (lineEvery === undefined || now - lastLine < lineEvery * 1000) return;
    lastLine = now;
    for (const id of ids) {
      const { logDetails } = cloud.dataScience.run(id);
      if (logDetails === undefined || now >= end) continue;
      cloud.logs.append(logDetails.logId, { message: `at ${now}`, source: id, type: "stdout", subject: "run" });
    }
  };
  try {
    const logging = lineEvery === undefined ? undefined : new Logging(connection);
    const watched = new RunWatch({ dataScience, logging });
    for (const id of ids) watched.add({ id, jobId: job.id, compartmentId: cloud.compartment });
    let lines = 0;
    for await (const event of watched.events()) if (event.kind === "line") lines += 1;
    return { calls: cloud.requests.list().length, lines };
  } finally {
    await connection.close();
  }
}
