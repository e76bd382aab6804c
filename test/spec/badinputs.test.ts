import assert from "node:assert/strict";
import { test } from "node:test";
import { badInputs } from "./badinputs.ts";
import { problemsOf } from "./loading.ts";

for (const { name, text, at, suggests } of badInputs) {
  test(`refuses ${name}`, async () => {
    const problems = await problemsOf(text);
    const found = problems.map(
      ({ line, column, key }) => `${line === undefined ? "" : `${line}:${column}`} ${key ?? ""}`,
    );
    assert.deepEqual(found, at);
    if (suggests !== undefined) {
      const remedies = problems.map((problem) => problem.remedy ?? "").join(" ");
      assert.ok(remedies.includes(suggests), remedies);
    }
  });
}
