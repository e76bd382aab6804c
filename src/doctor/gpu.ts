import { readdir } from "node:fs/promises";
import { findProgram } from "../process/command.ts";
import { text } from "./machine.ts";
import { outputOf } from "./output-of.ts";
import type { Fact } from "./probe.ts";

/** Graphics processors as nvidia-smi tells them, else as the driver does; null where there is neither. */
export async function gpus(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Fact> {
  const devices = (await readdir("/dev").catch(() => [])).filter((name) => /^(?:nvidia\d+|kfd)$/.test(name));
  const driver = (await text("/proc/driver/nvidia/version"))?.split("\n")[0] ?? null;
  const program = findProgram("nvidia-smi", env, "/");
  if (program === undefined) return driver === null && devices.length === 0 ? null : { driver, devices };
  const asked = ["--query-gpu=name,driver_version,memory.total,memory.used", "--format=csv,noheader"];
  const lines = (await outputOf([program, ...asked], env, signal)).trim().split("\n");
  const found = lines.map((line) => {
    const [name = "", version = "", memory = "", used = ""] = line.split(",").map((field) => field.trim());
    return { name, driver: version, memory, used };
  });
  return { driver, devices, gpus: found };
}
