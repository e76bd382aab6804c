/** What a run's environment is: secrets, conda packs, what Data Science mounted; through the built program. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud } from "../cloud/cloud.ts";
import { folder, json, notebook, run } from "../support/program.ts";

test("secrets reach the work and nothing else", async (t) => {
  await using cloud = await startCloud();
  const password = 'pässword ≠ "quoted"\nand a second line';
  const id = cloud.secrets.put("db-password", password);
  cloud.secrets.put("api", "abcdefghijklmnop");
  cloud.secrets.put("short", "abc");
  const dir = await folder(t, {
    "n.ipynb": notebook([
      `import os, base64
print(len(os.environ["DB_PASSWORD"]), "long")
print(os.environ["DB_PASSWORD"]); print(repr(os.environ["DB_PASSWORD"]))
print(base64.b64encode(os.environ["API"].encode()))
open("kept.txt", "w").write(os.environ["API"])`,
      `raise ValueError(os.environ["API"])`,
    ]),
    "job.yaml": `noteBook: n.ipynb
outputFolder: out
environment: {secrets: {DB_PASSWORD: ${id}, API: "vault:api", SHORT: "vault:${cloud.secrets.vault}/short"}}`,
  });
  const env = { ...cloud.env, NBJOB_VAULT: cloud.secrets.vault };
  const { code, stdout, stderr } = await run(["job.yaml", "--debug"], { cwd: dir, env });
  assert.equal(code, 1, stderr);
  assert.match(stdout, new RegExp(`${password.length} long`));
  assert.match(stderr, /SHORT is too short/);
  const record = await readFile(join(dir, "out/run.json"), "utf8");
  const executed = await readFile(join(dir, "out/n.ipynb"), "utf8");
  for (const text of [stdout, stderr, record, executed]) {
    assert.doesNotMatch(text, /pässword|second line|abcdefgh|YWJjZGVmZ2hpamtsbW5vcA/);
  }
  assert.match(executed, /"evalue": "\*\*\*"/);
  assert.equal(await readFile(join(dir, "out/kept.txt"), "utf8"), "abcdefghijklmnop");
});

test("every secret that cannot be had is told before the work starts, with the policy that would allow it", async (t) => {
  await using cloud = await startCloud();
  const principal = await cloud.resourcePrincipal();
  const binary = cloud.secrets.put("binary", Buffer.from([0xff, 0xfe, 0x00]));
  const dir = await folder(t, {
    "job.yaml": `artifact: a.sh
outputFolder: out
inputs: {data.csv: missing.csv}
environment:
  secrets: {A: ocid1.vaultsecret.oc1.iad.nothere, B: "vault:nothere", C: ${binary}}`,
    "a.sh": "echo ran\n",
  });
  const env = { NBJOB_OCI_ENDPOINT: cloud.url, HOME: dir, ...principal.env };
  const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir, env });
  assert.doesNotMatch(stdout, /ran/);
  assert.match(stderr, /secret A .*not there/);
  assert.match(stderr, /allow any-user to read secret-bundles .*datasciencejobrun.*target\.secret\.id='ocid1/);
  assert.match(stderr, /secret B .*NBJOB_VAULT|NBJOB_VAULT/);
  assert.match(stderr, /secret C .*UTF-8/);
  assert.match(stderr, /missing\.csv/);
  assert.doesNotMatch(stderr, /\bat .*\.m?[jt]s:/);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.status, record.exitCode], ["failed", code]);
});

test("Vault that fails for a while is asked again", async (t) => {
  await using cloud = await startCloud();
  const id = cloud.secrets.put("token", "abcdefghijkl");
  cloud.faults.add({ kind: "status", status: 503, match: { operation: "GetSecretBundle" }, times: 2 });
  const dir = await folder(t, {
    "job.yaml": `artifact: a.sh\noutputFolder: out\nenvironment: {secrets: {A: ${id}}}`,
    "a.sh": 'test "$A" = abcdefghijkl && echo "it is $A"\n',
  });
  const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir, env: cloud.env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /it is \*\*\*/);
});
