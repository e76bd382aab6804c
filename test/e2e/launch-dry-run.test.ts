/** `nbjob launch --dry-run`: every request, exactly, with no service and no credentials. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { PlannedRequest } from "../../src/launch/requests.ts";
import type { CreateJobDetails, CreateJobRunDetails, JobConfiguration } from "../../src/oci/datascience/models.ts";
import { Models } from "../cloud/models/models.ts";
import { serve } from "../storage/server.ts";
import { folder, notebook, run } from "../support/program.ts";

const oci = `projectId: ocid1.datascienceproject.oc1.iad.aaaa
compartmentId: ocid1.compartment.oc1..aaaa
infrastructure: {image: "iad.ocir.io/t/nbjob:1"}
`;

/** No credentials, and nobody to ask. */
const alone = {
  HOME: "/nonexistent",
  NBJOB_OCI_ENDPOINT: "http://127.0.0.1:9",
  OCI_CLI_CONFIG_FILE: "/nonexistent/config",
};

async function dryRun(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await run(["launch", ...args, "--dry-run"], { cwd, env: { ...alone, ...env } });
  assert.equal(code, 0, stderr);
  const models = new Models("oci-datascience");
  // The test asserts on every part that it uses.
  const requests = JSON.parse(stdout) as readonly PlannedRequest[];
  const body = (to: string): unknown => requests.find((each) => each.method === "POST" && each.to.endsWith(to))?.body;
  models.check("CreateJobDetails", body("/jobs"));
  models.check("CreateJobRunDetails", body("/jobRuns"));
  const [job, made] = [body("/jobs") as CreateJobDetails, body("/jobRuns") as CreateJobRunDetails];
  const variables = configuration(made.jobConfigurationOverrideDetails).environmentVariables ?? {};
  const uploads = requests.filter(({ method }) => method === "PUT");
  return { requests, job, tags: made.freeformTags ?? {}, variables, uploads };
}

function configuration(details: CreateJobDetails["jobConfigurationDetails"]): JobConfiguration {
  assert.equal(details?.jobType, "DEFAULT");
  return details;
}

function shapeOf({ jobInfrastructureConfigurationDetails: details }: CreateJobDetails): string | undefined {
  return details !== undefined && "shapeName" in details ? details.shapeName : undefined;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("what lies here is uploaded under its checksum, and the job file names it there", async (t) => {
  const work = notebook(["1"]);
  const cwd = await folder(t, {
    "jobs/job.yaml": `noteBook: ../n.ipynb\noutputFolder: oci://results@ns/x/\${JOB_RUN_OCID}\ninputs: {data: ../data/}\n${oci}`,
    "n.ipynb": work,
    "data/a.csv": "1",
    "data/b/c.csv": "2",
  });
  const { uploads, variables, tags } = await dryRun(cwd, ["jobs/job.yaml"]);
  const at = `oci://results@ns/nbjob-staging/${sha256(work)}/n.ipynb`;
  assert.equal(uploads[0]?.to, at);
  assert.deepEqual(
    uploads.slice(1, 4).map(({ to }) => to.replace(/.*[0-9a-f]{64}\//, "")),
    ["data/a.csv", "data/b/c.csv", "complete"],
  );
  const text = uploads[4]?.body;
  assert.ok(typeof text === "string");
  assert.equal(variables["NOTEBOOK_YAML_URL"], `oci://results@ns/nbjob-staging/${sha256(text)}/job.yaml`);
  assert.match(text, new RegExp(`"noteBook": "${at}"`));
  assert.match(text, /"outputFolder": "oci:\/\/results@ns\/x\/\$\{JOB_RUN_OCID\}"/);
  assert.deepEqual(
    [tags["nbjob-work"], tags["nbjob-work-sha256"], tags["nbjob-outputs"]],
    [at, sha256(work), "oci://results@ns/x/${JOB_RUN_OCID}/"],
  );
});

test("a job file that needs no change is uploaded as it is written", async (t) => {
  const file = `# mine\nnoteBook: https://example.com/n.ipynb\noutputFolder: oci://results@ns/x\n${oci}`;
  const cwd = await folder(t, { "job.yaml": file });
  const { uploads, variables } = await dryRun(cwd, ["job.yaml"]);
  assert.deepEqual(
    uploads.map(({ body }) => body),
    [file],
  );
  assert.match(variables["NOTEBOOK_YAML_URL"] ?? "", new RegExp(sha256(file)));
});

test("values of the command line travel as variables, files that it names are uploaded", async (t) => {
  const cwd = await folder(t, {
    "job.yaml": `noteBook: https://example.com/n.ipynb\noutputFolder: oci://results@ns/x\n${oci}`,
    "here.csv": "1",
    "p.yaml": "c: 3\n",
  });
  const args = [
    "-p",
    "a",
    "1.0",
    "-r",
    "b",
    "2",
    "-f",
    "p.yaml",
    "--set",
    "timeout=2h",
    "--set",
    'inputs."x.csv"=here.csv',
  ];
  const launch = [
    "--image",
    "iad.ocir.io/t/other:2",
    "--shape",
    "VM.Standard2.1",
    "--name",
    "mine",
    "--stage",
    "oci://stage@ns/up",
  ];
  const { uploads, variables, job } = await dryRun(cwd, ["job.yaml", ...args, ...launch]);
  assert.equal(variables["NBJOB_PARAMETERS"], '{"c": 3, "a": 1.0, "b": "2"}');
  const at = `oci://stage@ns/up/${sha256("1")}/here.csv`;
  assert.equal(variables["NBJOB_SET"], `{"timeout": "2h", "inputs.\\"x.csv\\"": "${at}"}`);
  assert.deepEqual(
    uploads.map(({ to }) => to.startsWith("oci://stage@ns/up/")),
    [true, true],
  );
  assert.equal(job.displayName, "mine");
  assert.equal(job.jobEnvironmentConfigurationDetails?.image, "iad.ocir.io/t/other:2");
  assert.equal(shapeOf(job), "VM.Standard2.1");
});

test("a folder that runs is packed, to the same bytes each time; a notebook needs no job file", async (t) => {
  const cwd = await folder(t, { "project/main.py": "print(1)\n", "project/lib/a.py": "", "n.ipynb": notebook(["1"]) });
  const set = ["--output-folder", "oci://results@ns/x/", "--image", "iad.ocir.io/t/nbjob:1"];
  const env = {
    PROJECT_OCID: "ocid1.datascienceproject.oc1.iad.aaaa",
    JOB_RUN_COMPARTMENT_OCID: "ocid1.compartment.oc1..aaaa",
  };
  const {
    uploads: [work],
    job,
  } = await dryRun(cwd, ["n.ipynb", ...set], env);
  assert.match(work?.to ?? "", /n\.ipynb$/);
  assert.deepEqual([job.projectId, job.compartmentId], [env.PROJECT_OCID, env.JOB_RUN_COMPARTMENT_OCID]);
  const file = `artifact: project/\nentrypoint: main.py\noutputFolder: oci://results@ns/x\n${oci}`;
  const other = await folder(t, { "project/lib/a.py": "", "project/main.py": "print(1)\n", "job.yaml": file });
  await writeFile(`${cwd}/job.yaml`, file);
  const [first, second] = [await dryRun(cwd, ["job.yaml"]), await dryRun(other, ["job.yaml"])];
  assert.match(first.uploads[0]?.to ?? "", /project\.tar\.gz$/);
  assert.equal(first.uploads[0]?.to, second.uploads[0]?.to);
});

test("an Oracle-managed environment: the artifact carries nbjob, the pack is named for Data Science", async (t) => {
  const cwd = await folder(t, {
    "job.yaml": `noteBook: https://example.com/n.ipynb\noutputFolder: oci://results@ns/x\nenvironment: {conda: pytorch_p310_v1}\n${oci.replace(/infrastructure.*\n/, "")}`,
    nbjob: "the executable",
  });
  const { job, variables, requests } = await dryRun(cwd, ["job.yaml", "--executable", "nbjob"]);
  const pack = { CONDA_ENV_TYPE: "service", CONDA_ENV_SLUG: "pytorch_p310_v1", JOB_RUN_ENTRYPOINT: "nbjob-job.sh" };
  assert.deepEqual(configuration(job.jobConfigurationDetails).environmentVariables, pack);
  assert.equal(variables["CONDA_ENV_SLUG"], "pytorch_p310_v1");
  assert.equal(variables["NBJOB_SET"], undefined);
  assert.equal(job.jobEnvironmentConfigurationDetails, undefined);
  assert.equal(requests.filter(({ to }) => to.endsWith("/artifact")).length, 1);
  const without = await run(["launch", "job.yaml", "--dry-run"], { cwd, env: alone });
  assert.equal(without.code, 64);
  assert.match(without.stderr, /--executable/);
});

test("variables of this machine go along by name; those that the run has stay; secrets are refused", async (t) => {
  const file = (value: string) =>
    `noteBook: https://example.com/n.ipynb\noutputFolder: oci://results@ns/\${TEAM}/\${JOB_RUN_OCID}\nenvironment: {variables: {X: "${value}"}}\n${oci}`;
  const cwd = await folder(t, { "job.yaml": file("${PATH}:${UNSET_HERE}"), "secret.yaml": file("${DB_PASSWORD}") });
  const { variables } = await dryRun(cwd, ["job.yaml"], { TEAM: "ml" });
  assert.deepEqual(Object.keys(variables).toSorted(), ["NOTEBOOK_YAML_URL", "TEAM"]);
  const refused = await run(["launch", "secret.yaml", "--dry-run"], {
    cwd,
    env: { ...alone, TEAM: "ml", DB_PASSWORD: "hunter2hunter2" },
  });
  assert.equal(refused.code, 78, refused.stderr);
  assert.match(refused.stderr, /Vault/);
  assert.doesNotMatch(refused.stderr, /hunter2/);
});

test("what no job run could do is told before anything is asked, all at once", async (t) => {
  const cwd = await folder(t, {
    "job.yaml": "noteBook: n.ipynb\noutputFolder: out/\nlogId: ocid1.log.oc1.iad.aaaa\n",
    "n.ipynb": notebook([]),
  });
  const { code, stderr } = await run(["launch", "job.yaml"], { cwd, env: alone });
  assert.equal(code, 78, stderr);
  for (const key of ["outputFolder", "projectId", "compartmentId", "infrastructure.image", "logId"])
    assert.match(stderr, new RegExp(key));
  const missing = await folder(t, { "job.yaml": `noteBook: gone.ipynb\noutputFolder: oci://b@n/x\n${oci}` });
  const gone = await run(["launch", "job.yaml"], { cwd: missing, env: alone });
  assert.equal(gone.code, 66, gone.stderr);
  assert.match(gone.stderr, /gone\.ipynb/);
});

test("a job file behind an address that holds a secret is moved, what it names beside it written out", async (t) => {
  await using server = await serve((request, response) => {
    response.end(
      request.url?.startsWith("/jobs/job.yaml")
        ? `noteBook: ../n.ipynb\noutputFolder: oci://r@ns/\${JOB_RUN_OCID}\n${oci}`
        : "",
    );
  });
  const cwd = await folder(t);
  const { uploads, variables } = await dryRun(cwd, [`${server.url}/jobs/job.yaml?sig=s3cret`]);
  assert.match(variables["NOTEBOOK_YAML_URL"] ?? "", /^oci:\/\/r@ns\/nbjob-staging\/[0-9a-f]{64}\/job\.yaml$/);
  const text = uploads[0]?.body;
  assert.ok(typeof text === "string");
  assert.match(text, new RegExp(`"noteBook": "${server.url}/n.ipynb"`));
  assert.match(text, /oci:\/\/r@ns\/\$\{JOB_RUN_OCID\}\//);
  const open = await dryRun(cwd, [`${server.url}/jobs/job.yaml`]);
  assert.deepEqual([open.uploads, open.variables["NOTEBOOK_YAML_URL"]], [[], `${server.url}/jobs/job.yaml`]);
});

test("a document of ADS is launched as the job file that means the same", async (t) => {
  const work = notebook(["1"]);
  const cwd = await folder(t, {
    "n.ipynb": work,
    "ads.yaml": `kind: job
spec:
  name: ads-job
  infrastructure:
    kind: infrastructure
    type: dataScienceJob
    spec: {projectId: ocid1.datascienceproject.oc1.iad.aaaa, compartmentId: ocid1.compartment.oc1..aaaa, shapeName: VM.Standard2.1, blockStorageSize: 100}
  runtime:
    kind: runtime
    type: notebook
    spec: {notebookPathURI: n.ipynb, outputUri: "oci://r@ns/out", env: [{name: A, value: b}]}
`,
  });
  const { job, uploads } = await dryRun(cwd, ["ads.yaml", "--image", "iad.ocir.io/t/nbjob:1"]);
  assert.deepEqual([job.displayName, shapeOf(job)], ["ads-job", "VM.Standard2.1"]);
  assert.match(String(uploads[0]?.to), new RegExp(`${sha256(work)}/n.ipynb$`));
});
