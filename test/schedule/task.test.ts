/** The REST task's body, and the six defects of the published one, each mended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pollCondition, successCondition } from "../../src/schedule/task/conditions.ts";
import { embed } from "../../src/schedule/task/embed.ts";
import type { TaskRun } from "../../src/schedule/task/payload.ts";
import { restTask, type RestTaskOptions } from "../../src/schedule/task/rest-task.ts";
import { evaluate } from "./expression.ts";

const run: TaskRun = {
  projectId: "ocid1.datascienceproject.oc1.iad.p",
  compartmentId: "ocid1.compartment.oc1..c",
  jobId: "ocid1.datasciencejob.oc1.iad.j",
  name: "nightly",
  maximumRuntimeInMinutes: 120,
  tags: { freeformTags: { "nbjob-outputs": "oci://out@ns/${JOB_RUN_OCID}/" } },
  work: {
    kind: "job-file",
    url: "oci://jobs@ns/nightly.yaml",
    parameters: "{}",
    settings: "{}",
    environment: { A: "1" },
  },
};

const options: RestTaskOptions = {
  name: "nightly",
  identifier: "NIGHTLY",
  endpoint: "https://datascience.eu-dcc-milan-1.oci.oraclecloud14.com",
  principal: "workspace",
  concurrent: false,
  run,
};

/** What Data Integration does with a payload: each `${NAME}` is replaced by the value's text, once or more often. */
function substituted(
  task: ReturnType<typeof restTask>,
  values: Readonly<Record<string, string>> = {},
  times = 1,
): unknown {
  const defaults = Object.fromEntries(
    (task.parameters ?? []).map(({ name = "", defaultValue }) => [name, defaultValue]),
  );
  const known: Readonly<Record<string, string>> = { ...defaults, ...values };
  const { refValue } = at(task.executeRestCallConfig, "requestPayload");
  let text = refValue.configValues.configParamValues["dataParam"]?.stringValue ?? "";
  for (let time = 0; time < times; time += 1)
    text = text.replaceAll(/\$\{(\w+)\}/g, (whole, name) => known[name] ?? whole);
  return JSON.parse(text);
}

interface Setting {
  readonly stringValue: string;
  readonly objectValue: number;
  readonly refValue: { readonly configValues: { readonly configParamValues: Readonly<Record<string, Setting>> } };
}

/** A setting of a call, which the models leave open. */
function at(config: { readonly configValues?: unknown } | undefined, name: string): Setting {
  const values = config?.configValues as Setting["refValue"]["configValues"] | undefined;
  return values?.configParamValues[name] ?? assert.fail(`there is no ${name}`);
}

test("a run of an existing job with the job file named in its environment", () => {
  assert.deepEqual(substituted(restTask(options)), {
    projectId: run.projectId,
    compartmentId: run.compartmentId,
    jobId: run.jobId,
    displayName: "nightly",
    jobConfigurationOverrideDetails: {
      jobType: "DEFAULT",
      maximumRuntimeInMinutes: 120,
      environmentVariables: {
        A: "1",
        NOTEBOOK_YAML_URL: "oci://jobs@ns/nightly.yaml",
        NBJOB_PARAMETERS: "{}",
        NBJOB_SET: "{}",
      },
    },
    ...run.tags,
  });
});

test("a plain run of a job with command-line arguments", () => {
  const work = { kind: "arguments", arguments: `100 linux "hi there"` } as const;
  assert.deepEqual(substituted(restTask({ ...options, run: { ...run, work } })), {
    projectId: run.projectId,
    compartmentId: run.compartmentId,
    jobId: run.jobId,
    displayName: "nightly",
    jobConfigurationOverrideDetails: {
      jobType: "DEFAULT",
      maximumRuntimeInMinutes: 120,
      commandLineArguments: `100 linux "hi there"`,
    },
    ...run.tags,
  });
});

test("all that people override is a parameter, and says where it is used", () => {
  const { parameters = [] } = restTask(options);
  assert.deepEqual(
    parameters.map(({ name = "" }) => name).toSorted((a, b) => a.localeCompare(b)),
    [
      "COMPARTMENT_ID",
      "JOB_ID",
      "JOB_NAME",
      "MAXIMUM_RUNTIME",
      "NOTEBOOK_YAML_URL",
      "PARAMETERS",
      "PROJECT_ID",
      "SETTINGS",
    ],
  );
  for (const { configValues, description } of parameters) {
    assert.equal(
      configValues?.configParamValues?.["usedInParam"]?.stringValue,
      "Execute API Config: (Request Payload)",
    );
    assert.notEqual(description, "");
  }
  const other = substituted(restTask(options), { NOTEBOOK_YAML_URL: "https://x/y.yaml", MAXIMUM_RUNTIME: "7" });
  assert.partialDeepStrictEqual(other, {
    jobConfigurationOverrideDetails: {
      maximumRuntimeInMinutes: 7,
      environmentVariables: { NOTEBOOK_YAML_URL: "https://x/y.yaml" },
    },
  });
});

const finalStates = ["SUCCEEDED", "FAILED", "CANCELED", "DELETED", "NEEDS_ATTENTION"];

test("mended: polling ends at every state that a run stays in", () => {
  for (const lifecycleState of ["ACCEPTED", "IN_PROGRESS", "CANCELING", ...finalStates]) {
    assert.equal(
      evaluate(pollCondition, 200, { lifecycleState }),
      !finalStates.includes(lifecycleState),
      lifecycleState,
    );
  }
});

test("mended: a terminated task cancels its run", () => {
  const { cancelRestCallConfig: cancel } = restTask(options);
  assert.equal(cancel?.methodType, "POST");
  assert.match(at(cancel, "requestURL").stringValue, /\/jobRuns\/#\{JOB_RUN_ID\}\/actions\/cancelJobRun$/);
});

test("mended: the task polls for as long as the run may take", () => {
  for (const maximumRuntimeInMinutes of [10, 1200, 43_200]) {
    const { pollRestCallConfig: poll } = restTask({ ...options, run: { ...run, maximumRuntimeInMinutes } });
    assert.equal(at(poll, "pollMaxDurationUnit").stringValue, "MINUTES");
    assert.ok(at(poll, "pollMaxDuration").objectValue >= maximumRuntimeInMinutes + 15);
  }
});

test("mended: success is a state of SUCCEEDED under a status from 200 to 299", () => {
  const judged = (status: number, lifecycleState: string) => evaluate(successCondition, status, { lifecycleState });
  assert.deepEqual(
    [199, 200, 204, 299, 300, 404].map((status) => judged(status, "SUCCEEDED")),
    [false, true, true, true, false, false],
  );
  assert.deepEqual(
    finalStates.filter((state) => judged(200, state)),
    ["SUCCEEDED"],
  );
});

test("mended: the calls go to the realm's own domain", () => {
  const { executeRestCallConfig, pollRestCallConfig, cancelRestCallConfig } = restTask(options);
  for (const config of [executeRestCallConfig, pollRestCallConfig, cancelRestCallConfig]) {
    const url = new URL(at(config, "requestURL").stringValue);
    assert.equal(url.host, "datascience.eu-dcc-milan-1.oci.oraclecloud14.com");
    assert.match(url.pathname, /^\/20190101\/jobRuns(\/|$)/);
  }
});

test("mended: no value breaks the payload or gets out of its place, however often names in it are replaced", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.constantFrom(
      '"',
      "\\",
      "\n",
      '","jobId":"x',
      "${JOB_ID}",
      "#{JOB_RUN_ID}",
      "$",
      "$$",
      "${",
      '\\"',
      "\u2028",
      "\ud800",
    ),
  );
  fc.assert(
    fc.property(value, value, value, fc.integer({ min: 1, max: 3 }), (url, parameters, name, times) => {
      const work = { kind: "job-file", url, parameters, settings: name, environment: { [name]: name } } as const;
      const tags = { freeformTags: { [name]: name } };
      const body = substituted(restTask({ ...options, run: { ...run, name, tags, work } }), {}, times);
      assert.deepEqual(body, {
        projectId: run.projectId,
        compartmentId: run.compartmentId,
        jobId: run.jobId,
        displayName: name,
        jobConfigurationOverrideDetails: {
          jobType: "DEFAULT",
          maximumRuntimeInMinutes: 120,
          environmentVariables: {
            [name]: name,
            NOTEBOOK_YAML_URL: url,
            NBJOB_PARAMETERS: parameters,
            NBJOB_SET: name,
          },
        },
        ...tags,
      });
    }),
  );
});

test("a value typed in the console that leaves its quotes reaches no other job, project or compartment", () => {
  const evil = 'x"}}, "jobId": "evil", "projectId": "evil", "compartmentId": "evil", "x": {"y": {"z": "';
  const body = substituted(restTask(options), { NOTEBOOK_YAML_URL: evil });
  const { jobId, projectId, compartmentId } = run;
  assert.partialDeepStrictEqual(body, { jobId, projectId, compartmentId });
});

test("a value as JSON's text is the value again", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      assert.equal(JSON.parse(`"${embed(value)}"`), value);
      assert.doesNotMatch(embed(value), /[$#]\{|[\n\r"](?<!\\")/);
    }),
  );
});

test("a value that Data Integration has no room for is refused before it is sent", () => {
  const work = {
    kind: "job-file",
    url: "oci://b@n/x",
    parameters: "x".repeat(4001),
    settings: "{}",
    environment: {},
  } as const;
  assert.throws(() => restTask({ ...options, run: { ...run, work } }), { reason: "invalid-job-file" });
});
