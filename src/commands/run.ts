import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { forNode } from "../run/node-rank.ts";
import { run } from "../run/run.ts";
import { loadJob } from "../spec/load.ts";
import { openStores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { overridesOf } from "./overrides.ts";
import { text } from "./options.ts";

/** `nbjob run [JOBFILE]`: stage, execute, publish; the exit code is the work's own, or a documented one. */
export async function runCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const env = plainEnvironment(context.env);
  const named = invocation.operands[0] ?? env["NOTEBOOK_YAML_URL"] ?? env["NOTEPAD_YAML_URL"];
  if (named === undefined || named === "") {
    throw new NbjobError("usage", "No job file is named", {
      remedy: "Name one as the argument, or in NOTEBOOK_YAML_URL: nbjob run jobs/hello.yaml",
    });
  }
  const stores = openStores({ env, log: context.log });
  const loaded = await loadJob(named, { stores, env, cwd: context.cwd, overrides: overridesOf(invocation) });
  const spec = forNode(loaded, env);
  const cwd = text(invocation, "cwd");
  try {
    const result = await run(
      spec,
      {
        log: context.log,
        stores,
        signals: context.signals,
        now: context.now,
        version: context.version,
        env,
        tempFolder: tmpdir(),
      },
      {
        ...(cwd === undefined ? {} : { cwd: resolve(context.cwd, cwd) }),
        keepWorkspace: invocation.values["keepWorkspace"] === true,
      },
    );
    return result.exitCode;
  } finally {
    await stores.close();
  }
}
