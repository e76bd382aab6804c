/** What a job file asks for, as the requests that Data Science takes: judged by the SDK's own models, field by field. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { checkEnvironment, checkJob } from "../../src/launch/check-details.ts";
import { digestTag, jobDetails } from "../../src/launch/job-details.ts";
import { runDetails, runName } from "../../src/launch/run-details.ts";
import { parseYaml } from "../../src/spec/yaml/parse.ts";
import { Models } from "../cloud/models/models.ts";
import { load } from "../spec/loading.ts";

const placement = {
  projectId: "ocid1.datascienceproject.oc1.iad.aaaa",
  compartmentId: "ocid1.compartment.oc1..aaaa",
};
const image = "iad.ocir.io/tenancy/nbjob:1";
const models = new Models("oci-datascience");

async function specOf(yaml: string) {
  return load(`noteBook: https://example.com/a.ipynb\noutputFolder: oci://b@n/out\n${yaml}`);
}

async function detailsOf(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const { oci } = await specOf(yaml);
  const details = jobDetails({ ...placement, name: "job", oci, environment });
  models.check("CreateJobDetails", JSON.parse(JSON.stringify(details)));
  assert.deepEqual([...models.unknown], []);
  return details;
}

/** A job file's infrastructure, and what it becomes beside what every job has. */
const table: readonly (readonly [what: string, yaml: string, details: object])[] = [
  [
    "an image alone: managed networking, a small Flex shape, the least block volume",
    `infrastructure: {image: "${image}"}`,
    {
      jobInfrastructureConfigurationDetails: {
        jobInfrastructureType: "ME_STANDALONE",
        shapeName: "VM.Standard.E3.Flex",
        blockStorageSizeInGBs: 50,
        jobShapeConfigDetails: { ocpus: 1, memoryInGBs: 16 },
      },
      jobEnvironmentConfigurationDetails: { jobEnvironmentType: "OCIR_CONTAINER", image },
    },
  ],
  [
    "a subnet: custom networking; a shape without a configuration of its own",
    `infrastructure: {image: "${image}", shape: VM.GPU.A10.1, subnetId: ocid1.subnet.oc1.iad.aaaa, blockStorageInGBs: 200}`,
    {
      jobInfrastructureConfigurationDetails: {
        jobInfrastructureType: "STANDALONE",
        shapeName: "VM.GPU.A10.1",
        subnetId: "ocid1.subnet.oc1.iad.aaaa",
        blockStorageSizeInGBs: 200,
      },
    },
  ],
  [
    "a Flex shape's parts",
    `infrastructure: {image: "${image}", shape: VM.Standard.E4.Flex, ocpus: 4, memoryInGBs: 20, cpuBaseline: BASELINE_1_8}`,
    {
      jobInfrastructureConfigurationDetails: {
        jobInfrastructureType: "ME_STANDALONE",
        shapeName: "VM.Standard.E4.Flex",
        blockStorageSizeInGBs: 50,
        jobShapeConfigDetails: { ocpus: 4, memoryInGBs: 20, cpuBaseline: "BASELINE_1_8" },
      },
    },
  ],
  [
    "a command, its numbers as written; a digest and a signature",
    `infrastructure:
  image: "${image}"
  imageDigest: sha256:${"a".repeat(64)}
  imageSignatureId: ocid1.containerimagesignature.oc1.iad.aaaa
  entrypoint: [tini, --]
  command: [run, -p, version, 1.10]`,
    {
      jobEnvironmentConfigurationDetails: {
        jobEnvironmentType: "OCIR_CONTAINER",
        image,
        cmd: ["run", "-p", "version", "1.10"],
        entrypoint: ["tini", "--"],
        imageDigest: `sha256:${"a".repeat(64)}`,
        imageSignatureId: "ocid1.containerimagesignature.oc1.iad.aaaa",
      },
    },
  ],
  [
    "without an image a command is the arguments of what the artifact starts",
    `environment: {conda: slug_v1}\ninfrastructure: {command: [run, -p, name, "it's"]}`,
    {
      jobConfigurationDetails: { jobType: "DEFAULT", commandLineArguments: String.raw`run -p name 'it'\''s'` },
      jobEnvironmentConfigurationDetails: undefined,
    },
  ],
  [
    "maximum runtime in whole minutes, and a startup probe",
    `infrastructure:
  image: "${image}"
  maximumRuntime: 90s
  startupProbe: {command: [test, -e, /ready], period: 1500ms, failureThreshold: 3, initialDelay: 0}`,
    {
      jobConfigurationDetails: {
        jobType: "DEFAULT",
        maximumRuntimeInMinutes: 2,
        startupProbeDetails: {
          jobProbeCheckType: "EXEC",
          command: ["test", "-e", "/ready"],
          periodInSeconds: 2,
          failureThreshold: 3,
          initialDelayInSeconds: 0,
        },
      },
    },
  ],
  [
    "a log group: a log is made for each run",
    `logGroupId: ocid1.loggroup.oc1.iad.aaaa\ninfrastructure: {image: "${image}"}`,
    {
      jobLogConfigurationDetails: {
        enableLogging: true,
        enableAutoLogCreation: true,
        logGroupId: "ocid1.loggroup.oc1.iad.aaaa",
      },
    },
  ],
  [
    "a log: every run writes to it",
    `logGroupId: ocid1.loggroup.oc1.iad.aaaa\nlogId: ocid1.log.oc1.iad.aaaa\ninfrastructure: {image: "${image}"}`,
    {
      jobLogConfigurationDetails: {
        enableLogging: true,
        enableAutoLogCreation: false,
        logGroupId: "ocid1.loggroup.oc1.iad.aaaa",
        logId: "ocid1.log.oc1.iad.aaaa",
      },
    },
  ],
  [
    "mounts of buckets and file systems",
    `infrastructure:
  image: "${image}"
  subnetId: ocid1.subnet.oc1.iad.aaaa
  mounts:
    - {location: oci://data@ns/in/a, path: /mnt/in}
    - {location: oci://data@ns, path: /data/}
    - {mountTargetId: ocid1.mounttarget.oc1.iad.aaaa, exportId: ocid1.export.oc1.iad.aaaa, path: /a/b/c}`,
    {
      jobStorageMountConfigurationDetailsList: [
        {
          storageType: "OBJECT_STORAGE",
          namespace: "ns",
          bucket: "data",
          prefix: "in/a",
          destinationDirectoryName: "in",
          destinationPath: "/mnt",
        },
        {
          storageType: "OBJECT_STORAGE",
          namespace: "ns",
          bucket: "data",
          destinationDirectoryName: "data",
          destinationPath: "/",
        },
        {
          storageType: "FILE_STORAGE",
          mountTargetId: "ocid1.mounttarget.oc1.iad.aaaa",
          exportId: "ocid1.export.oc1.iad.aaaa",
          destinationDirectoryName: "c",
          destinationPath: "/a/b",
        },
      ],
    },
  ],
  [
    "several nodes: everything is their group's",
    `infrastructure:
  image: "${image}"
  maximumRuntime: 1h
  subnetId: ocid1.subnet.oc1.iad.aaaa
  nodes: {replicas: 3, minimumSuccess: 2, startupOrder: IN_ORDER}`,
    {
      jobConfigurationDetails: { jobType: "EMPTY" },
      jobInfrastructureConfigurationDetails: { jobInfrastructureType: "EMPTY" },
      jobEnvironmentConfigurationDetails: undefined,
      jobNodeConfigurationDetails: {
        jobNodeType: "MULTI_NODE",
        startupOrder: "IN_ORDER",
        maximumRuntimeInMinutes: 60,
        jobNetworkConfiguration: { jobNetworkType: "CUSTOM_NETWORK", subnetId: "ocid1.subnet.oc1.iad.aaaa" },
        jobNodeGroupConfigurationDetailsList: [
          {
            name: "node-group",
            replicas: 3,
            minimumSuccessReplicas: 2,
            jobInfrastructureConfigurationDetails: {
              jobInfrastructureType: "MULTI_NODE",
              shapeName: "VM.Standard.E3.Flex",
              blockStorageSizeInGBs: 50,
              jobShapeConfigDetails: { ocpus: 1, memoryInGBs: 16 },
            },
            jobConfigurationDetails: { jobType: "DEFAULT" },
            jobEnvironmentConfigurationDetails: { jobEnvironmentType: "OCIR_CONTAINER", image },
          },
        ],
      },
    },
  ],
  [
    "a managed compute cluster",
    `infrastructure:
  image: "${image}"
  computeTarget: {id: ocid1.datasciencecomputetarget.oc1.iad.aaaa, ocpus: 2, memoryInGBs: 8, gpus: 1, ocpusLimit: 4}`,
    {
      jobInfrastructureConfigurationDetails: {
        jobInfrastructureType: "MANAGED_COMPUTE_CLUSTER",
        computeTargetId: "ocid1.datasciencecomputetarget.oc1.iad.aaaa",
        resourceConfiguration: {
          resourceRequestConfiguration: { ocpus: 2, memoryInGBs: 8, gpus: 1 },
          resourceLimitConfiguration: { ocpus: 4, memoryInGBs: 8 },
        },
      },
    },
  ],
  [
    "tags and a description",
    `infrastructure: {image: "${image}", description: Nightly, tags: {freeform: {team: ml, cost: 1.10}, defined: {Ops: {Center: 42}}}}`,
    { description: "Nightly", definedTags: { Ops: { Center: "42" } } },
  ],
];

suite("job details", () => {
  for (const [what, yaml, expected] of table) {
    test(what, async () => {
      const details = await detailsOf(yaml);
      const named = Object.fromEntries(
        Object.keys(expected).map((key) => [key, Object.entries(details).find(([name]) => name === key)?.[1]]),
      );
      assert.deepEqual(named, expected);
      assert.deepEqual(
        [details.projectId, details.compartmentId, details.displayName],
        [placement.projectId, placement.compartmentId, "job"],
      );
    });
  }

  test("equal recipes have one digest, whatever the order of their keys; any difference makes another", async () => {
    const digest = async (yaml: string) => (await detailsOf(yaml)).freeformTags?.[digestTag];
    const one = await digest(`infrastructure: {image: "${image}", shape: VM.Standard.E4.Flex, ocpus: 2}`);
    assert.match(one ?? "", /^[0-9a-f]{64}$/);
    assert.equal(await digest(`infrastructure: {ocpus: 2, shape: VM.Standard.E4.Flex, image: "${image}"}`), one);
    for (const other of [
      `infrastructure: {image: "${image}2", shape: VM.Standard.E4.Flex, ocpus: 2}`,
      `infrastructure: {image: "${image}", shape: VM.Standard.E4.Flex, ocpus: 3}`,
      `infrastructure: {image: "${image}", shape: VM.Standard.E4.Flex, ocpus: 2, tags: {freeform: {a: b}}}`,
    ]) {
      assert.notEqual(await digest(other), one);
    }
  });

  test("an artifact is part of the digest", async () => {
    const { oci } = await specOf("environment: {conda: slug_v1}");
    const recipe = { ...placement, name: "job", oci, environment: {} };
    const tag = (artifactSha256: string) => jobDetails({ ...recipe, artifactSha256 }).freeformTags?.[digestTag];
    assert.notEqual(tag("a"), tag("b"));
  });
});

suite("job run details", () => {
  const recipe = { ...placement, jobId: "ocid1.datasciencejob.oc1.iad.aaaa", name: "run", tags: { lineage: "x" } };

  test("variables go to the run, or to its node group; the job's tags go along", async () => {
    const environment = { NOTEBOOK_YAML_URL: "oci://b@n/job.yaml" };
    const { oci } = await specOf(`infrastructure: {image: "${image}", tags: {freeform: {team: ml}}}`);
    const single = runDetails({ ...recipe, environment, infrastructure: oci.infrastructure });
    models.check("CreateJobRunDetails", JSON.parse(JSON.stringify(single)));
    assert.deepEqual(single.jobConfigurationOverrideDetails, { jobType: "DEFAULT", environmentVariables: environment });
    assert.deepEqual(single.freeformTags, { team: "ml", lineage: "x" });
    const { oci: nodes } = await specOf(`infrastructure: {image: "${image}", nodes: {replicas: 2, name: workers}}`);
    const several = runDetails({ ...recipe, environment, infrastructure: nodes.infrastructure });
    models.check("CreateJobRunDetails", JSON.parse(JSON.stringify(several)));
    assert.equal(several.jobConfigurationOverrideDetails, undefined);
    const [group] = several.jobNodeConfigurationOverrideDetails?.jobNodeGroupConfigurationDetailsList ?? [];
    assert.deepEqual(
      [group?.name, group?.jobConfigurationDetails],
      ["workers", { jobType: "DEFAULT", environmentVariables: environment }],
    );
    assert.deepEqual([...models.unknown], []);
  });

  test("a run's name holds the job's and the time, and fits", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 400 }), fc.date({ noInvalidDate: true }), (name, at) => {
        const made = runName(name, at);
        assert.ok(made.length <= 255);
        assert.match(made, /-run-[-+\d]+-\d\d-\d\d-\d\d:\d\d:\d\d$/);
        assert.ok(made.startsWith(name.slice(0, 200)));
      }),
    );
  });
});

suite("what Data Science would refuse", () => {
  const problems = async (yaml: string, name = "job"): Promise<readonly string[]> => {
    const keys = checkJob(await specOf(yaml), name).map(({ key }) => key ?? "");
    return keys.toSorted();
  };
  const good = `infrastructure: {image: "${image}"}`;

  test("a good job has no problem; each limit is one, and all are told at once", async () => {
    assert.deepEqual(await problems(good), []);
    assert.deepEqual(await problems("jobName: x"), ["infrastructure.image"]);
    assert.deepEqual(await problems("infrastructure: {image: nbjob, entrypoint: [a]}"), ["infrastructure.image"]);
    assert.deepEqual(await problems("environment: {conda: x}\ninfrastructure: {entrypoint: [a]}"), [
      "infrastructure.entrypoint",
    ]);
    assert.deepEqual(await problems(good, "n".repeat(256)), ["jobName"]);
    assert.deepEqual(await problems(good, "n".repeat(255)), []);
    assert.deepEqual(await problems(`logId: ocid1.log.oc1.iad.a\n${good}`), ["logId"]);
    assert.deepEqual(await problems(`infrastructure: {image: "${image}", blockStorageInGBs: 2000}`), [
      "infrastructure.blockStorageInGBs",
    ]);
    assert.deepEqual(
      await problems(`infrastructure:
  image: "${image}"
  nodes: {replicas: 2}
  computeTarget: {id: ocid1.x.oc1..a, ocpus: 1, memoryInGBs: 1}
  tags: {freeform: {${"k".repeat(101)}: a, b: ${"v".repeat(257)}}}
  mounts:
    - {location: oci://a@n, path: /mnt/a}
    - {mountTargetId: ocid1.mounttarget.oc1.iad.a, exportId: ocid1.export.oc1.iad.a, path: /mnt/a/}`),
      [
        "infrastructure.mounts.1",
        "infrastructure.mounts.1.path",
        "infrastructure.nodes",
        "infrastructure.tags.freeform.b",
        `infrastructure.tags.freeform.${"k".repeat(101)}`,
      ],
    );
  });

  test("a command's bytes and a run's characters are counted as the service counts them", async () => {
    const command = (bytes: number) => `infrastructure: {image: "${image}", command: ["${"x".repeat(bytes - 2)}é"]}`;
    assert.deepEqual(await problems(command(2047)), []);
    assert.deepEqual(await problems(command(2048)), ["infrastructure.command"]);
    const words = (count: number) => `environment: {conda: x}\ninfrastructure: {command: ["${"x".repeat(count)}"]}`;
    assert.deepEqual(await problems(words(4000)), []);
    assert.deepEqual(await problems(words(4001)), ["infrastructure.command"]);
    assert.deepEqual(checkEnvironment({ A: "x".repeat(19_999) }), []);
    assert.equal(checkEnvironment({ A: "x".repeat(20_000) }).length, 1);
  });

  test("an output folder that no job run reaches", async () => {
    const at = async (folder: string) =>
      checkJob(await load(`noteBook: https://x.example/a.ipynb\noutputFolder: ${folder}\n${good}`), "job").map(
        ({ key }) => key,
      );
    assert.deepEqual(await at("out/"), ["outputFolder"]);
    assert.deepEqual(await at("https://x.example/out/"), ["outputFolder"]);
    const mounted = `noteBook: https://x.example/a.ipynb\noutputFolder: /mnt/out/x\ninfrastructure: {image: "${image}", mounts: [{location: oci://b@n, path: /mnt/out}]}`;
    assert.deepEqual(checkJob(await load(mounted), "job"), []);
  });
});

test("any job file that passes makes requests that the SDK's models take", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((value) => !/[\0$]/.test(value));
  const infrastructure = fc.record(
    {
      image: fc.constant(image),
      entrypoint: fc.array(text, { maxLength: 3 }),
      command: fc.array(text, { maxLength: 3 }),
      shape: fc.constantFrom("VM.Standard.E4.Flex", "VM.Standard3.Flex"),
      ocpus: fc.integer({ min: 1, max: 64 }),
      memoryInGBs: fc.integer({ min: 1, max: 512 }),
      blockStorageInGBs: fc.integer({ min: 50, max: 1024 }),
      maximumRuntime: fc.integer({ min: 1, max: 86_400 }),
      nodes: fc.record({ replicas: fc.integer({ min: 1, max: 10 }) }),
      description: text,
    },
    { requiredKeys: ["image"] },
  );
  const property = fc.asyncProperty(infrastructure, async (given) => {
    assert.notEqual(parseYaml(JSON.stringify(given)).root, undefined);
    const spec = await specOf(`infrastructure: ${JSON.stringify(given)}`);
    if (checkJob(spec, "job").length > 0) return;
    const details = jobDetails({ ...placement, name: "job", oci: spec.oci, environment: {} });
    models.check("CreateJobDetails", JSON.parse(JSON.stringify(details)));
    const container = details.jobEnvironmentConfigurationDetails;
    if (container !== undefined) assert.deepEqual(container.cmd, given.command);
  });
  return fc.assert(property);
});
