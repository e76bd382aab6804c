import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { StartupProbe } from "../model.ts";
import type { Command } from "./process.ts";

const run = promisify(execFile);

/**
 * Asks until a probe succeeds, or has failed as often as it may.
 * @param secondMs milliseconds in one of the probe's seconds
 * @param over aborted when there is nothing more to ask
 * @returns whether the work is healthy, or over
 */
export async function probe(
  details: StartupProbe,
  { cwd, env }: Command,
  secondMs: number,
  over: AbortSignal,
): Promise<boolean> {
  const { command, periodInSeconds, failureThreshold, initialDelayInSeconds } = details;
  const [program = "", ...args] = command;
  const pause = (seconds: number): Promise<void> => sleep(seconds * secondMs, undefined, { signal: over });
  try {
    await pause(initialDelayInSeconds ?? 0);
    for (let failures = 0; failures < (failureThreshold ?? 3); failures++) {
      if (await succeeds(program, args, { cwd, env, signal: over })) return true;
      await pause(periodInSeconds ?? 10);
    }
    return false;
  } catch {
    return true;
  }
}

async function succeeds(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<boolean> {
  return run("env", [program, ...args], options).then(
    () => true,
    () => false,
  );
}
