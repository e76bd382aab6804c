/** `nbjob doctor`: told in full where much is missing, and never a secret. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Diagnosis, Fact } from "../../src/doctor/diagnose.ts";
import { startCloud } from "../cloud/cloud.ts";
import { docker, runDocker, stockImage } from "../support/docker.ts";
import { folder, run } from "../support/program.ts";

type Facts = Readonly<Record<string, Fact>>;

function parsed(text: string): Diagnosis {
  // The program's own answer; what a test uses of it, it asserts on.
  return JSON.parse(text) as Diagnosis;
}

function section(diagnosis: Diagnosis, name: string): Facts {
  const found = diagnosis.sections[name];
  assert.ok(typeof found === "object" && found !== null, `${name}: ${JSON.stringify(diagnosis.failures)}`);
  return found as Facts;
}

function rows(fact: Fact | undefined): readonly Facts[] {
  assert.ok(Array.isArray(fact));
  return fact as readonly Facts[];
}

function textOf(fact: Fact | undefined): string {
  assert.ok(typeof fact === "string");
  return fact;
}

const sections = `nbjob system user processes limits controlGroup mounts folders dataScience environment
  resourcePrincipal cloud kernels python programs gpu`.split(/\s+/);

test("every section is there, as text and as JSON, without asking the network", async (t) => {
  const home = await folder(t);
  const env = { HOME: home, JOB_RUN_OCID: "ocid1.datasciencejobrun.oc1.iad.here" };
  const { code, stdout, stderr } = await run(["doctor", "--offline", "--json"], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  const diagnosis = parsed(stdout);
  assert.deepEqual(Object.keys(diagnosis.sections), sections);
  assert.deepEqual(diagnosis.failures, []);
  assert.equal(section(diagnosis, "cloud")["endpoints"], null);
  assert.ok(rows(diagnosis.sections["kernels"]).some(({ name }) => name === "python3"));
  assert.match(textOf((section(diagnosis, "python")["telling"] as Facts)["ipykernel"]), /^\d+\./);
  const place = rows(diagnosis.sections["folders"]).find(({ path }) => path === home);
  assert.deepEqual([place?.["exists"], place?.["writable"]], [true, true]);
  const job = rows(diagnosis.sections["environment"]).find(({ name }) => name === "JOB_RUN_OCID");
  assert.equal(job?.["value"], env.JOB_RUN_OCID);

  const plain = await run(["doctor", "--offline"], { env });
  assert.equal(plain.code, 0);
  for (const text of ["control group", "Max open files", env.JOB_RUN_OCID, "ipykernel", home]) {
    assert.ok(plain.stdout.includes(text), text);
  }
});

test("no secret is told, wherever it hides", async (t) => {
  await using cloud = await startCloud();
  const principal = await cloud.resourcePrincipal();
  const secret = "n0t-to-be-Seen-0123456789";
  const file = await folder(t, { "key.pem": secret });
  const env = {
    ...principal.env,
    NBJOB_OCI_ENDPOINT: cloud.url,
    OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE: "",
    HARMLESS: secret,
    DB_PASSWORD: `${secret}-password`,
    DATABASE_URL: `postgres://user:${secret}@host/db`,
    SOME_FILE: join(file, "key.pem"),
    JUPYTER_PATH: `/tmp/${secret}`,
    HTTP_PROXY: "",
  };
  for (const args of [["doctor"], ["doctor", "--json"], ["doctor", "--debug", "--log-format", "json"]]) {
    const { code, stdout, stderr } = await run(args, { env });
    assert.equal(code, 0, stderr);
    for (const text of [stdout, stderr]) {
      assert.ok(!text.includes(secret), text);
      assert.ok(!/BEGIN|eyJ/.test(text), "no key, no token");
    }
    assert.match(stdout, /DB_PASSWORD/);
  }
});

test("the credentials that would be used, and what answers, are told", async (t) => {
  await using cloud = await startCloud();
  const principal = await cloud.resourcePrincipal();
  const env = { NBJOB_OCI_ENDPOINT: cloud.url, HOME: await folder(t), ...principal.env };
  const { code, stdout } = await run(["doctor", "--json"], { env });
  assert.equal(code, 0);
  const diagnosis = parsed(stdout);
  assert.equal(section(diagnosis, "resourcePrincipal")["version"], "2.2");
  const { credentials, endpoints } = section(diagnosis, "cloud");
  const { description, principal: who, accepted } = credentials as Facts;
  assert.match(textOf(description), /resource principal/);
  assert.equal(who, "job run");
  assert.deepEqual([(accepted as Facts)["yes"], (accepted as Facts)["namespace"]], [true, cloud.namespace]);
  assert.ok(rows(endpoints).every(({ answers }) => answers === true));
});

test("credentials that are refused, services that are silent and no home at all are findings, not failures", async (t) => {
  await using cloud = await startCloud();
  cloud.policy.deny({ operation: "GetNamespace" });
  const mute = createServer().listen(0, "127.0.0.1");
  t.after(() => mute.close());
  await new Promise((resolve) => mute.once("listening", resolve));
  const address = mute.address();
  assert.ok(typeof address === "object" && address !== null);
  const env = {
    ...cloud.env,
    HOME: "/no/such/home",
    PATH: "/no/such/bin:/usr/bin:/bin",
    NBJOB_OCI_LOGGING_ENDPOINT: `http://127.0.0.1:${address.port}`,
    NBJOB_OCI_SECRETS_ENDPOINT: "http://127.0.0.1:1",
  };
  const { code, stdout, stderr } = await run(["doctor", "--json"], { env });
  assert.equal(code, 0, stderr);
  const { endpoints } = section(parsed(stdout), "cloud");
  const answers = Object.fromEntries(rows(endpoints).map((row) => [row["service"], row["answers"]]));
  assert.deepEqual(answers, { objectstorage: true, datascience: true, secrets: false, auth: true, logging: false });
});

test("the report goes to a folder, a file or a bucket; a place that refuses it is told after the report is", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t);
  const env = { ...cloud.env, RUN: "run-1" };
  const arguments_ = (output: string) => ["doctor", "--offline", "--json", "--output", output];
  await mkdir(join(dir, "folder"));
  for (const [output, file] of [
    ["folder", "folder/doctor.json"],
    ["a/b.json", "a/b.json"],
  ] as const) {
    const { code, stdout } = await run(arguments_(output), { cwd: dir, env });
    assert.equal(code, 0);
    assert.equal(await readFile(join(dir, file), "utf8"), stdout);
  }
  const sent = await run(arguments_(`oci://bucket@${cloud.namespace}/reports/\${RUN}/`), { cwd: dir, env });
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal((await cloud.storage.bytes("bucket", "reports/run-1/doctor.json")).toString(), sent.stdout);
  const refused = await run(arguments_(`oci://nowhere@${cloud.namespace}/x/`), { cwd: dir, env });
  assert.ok([73, 77].includes(refused.code ?? 0), refused.stderr);
  assert.deepEqual(Object.keys(parsed(refused.stdout).sections), sections);
  assert.equal((await run(["doctor", "--output", "${NOT_SET}/x"], { cwd: dir, env })).code, 64);
});

async function inImage(t: TestContext, args: readonly string[]): Promise<Diagnosis | undefined> {
  if (!(await docker(t))) return undefined;
  const image = await stockImage();
  const { code, stdout, stderr } = await runDocker(["run", "--rm", ...args, image, "doctor", "--json"]);
  assert.equal(code, 0, stderr);
  return parsed(stdout);
}

test("in the image: a user whom nobody knows, nothing writable, no network, little memory", async (t) => {
  const limits = "--user 54321:54321 --read-only --network none --memory 512m --cpus 0.5";
  const diagnosis = await inImage(t, `${limits} --env DB_PASSWORD=hunter2-hunter2`.split(" "));
  if (diagnosis === undefined) return;
  assert.deepEqual(diagnosis.failures, []);
  assert.deepEqual([section(diagnosis, "user")["uid"], section(diagnosis, "user")["name"]], [54321, null]);
  assert.equal(section(diagnosis, "controlGroup")["memoryBytes"], 512 * 2 ** 20);
  assert.equal(section(diagnosis, "controlGroup")["cpus"], 0.5);
  assert.equal(section(diagnosis, "processes")["pid1"], "tini");
  const root = rows(diagnosis.sections["folders"]).find(({ path }) => path === "/");
  assert.deepEqual([root?.["writable"], root?.["why"]], [false, "EROFS"]);
  assert.ok(rows(diagnosis.sections["kernels"]).length > 0);
  assert.ok(!JSON.stringify(diagnosis).includes("hunter2"));
});
