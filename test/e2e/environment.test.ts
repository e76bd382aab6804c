/** What a run's environment is: secrets, conda packs, what Data Science mounted; through the built program. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud } from "../cloud/cloud.ts";
import { makeArchive } from "../artifact/make-archive.ts";
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

test("an archive runs in its own folder, with its runtime file, its inputs beside it, and publishes what it made", async (t) => {
  const archive = await makeArchive(t, "tar:gz", [
    { name: "project/src/tool.py", data: "def answer(): return 42\n" },
    {
      name: "project/main.py",
      data: `import os, sys, tool
print(sys.argv[1:], tool.answer(), os.environ["FROM_FILE"], os.environ["BOTH"], open("data.csv").read())
open("made.txt", "w").write("made")`,
    },
    { name: "project/jobruntime.yaml", data: "FROM_FILE: file\nBOTH: file\n" },
  ]);
  const dir = await folder(t, {
    "data.csv": "1,2",
    "job.yaml": `artifact: ${archive}
entrypoint: main.py
workingDirectory: project
pythonPath: [project/src]
arguments: --rate 0.5
inputs: {data.csv: data.csv}
outputFolder: out
environment: {variables: {BOTH: job}}`,
  });
  const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\['--rate', '0.5'\] 42 file job 1,2/);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual(
    record.outputs.map(({ path }) => path),
    ["made.txt"],
  );
  assert.equal(record.work?.kind, "artifact");
});

test("a notebook in an archive gets its parameters and runs beside itself; a folder runs as an archive does", async (t) => {
  const cells = notebook([{ source: "alpha = 1", tags: ["parameters"] }, "import side\nprint('alpha', alpha, side.x)"]);
  const archive = await makeArchive(t, "zip", [
    { name: "top/nb/run.ipynb", data: cells },
    { name: "top/nb/side.py", data: "x = 7\n" },
  ]);
  const dir = await folder(t, { "folder/nb/run.ipynb": cells, "folder/nb/side.py": "x = 7\n" });
  for (const artifact of [archive, "folder/"]) {
    const out = artifact === archive ? "out1" : "out2";
    await writeFile(
      join(dir, "job.yaml"),
      `artifact: ${artifact}\nentrypoint: nb/run.ipynb\nparameters: {alpha: 5}\noutputFolder: ${out}`,
    );
    const { code, stdout, stderr } = await run(["job.yaml"], { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /alpha 5 7/);
    const names = (await readdir(join(dir, out))).toSorted();
    assert.deepEqual(names, ["run.ipynb", "run.json"]);
  }
});

test("an archive that cannot be opened is told together with what else is wrong", async (t) => {
  const archive = await makeArchive(t, "zip", [{ name: "../evil.py", data: "x" }]);
  const dir = await folder(t, { "job.yaml": `artifact: ${archive}\noutputFolder: out\ninputs: {a: missing}` });
  const { code, stderr } = await run(["job.yaml"], { cwd: dir });
  assert.equal(code, 65, stderr);
  assert.match(stderr, /evil\.py/);
});
