import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Refusal } from "../http/refusal.ts";
import { Models, type Exceptions } from "./models.ts";
import { SdkPackage } from "./sdk-package.ts";

/** What is wrong with a body, problem by problem. */
function problems(models: Models, model: string, body: unknown, exceptions?: Exceptions): readonly string[] {
  try {
    models.check(model, body, exceptions);
    return [];
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.deepEqual([error.status, error.code], [400, "InvalidParameter"]);
    return error.message.replace(/\.$/, "").split("; ");
  }
}

const job = {
  projectId: "ocid1.datascienceproject.oc1.iad.a",
  compartmentId: "ocid1.compartment.oc1..a",
  jobConfigurationDetails: { jobType: "DEFAULT", environmentVariables: { A: "1" }, maximumRuntimeInMinutes: "120" },
  jobInfrastructureConfigurationDetails: {
    jobInfrastructureType: "ME_STANDALONE",
    shapeName: "VM.Standard.E4.Flex",
    blockStorageSizeInGBs: 50,
    jobShapeConfigDetails: { ocpus: 1, memoryInGBs: 16, cpuBaseline: "BASELINE_1_8" },
  },
  jobStorageMountConfigurationDetailsList: [
    { storageType: "OBJECT_STORAGE", namespace: "n", bucket: "b", destinationDirectoryName: "in" },
  ],
  definedTags: { Operations: { CostCenter: 42 } },
};

suite("request bodies, judged by the SDK's models", () => {
  const models = new Models("oci-datascience");

  test("every model of every package can be read", () => {
    for (const name of ["datascience", "dataintegration", "logging", "loggingsearch", "limits"]) {
      const sdk = new SdkPackage(`oci-${name}`);
      for (const model of sdk.names) {
        const { fields, enums } = sdk.declaration(model);
        assert.ok(fields.size + enums.size > 0 || sdk.lineage(model).length > 1, model);
        for (const subtype of sdk.subtypes(model)?.models.values() ?? []) sdk.declaration(subtype);
      }
    }
  });

  test("a good body passes, null where nothing is required", () => {
    assert.deepEqual(problems(models, "CreateJobDetails", job), []);
    assert.deepEqual(problems(models, "CreateJobDetails", { ...job, displayName: null, freeformTags: null }), []);
  });

  test("all problems are told at once, each with its place", () => {
    const body = {
      compartmentId: 7,
      jobConfigurationDetails: { jobType: "DEFAULT", environmentVariables: { A: 1 } },
      jobInfrastructureConfigurationDetails: {
        ...job.jobInfrastructureConfigurationDetails,
        shapeName: null,
        jobShapeConfigDetails: { ocpus: "many", cpuBaseline: "BASELINE_1_3" },
      },
      jobStorageMountConfigurationDetailsList: [...job.jobStorageMountConfigurationDetailsList, "in"],
    };
    assert.deepEqual(
      problems(models, "CreateJobDetails", body).map((problem) => problem.split(" ")[0]),
      [
        "projectId",
        "compartmentId",
        "jobConfigurationDetails.environmentVariables.A",
        "jobInfrastructureConfigurationDetails.shapeName",
        "jobInfrastructureConfigurationDetails.jobShapeConfigDetails.ocpus",
        "jobInfrastructureConfigurationDetails.jobShapeConfigDetails.cpuBaseline",
        "jobStorageMountConfigurationDetailsList[1]",
      ],
    );
  });

  test("a discriminator must be there and be known, be it of a union, a base or a lone subtype", () => {
    const of = (body: object): readonly string[] => problems(models, "CreateJobDetails", { ...job, ...body });
    assert.match(of({ jobConfigurationDetails: {} })[0] ?? "", /^jobConfigurationDetails\.jobType must not be null/);
    assert.match(of({ jobConfigurationDetails: { jobType: "X" } })[0] ?? "", /one of EMPTY, DEFAULT, not "X"$/);
    const mounts = [{ storageType: "FLOPPY" }];
    assert.match(of({ jobStorageMountConfigurationDetailsList: mounts })[0] ?? "", /^\S+\[0\]\.storageType must be/);
    const container = { jobEnvironmentType: "PODMAN", image: "i" };
    assert.match(of({ jobEnvironmentConfigurationDetails: container })[0] ?? "", /one of OCIR_CONTAINER/);
    const subnet = { ...job.jobInfrastructureConfigurationDetails, jobInfrastructureType: "STANDALONE" };
    assert.deepEqual(of({ jobInfrastructureConfigurationDetails: subnet }), [
      "jobInfrastructureConfigurationDetails.subnetId must not be null",
    ]);
  });

  test("fields that no model has are let through and remembered", () => {
    const fresh = new Models("oci-datascience");
    assert.deepEqual(
      problems(fresh, "CreateJobDetails", { ...job, jobConfigurationDetails: { jobType: "EMPTY", x: 1 }, y: 2 }),
      [],
    );
    assert.deepEqual([...fresh.unknown], ["CreateJobDetails.jobConfigurationDetails.x", "CreateJobDetails.y"]);
  });

  test("bodies that are no objects are refused", () => {
    for (const body of [null, undefined, [], "text", 1]) {
      assert.deepEqual(problems(models, "CreateJobDetails", body), ["The request body must be an object"]);
    }
  });

  test("a task of Data Integration is judged by its kind; what the wire has otherwise can be excepted", () => {
    const integration = new Models("oci-dataintegration");
    const task = {
      modelType: "REST_TASK",
      name: "Run notebook",
      identifier: "RUN_NOTEBOOK",
      registryMetadata: { aggregatorKey: "k" },
      apiCallMode: "ASYNC_GENERIC",
      authConfig: { modelType: "OCI_RESOURCE_AUTH_CONFIG", resourcePrincipalSource: "WORKSPACE" },
      executeRestCallConfig: { modelType: "REST_CALL_CONFIG", methodType: "POST", requestHeaders: { A: "b" } },
      typedExpressions: [{ modelType: "TYPED_EXPRESSION", name: "ID", expression: "x" }],
    };
    assert.deepEqual(problems(integration, "CreateTaskDetails", task), []);
    const wrong = { ...task, apiCallMode: "ASYNC", executeRestCallConfig: { methodType: "HEAD" } };
    const places = problems(integration, "CreateTaskDetails", wrong).map((problem) => problem.split(" ")[0]);
    assert.deepEqual(places, ["apiCallMode", "executeRestCallConfig.methodType"]);
    const open = { ...task, authConfig: { modelType: "NO_AUTH_CONFIG" } };
    assert.equal(problems(integration, "CreateTaskDetails", open).length, 1);
    assert.deepEqual(problems(integration, "CreateTaskDetails", open, { unchecked: ["authConfig"] }), []);
    const patch = { patchType: "PUBLISH", objectKeys: ["k"] };
    assert.equal(problems(integration, "CreatePatchDetails", patch).length, 2);
    assert.deepEqual(problems(integration, "CreatePatchDetails", patch, { optional: ["name", "identifier"] }), []);
    assert.equal(problems(integration, "CreateTaskDetails", { ...task, modelType: "X" }).length, 1);
  });

  test("dates are dates", () => {
    const search = new Models("oci-loggingsearch");
    const body = (timeStart: unknown): object => ({ timeStart, timeEnd: "2026-01-01T00:00:00.000Z", searchQuery: "q" });
    assert.deepEqual(problems(search, "SearchLogsDetails", body("2026-01-01T00:00:00+01:00")), []);
    for (const wrong of ["yesterday", "2026-13-01T00:00:00Z", 1]) {
      assert.deepEqual(problems(search, "SearchLogsDetails", body(wrong)), ["timeStart must be a date and time"]);
    }
  });
});
