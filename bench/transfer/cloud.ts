import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface BenchCloud extends AsyncDisposable {
  /** What the clients need to reach it. */
  readonly env: Readonly<Record<string, string>>;
}

/** The fake cloud for the files of `folder` in a process of its own, so that its CPU and memory are not the client's. */
export async function startBenchCloud(data: string, folder: string): Promise<BenchCloud> {
  const program = join(import.meta.dirname, "server.ts");
  const child = spawn(process.execPath, [program, data, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  // The server's own line.
  const env: Readonly<Record<string, string>> = JSON.parse(String(line));
  return {
    env,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
