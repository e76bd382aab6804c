/** Ctrl-C on a terminal: whoever sits there is asked. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { jobFolder, quickly } from "../launch/cloud-job.ts";
import { nbjob, plainEnvironment, type ProgramOptions, root } from "../support/program.ts";

/** Types what each step says once its words are shown. */
async function onTerminal(
  args: readonly string[],
  steps: readonly (readonly [words: string, typed: string])[],
  { cwd, env }: Required<ProgramOptions>,
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const script = join(root, "test/support/terminal.py");
  const child = spawn("python3", [script, nbjob, ...args], {
    cwd,
    env: plainEnvironment(env),
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(steps.map(([words, typed]) => `${words}\t${typed}\n`).join(""));
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, shown };
}

const launch = ["launch", "job.yaml", ...quickly];
const question = "Type it, then Enter";

test("Ctrl-C asks: d lets the run go on, c cancels it, anything else watches on; twice ends at once", async (t) => {
  await using cloud = await startCloud();
  cloud.runs.script = () => ({ milliseconds: 600_000 });
  const options = await jobFolder(t, cloud);
  const state = (shown: string): string =>
    cloud.dataScience.run(/ocid1\.datasciencejobrun\.[\w.-]+/.exec(shown)?.[0] ?? "").lifecycleState;
  const steps = (answer: string) =>
    [
      ["IN_PROGRESS", String.raw`\x03`],
      [question, answer],
    ] as const;

  const detached = await onTerminal(launch, steps(String.raw`d\n`), options);
  assert.equal(detached.code, 0, detached.shown);
  assert.match(detached.shown, /The job run goes on: nbjob watch ocid1/);
  assert.equal(state(detached.shown), "IN_PROGRESS");

  const canceled = await onTerminal(launch, steps(String.raw`c\n`), options);
  assert.equal(canceled.code, 130, canceled.shown);
  assert.equal(state(canceled.shown), "CANCELED");

  const on = [...steps(String.raw`\n`), ["Watching on", String.raw`\x03`], [question, String.raw`\x03`]] as const;
  const twice = await onTerminal(launch, on, options);
  assert.equal(twice.code, 130, twice.shown);
  assert.equal(state(twice.shown), "IN_PROGRESS");
});
