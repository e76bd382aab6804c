import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { jobFileSchema } from "../../src/spec/schema/jobfile.ts";
import { knownKeys } from "../../src/spec/schema/knownkeys.ts";
import { NbjobError } from "../../src/text/errors.ts";
import { WholeFloat } from "../../src/text/whole-float.ts";
import { job, load, problemsOf, locationOf } from "./loading.ts";

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");

test("the original's six keys", async () => {
  const text = fixture("original.yaml");
  const spec = await load(text);
  assert.deepEqual(spec.jobFile, {
    location: { kind: "file", path: "/jobs/job.yaml" },
    sha256: createHash("sha256").update(text).digest("hex"),
  });
  assert.equal(spec.work?.kind, "notebook");
  assert.equal(spec.work.location.kind, "http");
  assert.deepEqual(spec.outputFolder, {
    kind: "oci",
    bucket: "dsnotebooks",
    namespace: "mytenancy",
    object: "output/basics/",
  });
  assert.equal(spec.oci.jobName, "notebook-basics");
  assert.equal(spec.oci.logGroupId, "ocid1.loggroup.oc1.iad.aaaaaaaaexampleuniqueid");
  assert.equal(spec.oci.projectId, "ocid1.datascienceproject.oc1.iad.aaaaaaaaexampleuniqueid");
  assert.equal(spec.oci.compartmentId, "ocid1.compartment.oc1..aaaaaaaaexampleuniqueid");
});

test("every key of infrastructure, sweep and schedule", async () => {
  const spec = await load(fixture("infrastructure.yaml"));
  assert.deepEqual(spec.oci.infrastructure?.command, ["run", "-p", "n", "3"]);
  assert.deepEqual(spec.oci.sweep?.metrics, ["loss", "accuracy"]);
  assert.equal(spec.oci.schedule?.["at"], "02:30");
  assert.deepEqual(spec.notebookOptions.maxOutput, { cell: 20_000_000, notebook: 2 ** 30 });
  assert.equal(spec.notebookOptions.startCell, "setup");
  assert.equal(spec.notebookOptions.endCell, 12);
  assert.equal(spec.notebookOptions.startTimeout, 90_000);
  assert.equal(spec.notebookOptions.shutdownGrace, 0);
  assert.equal(spec.gracePeriod, 30_000);
});

test("an artifact with arguments as a list, or as a shell would write them", async () => {
  const listed = await load(fixture("artifact.yaml"));
  const expected = {
    kind: "artifact",
    location: { kind: "file", path: "/jobs/train.py" },
    sha256: undefined,
    entrypoint: undefined,
    arguments: ["--epochs", "5", "--name", "my run"],
    workingDirectory: undefined,
    pythonPath: [],
  };
  assert.deepEqual(listed.work, expected);
  assert.deepEqual(listed.environment.variables, { OMP_NUM_THREADS: "4" });
  const text = fixture("artifact.yaml").replace(/arguments:.*/, `arguments: --epochs 5 --name "my run"`);
  assert.deepEqual((await load(text)).work, expected);
});

test("an artifact that is a notebook is one", async () => {
  const spec = await load("artifact: a.ipynb\noutputFolder: out\nparameters: {n: 1}");
  assert.equal(spec.work?.kind, "notebook");
});

for (const key of ["noteBook", "notebook", "NoteBook", "NOTEBOOK"]) {
  test(`${key} is noteBook`, async () => {
    const spec = await load(`${key}: a.ipynb\noutputFolder: out`);
    assert.deepEqual(locationOf(spec), { kind: "file", path: "/jobs/a.ipynb" });
  });
}

const written: Readonly<Record<string, string | Uint8Array>> = {
  "CRLF line ends": job("parameters:\n  n: 1").replaceAll("\n", "\r\n"),
  "a byte-order mark": `\uFEFF${job("parameters: {n: 1}")}`,
  JSON: `{"noteBook": "a.ipynb", "outputFolder": "out", "parameters": {"n": 1}}`,
  "JSON indented with tabs": `{\n\t"noteBook": "a.ipynb",\n\t"outputFolder": "out",\n\t"parameters": {\n\t\t"n": 1\n\t}\n}\n`,
  "JSON with escapes": String.raw`{"noteBook": "\u0061.ipynb", "outputFolder": "ou\/..\/out", "parameters": {"n": 1}}`,
  "document markers": `%YAML 1.2\n---\n${job("parameters: {n: 1}")}...\n`,
  "anchors, aliases and merge keys": job(
    "inputs: {}\nenvironment:\n  variables: &v {A: x}\nparameters:\n  <<: [{n: 1}, {n: 2}]",
  ),
  "keys left blank": job("parameters: {n: 1}\ninputs:\n  # data: x\ntimeout:\nenvironment:\n  secrets:"),
};
for (const [name, text] of Object.entries(written)) {
  test(`written with ${name}`, async () => {
    const spec = await load(text);
    assert.deepEqual(locationOf(spec), { kind: "file", path: "/jobs/a.ipynb" });
    assert.deepEqual(spec.outputFolder, { kind: "file", path: "/jobs/out/" });
    assert.deepEqual(spec.parameters, { n: 1 });
    assert.equal(spec.timeout, undefined);
    assert.deepEqual(spec.inputs, {});
  });
}

test("parameters keep their types and every digit", async () => {
  const { parameters } = await load(
    job(`parameters:
  text: [plain, "5", '', yes, no, on, "true", 12:30:00, 1_000, 0b1, 1.2.3, 2026-02-30, "2026-01-31"]
  numbers: [5, -3, +4, 0x1F, 0o17, 1e3, 1.0, -0.0, .5, 6.25, -0.5]
  big: [12345678901234567890, -12345678901234567890]
  odd: [.inf, -.inf, .nan]
  truth: [true, False, TRUE]
  nothing: [null, ~, ]
  dates: [2026-01-31, 2026-01-31T10:00:00+02:00, 2026-01-31 10:00:00.5]
  map: {a: {b: [1, {c: null}]}, 1: one}
  block: |
    two
    lines
  blank:`),
  );
  assert.deepEqual(parameters, {
    text: [
      "plain",
      "5",
      "",
      "yes",
      "no",
      "on",
      "true",
      "12:30:00",
      "1_000",
      "0b1",
      "1.2.3",
      "2026-02-30",
      "2026-01-31",
    ],
    numbers: [5, -3, 4, 31, 15, new WholeFloat(1000), new WholeFloat(1), new WholeFloat(-0), 0.5, 6.25, -0.5],
    big: [12345678901234567890n, -12345678901234567890n],
    odd: [Infinity, -Infinity, Number.NaN],
    truth: [true, false, true],
    nothing: [null, null],
    dates: [new Date("2026-01-31T00:00:00Z"), new Date("2026-01-31T08:00:00Z"), new Date("2026-01-31T10:00:00.500Z")],
    map: { a: { b: [1, { c: null }] }, 1: "one" },
    block: "two\nlines\n",
    blank: null,
  });
});

test("variables and arguments are the text as written", async () => {
  const { environment } = await load(
    job("environment: {variables: {A: 1.10, B: 007, C: true, D: 1e3, E: '', F: 2026-01-31}}"),
  );
  assert.deepEqual(environment.variables, { A: "1.10", B: "007", C: "true", D: "1e3", E: "", F: "2026-01-31" });
});

test("locations start from the job file's folder, those of flags from the working folder", async () => {
  const spec = await load(job("inputs: {a: ../data/a.csv, b: sub/, c: /abs/c}"), {
    overrides: { set: ["inputs.d=d.csv"], outputFolder: "elsewhere" },
  });
  assert.deepEqual(spec.inputs, {
    a: { kind: "file", path: "/data/a.csv" },
    b: { kind: "file", path: "/jobs/sub/" },
    c: { kind: "file", path: "/abs/c" },
    d: { kind: "file", path: "/here/d.csv" },
  });
  assert.deepEqual(spec.outputFolder, { kind: "file", path: "/here/elsewhere/" });
});

test("${NAME} is expanded in locations and variables, and nowhere else", async () => {
  const env = { RUN: "r-1", DATA: "s3" };
  const text =
    "noteBook: ${DATA}.ipynb\noutputFolder: out/$${x}/${RUN}\njobName: a${RUN}\nparameters: {p: '${RUN}'}\nenvironment: {variables: {V: '${RUN}-$$-$RUN'}}";
  const spec = await load(text, { env });
  assert.deepEqual(locationOf(spec), { kind: "file", path: "/jobs/s3.ipynb" });
  assert.deepEqual(spec.outputFolder, { kind: "file", path: "/jobs/out/${x}/r-1/" });
  assert.equal(spec.oci.jobName, "a${RUN}");
  assert.deepEqual(spec.parameters, { p: "${RUN}" });
  assert.deepEqual(spec.environment.variables, { V: "r-1-$-$RUN" });
});

test("whatever is given, it is a spec or a list of problems", async () => {
  const scalar = fc.constantFrom(
    "",
    "a",
    "5",
    "0x1F",
    "true",
    "~",
    "30m",
    "1GiB",
    "${A}",
    "$$",
    "*x",
    "&x y",
    "'",
    "007",
    "1.0",
    ".nan",
    "!!int 5",
    "oci://b@n/o",
    "2026-01-31",
    "a.b",
    "__proto__",
    "<<",
    "99999999999999999999",
  );
  const key = fc.constantFrom(
    ...knownKeys(jobFileSchema, []),
    ...knownKeys(jobFileSchema, ["infrastructure"]),
    "notebook",
    "a.b",
    '"a.b"',
    "toString",
    "kind",
    "spec",
    "runtime",
    "type",
    "cell",
    "list",
    "random",
    "min",
    "max",
  );
  const { node } = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      scalar,
      fc.array(tie("node"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc
        .array(fc.tuple(key, tie("node")), { maxLength: 4 })
        .map((entries) => `{${entries.map(([name, value]) => `${name}: ${value}`).join(", ")}}`),
    ),
  }));
  const documents = fc
    .array(fc.tuple(key, node), { maxLength: 8 })
    .map((entries) => entries.map(([name, value]) => `${name}: ${value}`).join("\n"));
  const sets = fc.array(
    fc.tuple(key, node).map(([name, value]) => `${name}=${value}`),
    { maxLength: 2 },
  );
  await fc.assert(
    fc.asyncProperty(documents, sets, async (text, set) => {
      const outcome = await load(text, { overrides: { set } }).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        assert.ok(outcome instanceof NbjobError, outcome.stack);
        assert.equal(outcome.reason, "invalid-job-file");
        for (const problem of outcome.problems)
          assert.ok(problem.line !== undefined || problem.origin !== undefined, problem.message);
      }
    }),
    { numRuns: 1500 },
  );
});

test("a job file without work", async () => {
  assert.deepEqual(
    (await problemsOf("outputFolder: out")).map(({ line }) => line),
    [1],
  );
});

test("retries as a number, or with what they are for", async () => {
  assert.deepEqual((await load(job(""))).retries, { attempts: 0, exitCodes: undefined, backoff: 10_000 });
  assert.deepEqual((await load(job("retries: 2"))).retries, { attempts: 2, exitCodes: undefined, backoff: 10_000 });
  assert.deepEqual((await load(job("retries: {attempts: 3, exitCodes: [75, 137], backoff: 1m}"))).retries, {
    attempts: 3,
    exitCodes: [75, 137],
    backoff: 60_000,
  });
  for (const wrong of [
    "-1",
    "many",
    "{exitCodes: [1]}",
    "{attempts: 1, exitCodes: [0]}",
    "{attempts: 1, exitCodes: []}",
  ])
    assert.equal((await problemsOf(job(`retries: ${wrong}`))).length, 1, wrong);
});
