import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { execa } from "execa";
import { jobFileJsonSchema } from "../../src/spec/schema/jsonschema.ts";
import { toPlain } from "../../src/spec/plain.ts";
import { parseYaml } from "../../src/spec/yaml/parse.ts";
import { venvOrSkip } from "../support/venv.ts";
import { badInputs } from "./badinputs.ts";

const published = new URL("../../schema/nbjob.schema.json", import.meta.url);

test("the published JSON Schema is current: npm run schema", () => {
  assert.deepEqual(JSON.parse(readFileSync(published, "utf8")), jobFileJsonSchema());
});

test("every key has a description", () => {
  const bare: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    if ("properties" in value && typeof value.properties === "object" && value.properties !== null) {
      for (const [key, property] of Object.entries(value.properties)) {
        if (typeof property !== "object" || property === null || !("description" in property))
          bare.push(`${path}.${key}`);
      }
    }
    for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`);
  };
  visit(jobFileJsonSchema(), "");
  assert.deepEqual(bare, []);
});

/** Prints how many ways each document is against the schema. */
const judge = `
import json, sys
from jsonschema import Draft202012Validator
given = json.load(sys.stdin)
Draft202012Validator.check_schema(given["schema"])
validator = Draft202012Validator(given["schema"])
print(json.dumps([len(list(validator.iter_errors(document))) for document in given["documents"]]))
`;

test("another validator takes the samples and refuses what nbjob's schema refuses", async (t) => {
  const python = await venvOrSkip(t, "spec");
  if (python === undefined) return;
  const good = ["original", "sample", "artifact", "infrastructure"].map((name) =>
    readFileSync(new URL(`fixtures/${name}.yaml`, import.meta.url), "utf8"),
  );
  good.push("NoteBook: a.ipynb\noutputFolder: out");
  const bad = badInputs
    .filter(({ name }) => !beyond.has(name))
    .flatMap(({ name, text }) => {
      const parsed = typeof text === "string" ? parseYaml(text) : undefined;
      return parsed?.root === undefined || parsed.problems.length > 0 ? [] : [{ name, document: toPlain(parsed.root) }];
    });
  assert.ok(bad.length > 40);
  const documents = [
    ...good.map((text) => toPlain(parseYaml(text).root ?? assert.fail())),
    ...bad.map(({ document }) => document),
  ];
  const schema: unknown = JSON.parse(readFileSync(published, "utf8"));
  const { stdout } = await execa(python, ["-c", judge], { input: JSON.stringify({ schema, documents }) });
  // The judge's own output: a number for each document.
  const errors = JSON.parse(stdout) as readonly number[];
  assert.deepEqual(
    errors.slice(0, good.length),
    good.map(() => 0),
  );
  const taken = bad.filter((_, index) => errors[good.length + index] === 0).map(({ name }) => name);
  assert.deepEqual(taken, []);
});

/** What JSON Schema cannot say, or is left to say what a machine may add: kept here so that nothing slips in unseen. */
const beyond: ReadonlySet<string> = new Set([
  "noteBook in two spellings",
  "a duration of zero",
  "a duration of ages",
  "a time zone that is none",
  "a day that is none",
  "a parameter with a leading zero",
  "arguments for a notebook",
  "a repository pinned by a file's sha256",
  "revisions that are options of git",
  "parameters for a script",
  "notebookOptions for a script",
  "arguments with a quote not closed",
  "an unknown variable in a location",
  "an unknown variable in a variable",
  "a malformed variable",
  "a bucket without a namespace",
  "a scheme that is unknown",
  "an input outside the working directory",
  "an input given twice",
  "an input with the work's own name",
  "an output outside the working directory",
  "custom networking without a subnet",
  "a subnet with managed networking",
  "OCPUs of a fixed shape",
  "a maximum runtime past 30 days",
  "a mount of a URL",
  "half a file system",
  "a grid and a list at once",
  "a grid of too many runs",
  "no whole number in a range",
  "a sweep of nothing",
  "a log scale from zero",
  "cron with six fields",
  "an hour that no clock shows",
  "cron in quotes, wrong twice",
  "a day that never comes",
  "runs too close for Data Integration",
  "cron and every at once",
  "a schedule that ends before it starts",
]);
