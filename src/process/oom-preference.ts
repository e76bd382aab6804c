import { readFileSync, writeFileSync } from "node:fs";

/** As if half of all memory were the process's on top of what it has. */
const preference = 500;

/**
 * Has the system, when memory runs out, end this process or one that it starts, and not nbjob, which has outputs to publish and
 * the reason to tell: of many small processes nbjob may be the largest.
 */
export function preferForOom(pid: number): void {
  try {
    const path = `/proc/${pid}/oom_score_adj`;
    if (Number(readFileSync(path, "latin1")) < preference) writeFileSync(path, String(preference));
  } catch {
    // Not Linux, or ended already.
  }
}
