import assert from "node:assert/strict";
import { test } from "node:test";
import { load, problemsOf } from "./loading.ts";

/** An ADS document; each text is the lines of one `spec`, indented as far as it must be. */
function ads(type: string, runtime: string, infrastructure = ""): string {
  const indented = (text: string): string => text.replaceAll(/^/gm, "      ");
  return `kind: job
apiVersion: v1.0
spec:
  name: My Job
  infrastructure:
    kind: infrastructure
    type: dataScienceJob
    spec:
      jobType: DEFAULT
${indented(infrastructure)}
  runtime:
    kind: runtime
    type: ${type}
    spec:
${indented(runtime)}
`;
}

test("a notebook runtime, as ADS's own documentation writes it", async () => {
  const spec = await load(
    ads(
      "notebook",
      `env:
- name: GREETINGS
  value: Welcome to OCI Data Science
excludeTags:
- ignore
- remove
maximumRuntimeInMinutes: 90
notebookEncoding: utf-8
notebookPathURI: https://example.com/basics.ipynb
outputUri: oci://bucket_name@namespace/path/\${JOB_RUN_OCID}`,
      `blockStorageSize: 50
compartmentId: ocid1.compartment.oc1..aaaa
displayName: another name
freeformTags: {team: research}
jobInfrastructureType: STANDALONE
logGroupId: ocid1.loggroup.oc1.iad.aaaa
logId: ocid1.log.oc1.iad.aaaa
projectId: ocid1.datascienceproject.oc1.iad.aaaa
shapeConfigDetails:
  memoryInGBs: 16
  ocpus: 1
shapeName: VM.Standard.E3.Flex
storageMount:
- src: oci://bucket@namespace/prefix
  dest: data
- src: ocid1.mounttarget.oc1.iad.aaaa:ocid1.export.oc1.iad.aaaa
  dest: /shared/files
subnetId: ocid1.subnet.oc1.iad.aaaa`,
    ),
    { env: { JOB_RUN_OCID: "run-1" } },
  );
  assert.equal(spec.work?.kind, "notebook");
  assert.deepEqual(spec.work.location, { kind: "http", url: "https://example.com/basics.ipynb" });
  assert.deepEqual(spec.outputFolder, {
    kind: "oci",
    bucket: "bucket_name",
    namespace: "namespace",
    object: "path/run-1/",
  });
  assert.deepEqual(spec.notebookOptions.excludeTags, ["ignore", "remove"]);
  assert.deepEqual(spec.environment.variables, { GREETINGS: "Welcome to OCI Data Science" });
  assert.equal(spec.oci.jobName, "My Job");
  assert.equal(spec.oci.logId, "ocid1.log.oc1.iad.aaaa");
  assert.deepEqual(spec.oci.infrastructure, {
    tags: { freeform: { team: "research" } },
    networking: "custom",
    shape: "VM.Standard.E3.Flex",
    ocpus: 1,
    memoryInGBs: 16,
    blockStorageInGBs: 50,
    subnetId: "ocid1.subnet.oc1.iad.aaaa",
    mounts: [
      { location: "oci://bucket@namespace/prefix", path: "/mnt/data" },
      {
        mountTargetId: "ocid1.mounttarget.oc1.iad.aaaa",
        exportId: "ocid1.export.oc1.iad.aaaa",
        path: "/shared/files",
      },
    ],
    maximumRuntime: 5_400_000,
  });
});

test("a Git runtime", async () => {
  const spec = await load(
    ads(
      "gitPython",
      `url: https://example.com/a.git
branch: dev
commit: 0a1b2c3
gitSecretId: ocid1.vaultsecret.oc1.iad.aaaa
entrypoint: src/train.py
args: [a]
workingDir: src
pythonPath: [lib]
outputDir: results
outputUri: oci://bucket@namespace/out
skipMetadataUpdate: true`,
    ),
  );
  assert.deepEqual(spec.work, {
    kind: "repository",
    git: {
      url: "https://example.com/a.git",
      shown: "https://example.com/a.git",
      local: false,
      branch: "dev",
      commit: "0a1b2c3",
      sshKey: "ocid1.vaultsecret.oc1.iad.aaaa",
    },
    entrypoint: "src/train.py",
    arguments: ["a"],
    workingDirectory: "src",
    pythonPath: ["lib"],
  });
  assert.deepEqual(spec.outputs, ["results/"]);
});

test("a script and a python runtime", async () => {
  const overrides = { outputFolder: "/out" };
  const script = await load(ads("script", "scriptPathURI: code/run.sh\nargs: [100, linux, hi there]\nenv: {A: b}"), {
    overrides,
  });
  assert.deepEqual(script.work, {
    kind: "artifact",
    location: { kind: "file", path: "/jobs/code/run.sh" },
    sha256: undefined,
    entrypoint: undefined,
    arguments: ["100", "linux", "hi there"],
    workingDirectory: undefined,
    pythonPath: [],
  });
  assert.deepEqual(script.environment.variables, { A: "b" });
  const python = await load(ads("python", "scriptPathURI: run.py\noutputDir: results\noutputUri: /elsewhere"));
  assert.deepEqual(python.outputs, ["results/"]);
  assert.deepEqual(python.outputFolder, { kind: "file", path: "/elsewhere/" });
});

test("a container runtime", async () => {
  const spec = await load(
    ads(
      "container",
      `image: iad.ocir.io/t/i:1\nentrypoint: [/bin/sh, -c]\ncmd: '"ls", "-l"'\nreplicas: 2\nscriptPathURI: a.py`,
    ),
    { overrides: { outputFolder: "/out" } },
  );
  assert.deepEqual(spec.oci.infrastructure, {
    image: "iad.ocir.io/t/i:1",
    entrypoint: ["/bin/sh", "-c"],
    command: ["ls", "-l"],
    nodes: { replicas: 2 },
  });
});

test("env is expanded from its own block, as ADS does, and not from the run's", async () => {
  const { environment } = await load(
    ads(
      "script",
      `scriptPathURI: a.py
env:
- {name: URL, value: "http://\${HOST}:\${PORT}/path/"}
- {name: HOST, value: 10.0.0.1}
- {name: PORT, value: 443}
- {name: ESCAPED, value: "http://$\${HOST}/"}
- {name: MISSING, value: "This is \${UNDEFINED}"}
- {name: TEN, value: $10}
- {name: TWICE, value: $$10}
- {name: LOOP, value: "a\${LOOP}"}
- {name: NOTHING}
- {name: JSON, value: {a: [1, true, null]}}`,
    ),
    { overrides: { outputFolder: "/out" }, env: { UNDEFINED: "set in the run", HOST: "other" } },
  );
  assert.deepEqual(environment.variables, {
    URL: "http://10.0.0.1:443/path/",
    HOST: "10.0.0.1",
    PORT: "443",
    ESCAPED: "http://${HOST}/",
    MISSING: "This is ${UNDEFINED}",
    TEN: "$10",
    TWICE: "$10",
    LOOP: "a${LOOP}",
    NOTHING: "",
    JSON: '{"a":[1,true,null]}',
  });
});

for (const [name, text, at] of [
  ["an unknown runtime", ads("spark", "a: b"), ["13:11 spec.runtime.type"]],
  ["no runtime", "kind: job\nspec: {name: a}", ["2:7 spec.runtime.type"]],
  [
    "a folder of notebooks",
    ads("notebook", "source: code\nentrypoint: a.ipynb\noutputUri: out"),
    ["15:7 spec.runtime.spec.source", "16:7 spec.runtime.spec.entrypoint"],
  ],
  [
    "a misspelt key",
    ads("notebook", "notebookPathURL: a.ipynb\noutputUri: out"),
    ["15:7 spec.runtime.spec.notebookPathURL"],
  ],
  [
    "another encoding",
    ads("notebook", "notebookPathURI: a.ipynb\nnotebookEncoding: latin-1\noutputUri: out"),
    ["16:25 spec.runtime.spec.notebookEncoding"],
  ],
  [
    "a function to call",
    ads("python", "scriptPathURI: a.py\nentryFunction: main\noutputUri: out"),
    ["16:7 spec.runtime.spec.entryFunction"],
  ],
  [
    "several nodes by type",
    ads("notebook", "notebookPathURI: a.ipynb\noutputUri: out", "jobInfrastructureType: MULTI_NODE"),
    ["10:30 spec.infrastructure.spec.jobInfrastructureType"],
  ],
  [
    "a file system by address",
    ads("notebook", "notebookPathURI: a.ipynb\noutputUri: out", "storageMount: [{src: 10.0.0.1@/a, dest: b}]"),
    ["10:21 spec.infrastructure.spec.storageMount"],
  ],
  [
    "a wrong OCID",
    ads("notebook", "notebookPathURI: a.ipynb\noutputUri: out", "projectId: <project_ocid>"),
    ["10:18 projectId"],
  ],
] as const) {
  test(`refuses ${name}`, async () => {
    const found = (await problemsOf(text)).map(({ line, column, key }) => `${line}:${column} ${key ?? ""}`);
    assert.deepEqual(found, at);
  });
}
