import { spawnGroup } from "../process/group.ts";
import { exitCodeOf } from "../process/exit.ts";

/**
 * What a program prints on stdout; killed when the signal aborts.
 * @throws Error where it fails, with its last line
 */
export async function outputOf(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const said = { stdout: "", stderr: "" };
  const group = spawnGroup(command, {
    cwd: "/",
    env,
    onOutput: (stream, chunk) => void (said[stream] += chunk.toString()),
    killSignal: signal,
  });
  const code = exitCodeOf(await group.settled);
  if (code === 0) return said.stdout;
  throw new Error(`${command[0]} ended with exit code ${code}: ${said.stderr.trim().split("\n").at(-1) ?? ""}`);
}
