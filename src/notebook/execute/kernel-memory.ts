import { readFileSync } from "node:fs";

/** Resident memory of a process, now and at its most, from /proc; undefined where there is none. */
export function processMemory(
  pid: number,
): { readonly memoryBytes: number; readonly peakMemoryBytes: number } | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return undefined;
  }
  const bytes = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  const [memoryBytes, peakMemoryBytes] = [bytes("VmRSS"), bytes("VmHWM")];
  return Number.isNaN(memoryBytes) || Number.isNaN(peakMemoryBytes) ? undefined : { memoryBytes, peakMemoryBytes };
}
