/** docs/launch.md, command by command, against the fake Data Science. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startCloud } from "../cloud/cloud.ts";
import { folder, nbjob, plainEnvironment, root } from "../support/program.ts";

test("the commands of docs/launch.md do what it says", async (t) => {
  const page = await readFile(join(root, "docs/launch.md"), "utf8");
  const [yaml = "", commands = ""] = ["yaml", "sh"].map(
    (language) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1],
  );
  await using cloud = await startCloud({ buckets: ["results"] });
  const [project, compartment, group] = [/(?<=projectId: ).*/, /(?<=compartmentId: ).*/, /(?<=logGroupId: ).*/];
  const job = yaml
    .replace(project, cloud.project)
    .replace(compartment, cloud.compartment)
    .replace(group, cloud.logGroup)
    .replace("@mytenancy", `@${cloud.namespace}`);
  const dir = await folder(t, { "job.yaml": job });
  await mkdir(join(dir, "bin"));
  await symlink(nbjob, join(dir, "bin/nbjob"));
  await cp(join(root, "jobs/hello.ipynb"), join(dir, "hello.ipynb"));
  cloud.runs.script = () => ({ log: ["hello"], milliseconds: 100 });
  const env = {
    ...cloud.env,
    PATH: `${join(dir, "bin")}:${process.env["PATH"] ?? ""}`,
    NBJOB_DRAIN: "200ms",
  };
  const { stdout } = await promisify(execFile)("sh", ["-euc", commands], { cwd: dir, env: plainEnvironment(env) });
  assert.match(stdout, /^hello$/m);
  assert.match(stdout, /"exitCode": 0/);
  const states = [...cloud.dataScience.runs.values()].map(({ lifecycleState }) => lifecycleState);
  assert.deepEqual(states, ["SUCCEEDED", "DELETED"]);
});
