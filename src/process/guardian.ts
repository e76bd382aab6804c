/**
 * Ends what nbjob started when nbjob itself is killed outright (SIGKILL, out of memory), which no handler hears of: a shell
 * that waits for the end of a pipe that only nbjob holds. In a container nobody needs it: there, all ends with process 1.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";

/** Part of the mark of every group of this process. */
export const processMark = randomUUID();

// Twice, because one may be starting another; the guardian itself does not carry the mark.
const script = `trap '' INT TERM HUP QUIT
read -r _
for round in 1 2 3; do
  for found in $(grep -l ${processMark} /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${found#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null
  done
done`;

let guardian: ChildProcess | undefined;

/** Starts it, once, unless this process is a container's or a service's first one, or that one's child. */
export function guard(): void {
  if (guardian !== undefined || process.platform !== "linux" || process.ppid <= 1) return;
  guardian = spawn("/bin/sh", ["-c", script], {
    // Of its own session: what a terminal sends to nbjob's group does not reach it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: {},
  });
  // Without a shell there is no guardian; without nbjob nobody hears of a broken pipe.
  guardian.on("error", () => undefined).unref();
  guardian.stdin?.on("error", () => undefined);
  process.once("exit", () => guardian?.kill("SIGKILL"));
}
