import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";

test("started by hand, the cloud says what to set and stays until it is interrupted", async () => {
  const main = join(import.meta.dirname, "main.ts");
  const child = execa(process.execPath, [main, "--port", "0"], { buffer: false, reject: false });
  const lines = createInterface({ input: child.stdout });
  const variables = new Map<string, string>();
  lines.on("line", (line) => {
    const [, name = "", value = ""] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
    variables.set(name, value);
  });
  await once(child.stderr, "data");
  const names = [
    "NBJOB_OCI_ENDPOINT",
    "NBJOB_OCI_NAMESPACE",
    "NBJOB_OCI_COMPARTMENT",
    "NBJOB_OCI_PROJECT",
    "NBJOB_OCI_LOG_GROUP",
  ];
  const clients = ["OCI_CONFIG_FILE", "OCI_CLI_CONFIG_FILE", "OCI_CLI_ENDPOINT"];
  assert.deepEqual([...variables.keys()], [...names, ...clients]);
  const response = await fetch(`${variables.get("NBJOB_OCI_ENDPOINT")}/n`);
  assert.equal(response.status, 401);
  await response.body?.cancel();
  child.kill("SIGINT");
  const { exitCode } = await child;
  assert.equal(exitCode, 0);
});
