/** `nbjob schedule` against Data Integration: the plan, what is made of it, and what a second run leaves alone. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { execa } from "execa";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { folder, nbjob, plainEnvironment, run, type Ended } from "../support/program.ts";

const jobId = "ocid1.datasciencejob.oc1.iad.aaaaaaaanbjobcloud";

interface Setting {
  readonly cloud: Cloud;
  readonly cwd: string;
  /** Runs `nbjob schedule` in the job file's folder. */
  readonly schedule: (...words: readonly string[]) => Promise<Ended>;
}

async function setting(
  t: TestContext,
  schedule = "{every: day, at: '02:30', timezone: Europe/London",
): Promise<Setting> {
  const cloud = await startCloud();
  t.after(() => cloud.close());
  const job = [
    `noteBook: oci://bucket@${cloud.namespace}/n.ipynb`,
    `outputFolder: oci://bucket@${cloud.namespace}/out/`,
    "projectId: ocid1.datascienceproject.oc1.iad.aaaaaaaanbjobcloud",
    `compartmentId: ${cloud.compartment}`,
    "infrastructure: {maximumRuntime: 2h}",
    `schedule: ${schedule}, jobId: ${jobId}}`,
  ];
  const cwd = await folder(t, { "nightly.yaml": job.join("\n") });
  return { cloud, cwd, schedule: (...words) => run(["schedule", ...words], { cwd, env: cloud.env }) };
}

/** Requests that change something at Data Integration. */
function writes(cloud: Cloud): readonly string[] {
  return cloud.requests
    .list({ path: "/20200430/" })
    .filter(({ method }) => method !== "GET")
    .map(({ operation }) => operation);
}

function objects(cloud: Cloud, kind: string): readonly Readonly<Record<string, unknown>>[] {
  return cloud.dataIntegration.objects
    .all()
    .filter((object) => object.kind === kind && object.body["identifier"] !== "MY_FIRST_PROJECT")
    .filter(({ body }) => body["identifier"] !== "DEFAULT_APPLICATION")
    .map(({ body }) => body);
}

const everything = ["projects", "tasks", "applications", "publishedObjects", "schedules", "taskSchedules"];

test("the plan is printed and done, and a second run changes nothing", async (t) => {
  const { cloud, schedule } = await setting(t);
  const dry = await schedule("nightly.yaml", "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /\+ workspace +nbjob\n.*\+ project +nbjob\n.*\+ REST task +nightly\n/s);
  assert.match(dry.stdout, /Next runs \(Europe\/London\):\n( {2}\d{4}-\d\d-\d\d 02:30 \+0[01]:00\n){5}/);
  assert.deepEqual(writes(cloud), []);
  const done = await schedule("nightly.yaml", "--yes");
  assert.equal(done.code, 0, done.stderr);
  const bodies: unknown = JSON.parse((await schedule("nightly.yaml", "--dry-run", "--json")).stdout);
  assert.deepEqual(bodies, []);
  for (const kind of everything) assert.equal(objects(cloud, kind).length, 1, kind);
  assert.partialDeepStrictEqual(objects(cloud, "schedules")[0], {
    identifier: "NIGHTLY",
    timezone: "Europe/London",
    frequencyDetails: { modelType: "DAILY", interval: 1, time: { hour: 2, minute: 30, second: 0 } },
  });
  assert.partialDeepStrictEqual(objects(cloud, "taskSchedules")[0], {
    isEnabled: true,
    authMode: "RESOURCE_PRINCIPAL",
  });
  const before = writes(cloud).length;
  const again = await schedule("nightly.yaml");
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /Nothing to do\./);
  assert.equal(writes(cloud).length, before);
});

test("what differs is told field by field, changed, and published again", async (t) => {
  const { cloud, schedule } = await setting(t);
  assert.equal((await schedule("nightly.yaml", "--yes")).code, 0);
  const before = writes(cloud).length;
  const changed = await schedule(
    "nightly.yaml",
    "--yes",
    "-p",
    "region",
    'a "quoted" \\ name',
    "--set",
    "schedule.at=03:00",
  );
  assert.equal(changed.code, 0, changed.stderr);
  assert.match(changed.stdout, /~ REST task +nightly\n +parameters\.PARAMETERS\.defaultValue: /);
  assert.match(changed.stdout, /frequencyDetails\.time\.hour: 2 → 3\n/);
  assert.deepEqual(writes(cloud).slice(before), ["UpdateTask", "CreatePatch", "UpdateSchedule"]);
  const [task] = objects(cloud, "tasks");
  const [published] = objects(cloud, "publishedObjects");
  assert.deepEqual(published?.["parameters"], task?.["parameters"]);
});

test("somebody else's change is told, and taken back", async (t) => {
  const { cloud, schedule } = await setting(t);
  assert.equal((await schedule("nightly.yaml", "--yes")).code, 0);
  const [task] = cloud.dataIntegration.objects.all().filter(({ kind }) => kind === "taskSchedules");
  assert.ok(task);
  cloud.dataIntegration.objects.update(task, { isConcurrentAllowed: true });
  const back = await schedule("nightly.yaml", "--yes");
  assert.match(back.stdout, /~ task schedule +nightly\n +isConcurrentAllowed: true → false\n/);
  assert.equal(objects(cloud, "taskSchedules")[0]?.["isConcurrentAllowed"], false);
});

test("after a failure at any write the same command goes on", async (t) => {
  const { cloud, schedule } = await setting(t);
  const made = ["Workspace", "Project", "Task", "Application", "Patch", "Schedule", "TaskSchedule"];
  const operations = ["PutObject", ...made.map((kind) => `Create${kind}`)];
  for (const operation of operations) {
    cloud.faults.add({
      kind: "status",
      status: 400,
      code: "InvalidParameter",
      message: "Not today.",
      match: { operation },
    });
  }
  for (const operation of operations) {
    const { code, stderr } = await schedule("nightly.yaml", "--yes");
    assert.notEqual(code, 0, operation);
    assert.match(stderr, /Not today/, operation);
    assert.equal(cloud.requests.count({ operation, status: 400 }), 1, operation);
  }
  const { code, stderr } = await schedule("nightly.yaml", "--yes");
  assert.equal(code, 0, stderr);
  for (const kind of everything) assert.equal(objects(cloud, kind).length, 1, kind);
  // Each was asked for twice: the time it failed, and the time it did not.
  for (const operation of operations) assert.equal(cloud.requests.count({ operation }), 2, operation);
});

test("an answer that is lost on its way does not make a thing twice", async (t) => {
  const { cloud, schedule } = await setting(t);
  for (const operation of ["CreateWorkspace", "CreateTask", "CreatePatch", "CreateTaskSchedule"]) {
    cloud.faults.add({ kind: "error-after-commit", match: { operation } });
  }
  const { code, stderr } = await schedule("nightly.yaml", "--yes");
  assert.equal(code, 0, stderr);
  for (const kind of everything) assert.equal(objects(cloud, kind).length, 1, kind);
  assert.equal(cloud.dataIntegration.workspaces.list().length, 1);
});

test("what a work request and a patch fail with is shown whole", async (t) => {
  const { cloud, schedule } = await setting(t);
  cloud.dataIntegration.fail("CREATE_WORKSPACE", "The limit of workspaces is reached: 5 of 5.");
  const first = await schedule("nightly.yaml", "--yes");
  assert.equal(first.code, 76);
  assert.match(first.stderr, /The limit of workspaces is reached: 5 of 5\./);
  cloud.dataIntegration.fail("PUBLISH", "The task has no polling URL.");
  const second = await schedule("nightly.yaml", "--yes");
  assert.equal(second.code, 76);
  assert.match(second.stderr, /The task has no polling URL\./);
  assert.equal((await schedule("nightly.yaml", "--yes")).code, 0);
});

test("nothing is changed without a yes", async (t) => {
  const { cloud, schedule } = await setting(t);
  const { code, stderr } = await schedule("nightly.yaml");
  assert.equal(code, 64);
  assert.match(stderr, /--yes/);
  assert.deepEqual(writes(cloud), []);
});

/** Runs a program on a terminal of its own, answers its question, and prints what it printed. */
const onTerminal = `
import os, pty, sys
answer, program, *words = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(program, [program, *words])
printed = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    printed += piece
    if answer and b"is a yes" in printed:
        os.write(terminal, answer.encode() + b"\\n")
        answer = ""
sys.stdout.write(printed.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test("on a terminal it asks, and takes yes for a yes alone", async (t) => {
  const { cloud, cwd } = await setting(t);
  const answered = async (answer: string): Promise<string> => {
    const options = { cwd, env: { ...plainEnvironment(cloud.env) }, extendEnv: false } as const;
    return (await execa("python3", ["-c", onTerminal, answer, nbjob, "schedule", "nightly.yaml"], options)).stdout;
  };
  assert.match(await answered("y"), /Nothing was changed\./);
  assert.deepEqual(writes(cloud), []);
  assert.match(await answered("yes"), /nightly is scheduled\./);
  assert.equal(objects(cloud, "taskSchedules").length, 1);
});

test("what nbjob did not make is neither changed nor removed", async (t) => {
  const { cloud, schedule } = await setting(t);
  assert.equal((await schedule("nightly.yaml", "--yes")).code, 0);
  const [task] = cloud.dataIntegration.objects.all().filter(({ kind }) => kind === "tasks");
  assert.ok(task);
  cloud.dataIntegration.objects.update(task, { description: "Mine." });
  const refused = await schedule("nightly.yaml", "--yes");
  assert.equal(refused.code, 76);
  assert.match(refused.stderr, /REST task nightly that nbjob did not make/);
  const removed = await schedule("delete", "nightly.yaml", "--yes");
  assert.equal(removed.code, 0, removed.stderr);
  assert.equal(objects(cloud, "tasks").length, 1);
  assert.equal(objects(cloud, "projects").length, 1, "it holds the other's task");
});

test("list, pause and resume", async (t) => {
  const { cloud, schedule } = await setting(t);
  assert.equal((await schedule("nightly.yaml", "--yes")).code, 0);
  const list = await schedule("list", "--compartment-id", cloud.compartment);
  assert.match(list.stdout, /^nightly +enabled +daily at 02:30 +Europe\/London /m);
  assert.match((await schedule("pause", "nightly.yaml")).stdout, /nightly is paused\./);
  assert.match((await schedule("pause", "nightly.yaml")).stdout, /already/);
  assert.equal(objects(cloud, "taskSchedules")[0]?.["isEnabled"], false);
  assert.match((await schedule("nightly.yaml")).stdout, /Nothing to do/, "a pause is no difference");
  const rows: unknown = JSON.parse((await schedule("list", "nightly.yaml", "--json")).stdout);
  assert.partialDeepStrictEqual(rows, [{ name: "nightly", enabled: false }]);
  const resumed = await schedule("resume", "nightly", "--compartment-id", cloud.compartment);
  assert.match(resumed.stdout, /nightly runs by its schedule\./);
  assert.equal(objects(cloud, "taskSchedules")[0]?.["isEnabled"], true);
});

test("delete says what it would remove, and keeps the workspace unless it is told to", async (t) => {
  const { cloud, schedule } = await setting(t);
  assert.equal((await schedule("nightly.yaml", "--yes")).code, 0);
  const told = await schedule("delete", "nightly.yaml", "--dry-run");
  assert.match(
    told.stdout,
    /- task schedule .*- schedule .*- published task .*- application .*- REST task .*- project /s,
  );
  assert.doesNotMatch(told.stdout, /workspace/);
  for (const kind of everything) assert.equal(objects(cloud, kind).length, 1, kind);
  const removed = await schedule("delete", "nightly.yaml", "--yes");
  assert.equal(removed.code, 0, removed.stderr);
  for (const kind of everything) assert.equal(objects(cloud, kind).length, 0, kind);
  assert.match((await schedule("delete", "nightly.yaml", "--yes")).stdout, /nothing of nightly/);
  const gone = await schedule("delete", "nightly.yaml", "--yes", "--delete-workspace");
  assert.match(gone.stdout, /- workspace +nbjob/);
  assert.deepEqual(
    cloud.dataIntegration.workspaces.list().map(({ lifecycleState }) => lifecycleState),
    ["DELETED"],
  );
});

test("a plain run of a job gets command-line arguments", async (t) => {
  const { cloud, schedule } = await setting(t, "{every: week, arguments: [1.10, linux, hi there]");
  assert.equal((await schedule("nightly.yaml", "--yes")).code, 0);
  const text = JSON.stringify(objects(cloud, "tasks")[0]);
  assert.match(text, /"COMMAND_LINE_ARGS"/);
  assert.match(text, /1\.10 linux 'hi there'/);
  assert.doesNotMatch(text, /NOTEBOOK_YAML_URL/);
});

test("everything that a schedule can say reaches Data Integration, and leaves it again", async (t) => {
  const all = [
    '{cron: "0 9 1 * *", timezone: America/New_York, start: 2026-03-08T02:30, end: 2026-12-31, enabled: false',
    "retries: 2, concurrency: allow, catchUp: true, principal: application, name: Month's end",
  ];
  const { cloud, schedule } = await setting(t, all.join(", "));
  const made = await schedule("nightly.yaml", "--yes");
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /It is not enabled/);
  assert.partialDeepStrictEqual(objects(cloud, "tasks")[0], {
    identifier: "MONTH_S_END",
    isConcurrentAllowed: true,
    authConfig: { resourcePrincipalSource: "APPLICATION" },
  });
  assert.partialDeepStrictEqual(objects(cloud, "schedules")[0], {
    timezone: "America/New_York",
    frequencyDetails: { modelType: "MONTHLY", days: [1], time: { hour: 9, minute: 0 } },
  });
  assert.partialDeepStrictEqual(objects(cloud, "taskSchedules")[0], {
    isEnabled: false,
    retryAttempts: 2,
    isConcurrentAllowed: true,
    isBackfillEnabled: true,
    // The clock is set forward past 02:30 that day; the whole last day counts.
    startTimeMillis: Date.parse("2026-03-08T03:30:00-04:00"),
    endTimeMillis: Date.parse("2027-01-01T00:00:00-05:00") - 1,
  });
  const settings = ["start=null", "end=null", "enabled=null", "retries=0", "concurrency=forbid", "catchUp=false"];
  const less = settings.flatMap((each) => ["--set", `schedule.${each}`]);
  const changed = await schedule("nightly.yaml", "--yes", ...less);
  assert.equal(changed.code, 0, changed.stderr);
  const [task] = objects(cloud, "taskSchedules");
  assert.equal(task?.["startTimeMillis"], undefined);
  assert.partialDeepStrictEqual(task, {
    isEnabled: false, // as it was: the file says nothing now
    retryAttempts: 0,
    isConcurrentAllowed: false,
    isBackfillEnabled: false,
  });
  assert.match((await schedule("nightly.yaml", ...less)).stdout, /Nothing to do/);
});

test("what Data Integration denies is told with the policy that would allow it", async (t) => {
  const { cloud, schedule } = await setting(t);
  cloud.policy.deny({ operation: "CreateTask" });
  const { code, stderr } = await schedule("nightly.yaml", "--yes");
  assert.equal(code, 77);
  assert.match(stderr, /Creating the task nightly failed.*manage dis-workspaces in compartment/s);
});

test("what a job file lacks is told at once, with what to write", async (t) => {
  const cwd = await folder(t, { "job.yaml": "noteBook: n.ipynb\noutputFolder: out/\n" });
  await using cloud = await startCloud();
  const nowhere = { NBJOB_OCI_PROJECT: "", NBJOB_OCI_COMPARTMENT: "" };
  const { code, stderr } = await run(["schedule", "job.yaml"], { cwd, env: { ...cloud.env, ...nowhere } });
  assert.equal(code, 78);
  assert.match(stderr, /schedule is missing/);
  assert.match(stderr, /projectId is missing/);
  assert.match(stderr, /compartmentId is missing/);
});
