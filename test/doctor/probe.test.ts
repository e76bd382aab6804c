import assert from "node:assert/strict";
import { test } from "node:test";
import { runProbes } from "../../src/doctor/probe.ts";

test("a probe that fails, throws at once or hangs keeps no other from being told", async () => {
  let stopped = false;
  const findings = await runProbes([
    { name: "good", look: async () => ({ figure: 1 }) },
    { name: "bad", look: async () => Promise.reject(new Error("no such thing")) },
    {
      name: "worse",
      look: () => {
        throw new TypeError("at once");
      },
    },
    {
      name: "hangs",
      within: 20,
      look: (signal) =>
        new Promise(() => {
          signal.addEventListener("abort", () => (stopped = true));
        }),
    },
  ]);
  assert.deepEqual(
    findings.map(({ name, found, failure }) => [name, found, failure === null]),
    [
      ["good", { figure: 1 }, true],
      ["bad", null, false],
      ["worse", null, false],
      ["hangs", null, false],
    ],
  );
  assert.match(findings[1]?.failure ?? "", /no such thing/);
  assert.ok(stopped, "what hangs is told to stop");
});
