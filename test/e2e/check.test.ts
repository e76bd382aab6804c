/** `nbjob check`: what a run would find before its work starts, with the run's own exit code, and nothing left behind. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { makeArchive } from "../artifact/make-archive.ts";
import { startCloud } from "../cloud/cloud.ts";
import { folder, notebook, run, start } from "../support/program.ts";

interface Report {
  readonly ok: boolean;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly checks: readonly {
    readonly what: string;
    readonly name: string;
    readonly status: "ok" | "failed" | "not-checked";
    readonly problems: readonly { readonly reason: string; readonly lines: readonly string[] }[];
  }[];
}

function parsed(stdout: string): Report {
  // The program's own answer; what a test uses of it, it asserts on.
  return JSON.parse(stdout) as Report;
}

function statuses(report: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(report.checks.map(({ what, name, status }) => [what === "input" ? name : what, status]));
}

test("a job in order is found so; nothing runs, and nothing stays", async (t) => {
  const dir = await folder(t, {
    "n.ipynb": notebook([{ source: "alpha = 1", tags: ["parameters"] }, "open('ran.txt', 'w').write('ran')"]),
    "data/a.csv": "1",
    "job.yaml":
      "noteBook: n.ipynb\noutputFolder: deep/out\nparameters: {alpha: 2}\ninputs: {data: data/, one.csv: data/a.csv}\n",
  });
  const temporary = await folder(t);
  const { code, stdout, stderr } = await run(["check", "job.yaml", "--json"], { cwd: dir, env: { TMPDIR: temporary } });
  assert.deepEqual([code, stderr], [0, ""]);
  const report = parsed(stdout);
  assert.deepEqual([report.ok, report.exitCode, report.reason], [true, 0, null]);
  assert.deepEqual(statuses(report), {
    "job file": "ok",
    "output folder": "ok",
    work: "ok",
    kernel: "ok",
    parameters: "ok",
    data: "ok",
    "one.csv": "ok",
  });
  assert.deepEqual((await readdir(dir)).toSorted(), ["data", "job.yaml", "n.ipynb"]);
  assert.deepEqual(await readdir(temporary), []);
  const plain = await run(["check"], { cwd: dir, env: { NOTEBOOK_YAML_URL: join(dir, "job.yaml") } });
  assert.equal(plain.code, 0);
  assert.match(plain.stdout, /^ok +kernel +python3/m);
});

test("what an earlier run left in the output folder stays as it is", async (t) => {
  const dir = await folder(t, { "n.ipynb": notebook(["1"]), "out/run.json": "{}\n", "out/n.ipynb": "old" });
  const before = await stat(join(dir, "out/run.json"));
  assert.equal((await run(["check", "n.ipynb", "--output-folder", "out"], { cwd: dir })).code, 0);
  const after = await stat(join(dir, "out/run.json"));
  assert.deepEqual([after.mtimeMs, after.ino], [before.mtimeMs, before.ino]);
  assert.deepEqual((await readdir(join(dir, "out"))).toSorted(), ["n.ipynb", "run.json"]);
  assert.equal(await readFile(join(dir, "out/n.ipynb"), "utf8"), "old");
});

const python = notebook([{ source: "alpha = 1", tags: ["parameters"] }]);
const work = "noteBook: n.ipynb\noutputFolder: out\n";
const wrong: readonly (readonly [what: string, where: string, job: string, args?: readonly string[]])[] = [
  ["an invalid job file", "job file", "noteBok: n.ipynb\n"],
  ["a job file that is not there", "job file", "", ["absent.yaml"]],
  ["work that is not there", "work", "noteBook: absent.ipynb\noutputFolder: out\n"],
  ["work with another checksum", "work", `${work}sha256: ${"0".repeat(64)}\n`],
  ["a notebook that is none", "work", "noteBook: bad.ipynb\noutputFolder: out\n"],
  ["a notebook in the output folder", "output folder", "noteBook: n.ipynb\noutputFolder: .\n"],
  ["an archive that is none", "work", "artifact: bad.zip\noutputFolder: out\n"],
  ["an entrypoint that is not in it", "work", "artifact: project/\nentrypoint: absent.py\noutputFolder: out\n"],
  ["a kernel that is not installed", "kernel", `${work}notebookOptions: {kernel: cobol}\n`],
  ["a parameter that cannot be set", "parameters", `${work}parameters: {"class": 1}\n`],
  ["an interpreter that is not installed", "interpreter", "artifact: odd.sh\noutputFolder: out\n"],
  ["an output folder below a file", "output folder", "noteBook: n.ipynb\noutputFolder: odd.sh/out\n"],
  ["an input that is not there", "x", `${work}inputs: {x: absent.csv}\n`],
  ["an input folder with nothing in it", "x", `${work}inputs: {x: absent/}\n`],
  ["a secret without a vault", "secrets", `${work}environment: {secrets: {A: "vault:a"}}\n`],
  ["a conda pack that is not there", "conda pack", `${work}environment: {conda: ./absent.tar.gz}\n`],
  ["a working directory that is not there", "working directory", work, ["job.yaml", "--cwd", "absent"]],
];
for (const [what, where, job, args = ["job.yaml"]] of wrong) {
  test(`${what} is found, with the exit code of a run`, async (t) => {
    const dir = await folder(t, {
      "job.yaml": job,
      "n.ipynb": python,
      "bad.ipynb": "{",
      "bad.zip": "no zip",
      "odd.sh": "#!/no/such/interpreter\n",
      "project/main.py": "",
    });
    const env = { NBJOB_VAULT: "" };
    const { code, stdout, stderr } = await run(["check", ...args, "--json"], { cwd: dir, env });
    const report = parsed(stdout);
    assert.ok(!report.ok && code !== 0);
    assert.equal(report.exitCode, code);
    const failed = report.checks.filter(({ status }) => status === "failed");
    assert.deepEqual(new Set(failed.map(({ what, name }) => (what === "input" ? name : what))), new Set([where]));
    assert.ok(failed.every(({ problems }) => problems.every(({ lines }) => lines.length > 0)));
    assert.match(stderr, /error: /);
    assert.doesNotMatch(stderr, /^\s+at /m);
    const ran = await run(["run", ...args], { cwd: dir, env });
    assert.equal(ran.code, code, ran.stderr);
  });
}

test("everything that is wrong is told at once, a line each", async (t) => {
  const dir = await folder(t, {
    "n.ipynb": python,
    file: "",
    "job.yaml": `noteBook: n.ipynb
outputFolder: file/out
notebookOptions: {kernel: cobol}
inputs: {x: absent.csv, y: absent/}
environment: {secrets: {A: "vault:a", B: "vault:b"}, conda: ./absent.tar.gz}
`,
  });
  const { code, stdout, stderr } = await run(["check", "job.yaml"], { cwd: dir });
  assert.equal(code, 73);
  for (const text of ["file/out", "absent.csv", "absent/", "absent.tar.gz", "secret A", "secret B"]) {
    assert.equal(stderr.split("\n").filter((line) => line.includes(text)).length, 1, `${text}:\n${stderr}`);
  }
  assert.match(stdout, /^not checked +kernel/m);
});

test("--offline asks no service, and says what it did not look at", async (t) => {
  await using cloud = await startCloud();
  const at = (name: string) => `oci://bucket@${cloud.namespace}/${name}`;
  const dir = await folder(t, {
    "n.ipynb": python,
    "job.yaml": `noteBook: n.ipynb
outputFolder: ${at("out/")}
inputs: {here: n.ipynb, there: ${at("data/")}}
environment: {secrets: {A: "vault:a"}}
`,
  });
  const options = { cwd: dir, env: { ...cloud.env, NBJOB_VAULT: cloud.secrets.vault } };
  const { code, stdout } = await run(["check", "job.yaml", "--offline", "--json"], options);
  assert.equal(code, 0);
  assert.deepEqual(statuses(parsed(stdout)), {
    "job file": "ok",
    "output folder": "not-checked",
    work: "ok",
    kernel: "ok",
    secrets: "not-checked",
    here: "ok",
    there: "not-checked",
  });
  const away = await run(["check", at("n.ipynb"), "--offline", "--json", "-k", "cobol"], options);
  assert.deepEqual([away.code, statuses(parsed(away.stdout))["kernel"]], [78, "failed"]);
  assert.equal((await run(["check", at("job.yaml"), "--offline"], options)).code, 64);
  assert.equal(cloud.requests.count(), 0);
});

test("a job in a bucket: inputs are found and not fetched, the probe is taken back, secrets stay secret", async (t) => {
  await using cloud = await startCloud();
  const put = (name: string, text: string) => cloud.storage.putBytes("bucket", name, Buffer.from(text), {});
  const secret = "a-secret-that-nobody-sees";
  cloud.secrets.put("password", secret);
  await put("jobs/n.ipynb", python);
  await put(
    "jobs/job.yaml",
    `${work.replace(": out", ": ../out/")}inputs: {data: ../data/}
environment: {secrets: {A: "vault:password"}}
`,
  );
  for (const name of ["data/1", "data/2", "data/3", "out/run.json"]) await put(name, "content");
  const names = cloud.storage.names("bucket").toSorted();
  const env = { ...cloud.env, NBJOB_VAULT: cloud.secrets.vault, HOME: await folder(t) };
  const job = `oci://bucket@${cloud.namespace}/jobs/job.yaml`;
  const { code, stdout, stderr } = await run(["check", job, "--json", "--debug"], { env });
  assert.equal(code, 0, stderr);
  assert.ok(!`${stdout}${stderr}`.includes(secret));
  assert.deepEqual(cloud.storage.names("bucket").toSorted(), names);
  assert.equal((await cloud.storage.bytes("bucket", "out/run.json")).toString(), "content");
  assert.equal(
    cloud.requests.list({ operation: "GetObject" }).filter(({ target }) => target.includes("data")).length,
    1,
  );

  cloud.policy.deny({ operation: "PutObject" });
  cloud.policy.deny({ operation: "GetSecretBundleByName" });
  const denied = await run(["check", job], { env });
  assert.equal(denied.code, (await run([job], { env })).code);
  assert.match(denied.stderr, /allow .*(?:manage objects|OBJECT_CREATE)/);
  assert.match(denied.stderr, /read secret-bundles/);
});

test("what runs an archive's program is looked for; with a conda pack it is not", async (t) => {
  const archive = await makeArchive(t, "zip", [{ name: "main.py", data: "raise SystemExit(3)" }]);
  const dir = await folder(t, { "pack.tar.gz": "not read", "job.yaml": `artifact: ${archive}\noutputFolder: out\n` });
  const plain = await run(["check", "job.yaml", "--json"], { cwd: dir });
  assert.deepEqual([plain.code, statuses(parsed(plain.stdout))["interpreter"]], [0, "ok"]);
  const packed = await run(["check", "job.yaml", "--json", "--set", "environment.conda=./pack.tar.gz"], { cwd: dir });
  const found = statuses(parsed(packed.stdout));
  assert.deepEqual([packed.code, found["interpreter"], found["conda pack"]], [0, "not-checked", "ok"]);
});

test("what of an odd notebook is repaired is told, by check, inspect and run", async (t) => {
  const odd = notebook([{ source: "alpha = 1", tags: ["parameters", "parameters"] }]);
  const dir = await folder(t, { "n.ipynb": odd });
  await mkdir(join(dir, "out"));
  for (const args of [
    ["check", "n.ipynb"],
    ["inspect", "n.ipynb"],
    ["run", "n.ipynb", "--output-folder", "out"],
  ]) {
    const { code, stderr } = await run(args, { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: .*tags names a tag twice/, args[0]);
  }
});

test("what a job mounts is looked at in a job run", async (t) => {
  const dir = await folder(t, { "n.ipynb": python });
  const absent = join(dir, "absent");
  const mounts = `infrastructure.mounts=[{location: "oci://b@n/p/", path: ${JSON.stringify(absent)}}]`;
  const words = ["n.ipynb", "--set", mounts, "--output-folder", "out"];
  const here = await run(["check", ...words, "--json"], { cwd: dir });
  assert.deepEqual([here.code, statuses(parsed(here.stdout))["mounts"]], [0, "not-checked"], here.stderr);
  const env = { JOB_RUN_OCID: "ocid1.datasciencejobrun.oc1.iad.here" };
  const there = await run(["check", ...words, "--json"], { cwd: dir, env });
  assert.equal(there.code, (await run(words, { cwd: dir, env })).code);
  assert.equal(statuses(parsed(there.stdout))["mounts"], "failed");
});

test("a signal ends a check that waits, with its code, and nothing stays", async (t) => {
  const mute = createServer().listen(0, "127.0.0.1");
  t.after(() => mute.close());
  await once(mute, "listening");
  const address = mute.address();
  assert.ok(typeof address === "object" && address !== null);
  const asked = once(mute, "connection");
  const dir = await folder(t, {
    "n.ipynb": python,
    "job.yaml": `${work}inputs: {x: "http://127.0.0.1:${address.port}/x"}\n`,
  });
  const temporary = await folder(t);
  const { child, ended } = start(["check", "job.yaml"], { cwd: dir, env: { TMPDIR: temporary } });
  await asked;
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  assert.deepEqual([code, stdout], [130, ""]);
  assert.deepEqual(await readdir(temporary), []);
  assert.deepEqual((await readdir(dir)).toSorted(), ["job.yaml", "n.ipynb"]);
});

test("what only a job run knows stands for itself, and says so", async (t) => {
  await using cloud = await startCloud();
  const out = `oci://bucket@${cloud.namespace}/out/\${JOB_RUN_OCID}/`;
  const dir = await folder(t, {
    "n.ipynb": notebook(["1"]),
    "job.yaml": `noteBook: n.ipynb\noutputFolder: ${out}\ninputs: {last: "oci://bucket@${cloud.namespace}/\${JOB_OCID}/"}\n`,
  });
  const { code, stdout, stderr } = await run(["check", "job.yaml"], { cwd: dir, env: cloud.env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ok +job file .*only a job run knows \$\{JOB_OCID\}.*only a job run knows \$\{JOB_RUN_OCID\}/m);
  assert.match(stdout, /^ok +output folder .*\$\{JOB_RUN_OCID\}\/ +it can be written$/m);
  assert.match(stdout, /^not checked +input +last +only a job run knows \$\{JOB_OCID\}$/m);
  assert.deepEqual(cloud.storage.names("bucket"), []);
  // Any other name is a mistake, and in a job run it has its value.
  const other = await run(["check", "job.yaml", "--set", "outputFolder=out/${MISSING}/"], { cwd: dir, env: cloud.env });
  assert.equal(other.code, 78);
  assert.match(other.stderr, /names \$\{MISSING\}, which is not set/);
  const here = { ...cloud.env, JOB_RUN_OCID: "ocid1.run", JOB_OCID: "ocid1.job" };
  const known = await run(["check", "job.yaml"], { cwd: dir, env: here });
  assert.match(known.stdout, /output folder .*out\/ocid1\.run\//);
});
