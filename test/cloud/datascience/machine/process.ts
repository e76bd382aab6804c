import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { closing, type Execution } from "../execution.ts";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** How to end it politely, where a signal to the process is not it. */
  readonly terminate?: () => void;
  readonly kill?: () => void;
}

/**
 * Runs a command to its end, its output line by line into the run's log. When the run must stop, it gets SIGTERM, and
 * SIGKILL after the grace. @returns the code that a shell would show: 128 and the signal's number for a death by signal
 */
export async function runCommand(command: Command, { signal, write }: Execution, graceMs: number): Promise<number> {
  const { program, args, cwd, env } = command;
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const { terminate = () => child.kill("SIGTERM"), kill = () => killGroup(child) } = command;
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (signal.reason === closing) return kill();
    terminate();
    killer = setTimeout(kill, graceMs);
  };
  const output = [
    lines(child.stdout, (line) => write(line, "stdout")),
    lines(child.stderr, (line) => write(line, "stderr")),
  ];
  const exited = new Promise<number>((resolve) => {
    child.once("error", (error) => {
      write(error.message, "stderr");
      resolve(127);
    });
    child.once("exit", (code, died) => resolve(code ?? 128 + signalNumber(died)));
  });
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    return await exited;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(killer);
    // A container takes along whatever is left in it.
    killGroup(child);
    await killMarked(env["VM_ID"] ?? "");
    await Promise.all(output);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is left of it.
  }
}

/** Kills every process of a machine, which its environment names, whatever group it is in. */
async function killMarked(machine: string): Promise<void> {
  if (machine === "" || process.platform !== "linux") return;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  for (const pid of pids) {
    const environ = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (!environ.split("\0").includes(`VM_ID=${machine}`)) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

/** Tells each line as it is complete, and at the end what follows the last one. */
async function lines(stream: Readable, tell: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder("utf8");
  let pending = "";
  stream.on("data", (chunk: Buffer) => {
    const parts = `${pending}${decoder.write(chunk)}`.split("\n");
    pending = parts.pop() ?? "";
    for (const line of parts) tell(line.replace(/\r$/, ""));
  });
  await once(stream, "close");
  pending += decoder.end();
  if (pending !== "") tell(pending);
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
