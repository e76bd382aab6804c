/** Figures that the work tells of itself, in run.json. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { folder, json, notebook, run } from "../support/program.ts";

interface Recorded {
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly attempts: number;
}

async function metricsOf(
  t: TestContext,
  script: string,
  more: readonly string[] = [],
): Promise<{ readonly record: Recorded; readonly stderr: string; readonly stdout: string }> {
  const dir = await folder(t, { "work.sh": script });
  const { stderr, stdout } = await run(["work.sh", "--output-folder", "out", ...more], { cwd: dir });
  return { record: await json<Recorded>(join(dir, "out/run.json")), stderr, stdout };
}

test("what a script prints, and what it writes to metrics.json", async (t) => {
  const { record, stdout } = await metricsOf(
    t,
    String.raw`
echo 'nbjob:metric accuracy=0.5 loss=1e-3'
echo 'nbjob:metric accuracy=0.93'
echo 'nbjob:metric good=true name="two words" bad=nan count=7' >&2
echo 'said: nbjob:metric not=1'
printf 'nbjob:metric last=-2.5'
printf '%s' '{"accuracy": 0.1, "test": {"f1": 0.75, "auc": NaN}, "list": [1], "note": "fine"}' > metrics.json
`,
  );
  assert.deepEqual(record.metrics, {
    accuracy: 0.93,
    "test.f1": 0.75,
    "test.auc": "NaN",
    note: "fine",
    loss: 0.001,
    last: -2.5,
    good: true,
    name: "two words",
    bad: "nan",
    count: 7,
  });
  assert.match(stdout, /nbjob:metric accuracy=0\.93/);
});

test("metrics are bounded and masked, and a failure keeps them", async (t) => {
  const { record, stderr } = await metricsOf(
    t,
    `
i=0; while [ $i -lt 150 ]; do echo "nbjob:metric m$i=$i"; i=$((i+1)); done
echo "nbjob:metric m0=is-hunter2hunter2-here hunter2hunter2=1 =3"
echo '[1]' > metrics.json
exit 3
`,
    ["--set", "mask=[hunter2hunter2]"],
  );
  assert.equal(Object.keys(record.metrics).length, 100);
  assert.equal(record.metrics["m0"], "is-***-here");
  assert.match(stderr, /More than 100 metrics/);
  assert.match(stderr, /metrics\.json is not read: it is not an object/);
  assert.ok(!JSON.stringify(record).includes("hunter2"));
});

test("an input named metrics.json is none, and the last attempt counts", async (t) => {
  const dir = await folder(t, {
    "work.sh":
      "if [ -e second ]; then echo nbjob:metric b=2; exit 0; fi\ntouch second; echo nbjob:metric a=1; exit 75\n",
    "metrics.json": '{"old": 1}',
  });
  const options = ["--set", "inputs={metrics.json: metrics.json}", "--set", "retries={attempts: 1, backoff: 0}"];
  const { code, stderr } = await run(["work.sh", "--output-folder", "out", ...options], { cwd: dir });
  assert.equal(code, 0, stderr);
  const { metrics, attempts } = await json<Recorded>(join(dir, "out/run.json"));
  assert.deepEqual({ metrics, attempts }, { metrics: { b: 2 }, attempts: 2 });
});

test("a notebook's metrics", async (t) => {
  const cell =
    'print(f"nbjob:metric accuracy={1 / 4}")\nimport json; json.dump({"steps": 10}, open("metrics.json", "w"))';
  const dir = await folder(t, { "a.ipynb": notebook([cell]) });
  const { code, stderr } = await run(["a.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.deepEqual((await json<Recorded>(join(dir, "out/run.json"))).metrics, { steps: 10, accuracy: 0.25 });
});
