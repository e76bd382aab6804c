import assert from "node:assert/strict";
import { test } from "node:test";
import { notYet, notYetUnless } from "../../src/spec/notyet.ts";
import { jobFileSchema } from "../../src/spec/schema/jobfile.ts";
import { knownKeys } from "../../src/spec/schema/knownkeys.ts";
import { load, problemsOf } from "./loading.ts";

/** A right value for each key that may be in the table. */
const values: Readonly<Record<string, string>> = {
  retries: "2",
};

for (const key of Object.keys(notYet)) {
  test(`${key} is refused until it acts`, async () => {
    const path = key.split(".");
    assert.ok(knownKeys(jobFileSchema, path.slice(0, -1)).includes(path.at(-1) ?? ""));
    const lines = path.map((part, depth) => `${"  ".repeat(depth)}${part}:`).join("\n");
    const problems = await problemsOf(`artifact: a.py\noutputFolder: out\n${lines} ${values[key]}\n`);
    assert.deepEqual(
      problems.map(({ key: found, line }) => `${line} ${found}`),
      [`${2 + path.length} ${key}`],
    );
    // From a flag as well, and left blank it asks for nothing.
    const set = await problemsOf("artifact: a.py\noutputFolder: out", {
      overrides: { set: [`${key}=${values[key]}`] },
    });
    assert.equal(set[0]?.origin, `--set ${key}=`);
    await load(`artifact: a.py\noutputFolder: out\n${lines}\n`);
  });
}

for (const [key, value] of Object.entries(notYetUnless)) {
  test(`${key}: ${String(value)} asks for nothing`, async () => {
    await load(`artifact: a.py\noutputFolder: out\n${key}: ${String(value)}`);
  });
}

test("a job file without work", async () => {
  assert.deepEqual(
    (await problemsOf("outputFolder: out")).map(({ line }) => line),
    [1],
  );
});
