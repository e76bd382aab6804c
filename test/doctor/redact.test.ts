import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commandWords, maskOf, masked, variables } from "../../src/doctor/redact.ts";

const made = fc.stringMatching(/^[a-zA-Z2-9+=]{20,40}$/);
const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{3,20}$/).map((text) => `X_${text}`);

test("no value of a variable that is not known to be harmless is shown, nor found anywhere else", () => {
  fc.assert(
    fc.property(fc.dictionary(name, made, { minKeys: 1 }), fc.string(), (env, around) => {
      const values = Object.values(env);
      const report = {
        environment: variables(env),
        line: values.map((value) => `${around}${value}`),
        deep: [{ values }],
      };
      const text = JSON.stringify(masked(report, maskOf(env)));
      for (const value of values) assert.ok(!text.includes(value), text);
      for (const each of Object.keys(env)) assert.ok(text.includes(each), each);
    }),
  );
});

test("harmless variables are shown, unless their values are not what they should be", () => {
  const env = {
    JOB_RUN_OCID: "ocid1.datasciencejobrun.oc1.iad.abc",
    OCI_REGION: "us-ashburn-1",
    PATH: "/usr/bin:/bin",
    HOME: "a b; c",
    EMPTY: "",
    NBJOB_OCI_ENDPOINT: "http://127.0.0.1:1234",
    NBJOB_OCI_SECRETS_ENDPOINT: "https://user:hunter2@host/",
  };
  assert.deepEqual(variables(env), [
    { name: "EMPTY", value: "(empty)" },
    { name: "HOME", value: "(hidden)" },
    { name: "JOB_RUN_OCID", value: "ocid1.datasciencejobrun.oc1.iad.abc" },
    { name: "NBJOB_OCI_ENDPOINT", value: "http://127.0.0.1:1234" },
    { name: "NBJOB_OCI_SECRETS_ENDPOINT", value: "(hidden)" },
    { name: "OCI_REGION", value: "us-ashburn-1" },
    { name: "PATH", value: "/usr/bin:/bin" },
  ]);
});

test("an address's user and password are masked by themselves too, a path is not", () => {
  const mask = maskOf({
    HTTPS_PROXY: "http://somebody:hunter2hunter2@proxy:80",
    DATA: "/mnt/data",
    PEM: "/no/such/file/A1b2",
  });
  assert.equal(mask("refused: hunter2hunter2"), "refused: ***");
  assert.equal(mask("somebody:hunter2hunter2"), "***");
  assert.equal(mask("/mnt/data/a.csv"), "/mnt/data/a.csv");
  // Base64 may begin with a slash.
  assert.equal(mask("it is /no/such/file/A1b2"), "it is ***");
});

const lines: readonly (readonly [string[], string[]])[] = [
  [
    ["node", "/opt/nbjob.mjs", "run", "job.yaml"],
    ["node", "/opt/nbjob.mjs", "run", "job.yaml"],
  ],
  [
    ["run", "--set", "environment.variables.PW=hunter2"],
    ["run", "--set", "environment.variables.PW=(hidden)"],
  ],
  [
    ["tool", "--password", "hunter2", "--verbose"],
    ["tool", "--password", "(hidden)", "--verbose"],
  ],
  [
    ["sh", "-c", "export TOKEN=hunter2; nbjob"],
    ["sh", "-c", "(27 characters)"],
  ],
  [["https://user:hunter2@host/a?sig=hunter2"], ["https://…@host/a?…"]],
  [["https://host/p/hunter2/n/ns/b/bucket/o/x"], ["https://host/p/…/n/ns/b/bucket/o/x"]],
  [["oci://bucket@namespace/a/b.yaml"], ["oci://bucket@namespace/a/b.yaml"]],
  [["k8s1sAkeyOfSomeKind99"], ["(21 characters)"]],
];
for (const [given, shown] of lines) {
  test(`the command line ${given.join(" ")} is shown without secrets`, () => {
    assert.deepEqual(commandWords(given), shown);
  });
}
