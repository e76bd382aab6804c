import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Measured {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of user and system time, children included. */
  readonly cpu: number;
  /** Largest resident set of one process, in MiB. */
  readonly peak: number;
  readonly code: number | null;
}

export interface MeasureOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** One run of a command, measured by GNU time (Debian's package `time`), so that all its children count. */
export async function measure(
  command: readonly string[],
  { cwd, env = process.env }: MeasureOptions = {},
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "nbjob-bench-"));
  const report = join(folder, "time");
  const begun = performance.now();
  const child = spawn("/usr/bin/time", ["-o", report, "-f", "%U %S %M", ...command], { cwd, env, stdio: "ignore" });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const wall = (performance.now() - begun) / 1000;
  const [user = 0, system = 0, kibibytes = 0] = (readFileSync(report, "utf8").trim().split("\n").at(-1) ?? "")
    .split(" ")
    .map(Number);
  rmSync(folder, { recursive: true });
  return { wall, cpu: user + system, peak: kibibytes / 1024, code };
}

/** Several commands in turn, A B A B, so that a machine whose speed drifts treats all alike; the first round warms up. */
export async function compare(
  commands: Readonly<Record<string, readonly string[]>>,
  rounds: number,
  options?: MeasureOptions,
): Promise<Map<string, Measured[]>> {
  const results = new Map<string, Measured[]>(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, command] of Object.entries(commands)) {
      const measured = await measure(command, options);
      if (round > 0) results.get(name)?.push(measured);
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
