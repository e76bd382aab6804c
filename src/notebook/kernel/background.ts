/** Commands that a notebook has started and not waited for. */
import { readFileSync } from "node:fs";
import { liveMembers } from "../../process/members.ts";

/**
 * Processes of a kernel's group that do something of their own. Workers of Python's pools do not: they wait for work of the kernel's,
 * and there is none once it is idle.
 */
export function backgroundCommands(kernel: number): readonly number[] {
  const own = commandLine(kernel);
  return liveMembers(kernel).filter((pid) => {
    const line = commandLine(pid);
    return line !== "" && line !== own && !/\b(?:multiprocessing|loky)\b/.test(line);
  });
}

/** Empty where the process has ended. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
