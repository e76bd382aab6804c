import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadJob, type Overrides } from "../../src/spec/load.ts";
import { isJobFile, whatIs } from "../../src/spec/whatis.ts";
import { openStores } from "../../src/storage/stores.ts";
import { NbjobError } from "../../src/text/errors.ts";
import type { Log } from "../../src/text/log.ts";
import { locationOf } from "./loading.ts";

const folder = mkdtempSync(join(tmpdir(), "nbjob-spec-"));
after(() => rmSync(folder, { recursive: true }));

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, work() {}, endWork() {}, print() {} };
const stores = openStores({ env: {}, log: quiet });
after(() => stores.close());

const load = (named: string, overrides: Overrides = {}) => loadJob(named, { stores, env: {}, cwd: folder, overrides });

function write(name: string, content: string | Uint8Array): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), content);
}

test("a job file in another folder", async () => {
  write("jobs/hello.yaml", "noteBook: hello.ipynb\noutputFolder: ../out");
  const spec = await load("jobs/hello.yaml");
  assert.deepEqual(spec.jobFile?.location, { kind: "file", path: join(folder, "jobs/hello.yaml") });
  assert.deepEqual(locationOf(spec), { kind: "file", path: join(folder, "jobs/hello.ipynb") });
  assert.deepEqual(spec.outputFolder, { kind: "file", path: join(folder, "out/") });
});

test("a notebook in its place, with papermill's options", async () => {
  write("p.yaml", "n: 1\nwhen: 2026-01-31\n");
  const spec = await load("sub/analysis.v2.ipynb", {
    parameters: [["alpha", "0.1"]],
    rawParameters: [["beta", "1"]],
    parametersFiles: ["p.yaml"],
  });
  assert.equal(spec.jobFile, undefined);
  assert.deepEqual(spec.work, {
    kind: "notebook",
    location: { kind: "file", path: join(folder, "sub/analysis.v2.ipynb") },
    sha256: undefined,
  });
  assert.deepEqual(spec.outputFolder, { kind: "file", path: join(folder, "analysis.v2-output/") });
  assert.deepEqual(spec.parameters, { n: 1, when: "2026-01-31", alpha: 0.1, beta: "1" });
});

test("a script in its place, whatever its name holds", async () => {
  const spec = await load("a $b ${C} $$.py", { set: ["arguments=-x 'y z'"], outputFolder: "o" });
  assert.equal(spec.work?.kind, "artifact");
  assert.deepEqual(spec.work.location, { kind: "file", path: join(folder, "a $b ${C} $$.py") });
  assert.deepEqual(spec.work.arguments, ["-x", "y z"]);
  assert.deepEqual(spec.outputFolder, { kind: "file", path: join(folder, "o/") });
});

test("a file whose name says nothing is told by its content", async () => {
  write("job", "noteBook: a.ipynb\noutputFolder: out");
  write("book", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}');
  write("tool", "#!/bin/sh\necho hi\n");
  assert.equal((await load("job")).jobFile?.location.kind, "file");
  assert.equal((await load("book")).work?.kind, "notebook");
  assert.equal((await load("tool")).work?.kind, "artifact");
});

test("what a name says", () => {
  for (const [name, kind] of [
    ["a.yaml", "job-file"],
    ["a.YML", "job-file"],
    ["a.json", "job-file"],
    ["a.ipynb", "notebook"],
    ["a.py", "artifact"],
    ["a.tar.gz", "artifact"],
    ["a", undefined],
    ["yaml", undefined],
  ] as const)
    assert.equal(whatIs(name), kind, name);
  assert.ok(isJobFile("a.yaml"));
  assert.ok(isJobFile("job", Buffer.from("noteBook: a")));
  assert.ok(!isJobFile("a.py", Buffer.from("noteBook: a")));
});

for (const [name, prepare, reason] of [
  ["a missing job file", () => "missing.yaml", "not-found"],
  ["a folder", () => (mkdirSync(join(folder, "dir.yaml"), { recursive: true }), "dir.yaml"), undefined],
  ["a folder with a slash", () => "jobs/", "not-found"],
  ["a location that is none", () => "s3://bucket/job.yaml", "usage"],
  [
    "a job file of two megabytes",
    () => (write("big.yaml", Buffer.alloc(2 * 1024 * 1024, "#")), "big.yaml"),
    "invalid-job-file",
  ],
  ["a job file with problems", () => (write("bad.yaml", "noteBok: a"), "bad.yaml"), "invalid-job-file"],
] as const) {
  test(`refuses ${name}`, async () => {
    const named = prepare();
    await assert.rejects(load(named), (error) => {
      assert.ok(error instanceof NbjobError, String(error));
      if (reason !== undefined) assert.equal(error.reason, reason);
      assert.ok(`${error.location} ${error.message}`.includes(named.replace(/\/.*$/, "")));
      return true;
    });
  });
}

test("refuses a file of parameters that is missing, or no text", async () => {
  await assert.rejects(load("a.ipynb", { parametersFiles: ["none.yaml"] }), { reason: "not-found" });
  write("latin.yaml", Buffer.from("a: \u00e9", "latin1"));
  await assert.rejects(load("a.ipynb", { parametersFiles: ["latin.yaml"] }), { reason: "usage" });
});

test("problems of a notebook on the command line name the flags", async () => {
  await assert.rejects(load("a.ipynb", { set: ["timeuot=1h"], parametersYaml: ["[1]"] }), (error) => {
    assert.ok(error instanceof NbjobError);
    assert.deepEqual(error.problems.map(({ origin }) => origin ?? "").toSorted(), ["--set timeuot=", "-y"]);
    return true;
  });
});
