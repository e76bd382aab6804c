import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface BenchCloud extends AsyncDisposable {
  /** What the clients need to reach it. */
  readonly env: Readonly<Record<string, string>>;
}

/** The fake cloud in a process of its own, so that its CPU and memory are not the client's. */
export async function startBenchCloud(data: string): Promise<BenchCloud> {
  const program = join(import.meta.dirname, "../../test/cloud/main.ts");
  const child = spawn(process.execPath, [program, "--port", "0", "--data", data], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const env: Record<string, string> = {};
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const [, name, value = ""] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) env[name] = value.replaceAll(/^'|'$/g, "");
  });
  // The last it says is a remark on stderr.
  await once(child.stderr, "data");
  while (env["OCI_CLI_ENDPOINT"] === undefined) await once(lines, "line");
  return {
    env,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
