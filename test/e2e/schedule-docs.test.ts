/** The commands of docs/schedule.md and docs/pipelines.md, as they stand there, with the sample files of jobs/. */
import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { folder, root, run } from "../support/program.ts";

/** Sample jobs whose OCIDs and buckets are the cloud's. */
async function jobs(t: TestContext, cloud: Cloud): Promise<string> {
  const dir = await folder(t);
  await cp(join(root, "jobs"), join(dir, "jobs"), { recursive: true });
  for (const name of ["nightly.yaml", "pipeline.yaml"]) {
    const text = await readFile(join(dir, "jobs", name), "utf8");
    await writeFile(join(dir, "jobs", name), ours(text, cloud));
  }
  return dir;
}

function ours(text: string, cloud: Cloud): string {
  return text
    .replaceAll("ocid1.compartment.oc1..aaaaexample", cloud.compartment)
    .replaceAll("ocid1.datascienceproject.oc1.iad.aaaaexample", cloud.project)
    .replaceAll("@mytenancy", `@${cloud.namespace}`);
}

for (const page of ["schedule", "pipelines"]) {
  test(`the commands of docs/${page}.md`, async (t) => {
    await using cloud = await startCloud({ buckets: ["results", "jobs"] });
    cloud.runs.script = () => ({});
    const cwd = await jobs(t, cloud);
    const text = await readFile(join(root, `docs/${page}.md`), "utf8");
    const commands = [...text.matchAll(/^\.\/nbjob (.+)$/gm)].map(([, words = ""]) => ours(words, cloud).split(" "));
    assert.ok(commands.length > 6);
    const printed: string[] = [];
    for (const words of commands) {
      const { code, stdout, stderr } = await run(words, { cwd, env: cloud.env });
      assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
      printed.push(stdout);
    }
    const [, shown = ""] = /```text\n([\s\S]*?)```/.exec(text) ?? [];
    const plain = (lines: string): string => lines.replaceAll(/nbjob-staging\/\w+/g, "nbjob-staging/…");
    const lines = ours(shown, cloud)
      .split("\n")
      .filter((line) => line !== "");
    for (const line of lines) assert.ok(plain(printed[0] ?? "").includes(line), `${line} in ${printed[0]}`);
  });
}
