/** Who runs, on what, under which rules; most of it from proc(5), null on systems that have none. */
import { readFile } from "node:fs/promises";
import { arch, availableParallelism, homedir, hostname, platform, release, totalmem, uptime, userInfo } from "node:os";
import { join } from "node:path";
import type { Fact } from "./probe.ts";
import { commandWords } from "./redact.ts";

export async function user(env: Readonly<Record<string, string | undefined>>, root = "/"): Promise<Fact> {
  const status = fieldsOf(await text(join(root, "proc/self/status")));
  return {
    uid: process.getuid?.() ?? null,
    gid: process.getgid?.() ?? null,
    groups: process.getgroups?.() ?? [],
    // A user id without a line in /etc/passwd has no name, and asking for it throws.
    name: attempt(() => userInfo().username),
    home: attempt(() => homedir()),
    homeVariable: env["HOME"] ?? null,
    umask: status["Umask"] ?? null,
    capabilities: status["CapEff"] ?? null,
    noNewPrivileges: status["NoNewPrivs"] === undefined ? null : status["NoNewPrivs"] === "1",
    seccomp: { "0": "off", "1": "strict", "2": "filter" }[status["Seccomp"] ?? ""] ?? null,
  };
}

export async function system(root = "/"): Promise<Fact> {
  const named = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec((await text(join(root, "etc/os-release"))) ?? "")?.[1];
  return {
    name: named ?? null,
    platform: `${platform()}-${arch()}`,
    kernel: release(),
    hostname: hostname(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    uptimeSeconds: Math.round(uptime()),
    loadAverage: (await text(join(root, "proc/loadavg")))?.trim() ?? null,
  };
}

/** This process, and the first of its container: who reaps, who gets the signals. */
export async function processes(root = "/"): Promise<Fact> {
  return {
    pid: process.pid,
    parent: process.ppid,
    arguments: await argumentsOf(root, "self"),
    pid1: process.pid === 1 ? "this process" : ((await text(join(root, "proc/1/comm")))?.trim() ?? null),
    pid1Arguments: await argumentsOf(root, "1"),
  };
}

async function argumentsOf(root: string, pid: string): Promise<Fact> {
  const line = await text(join(root, "proc", pid, "cmdline"));
  return line === undefined ? null : commandWords(line.replace(/\0$/, "").split("\0"));
}

/** `/proc/self/limits`: a name, soft and hard limit, a unit, in columns. */
export async function limits(root = "/"): Promise<Fact> {
  const [, ...lines] = (await readFile(join(root, "proc/self/limits"), "utf8")).trimEnd().split("\n");
  return lines.map((line) => {
    const [name = "", soft = "", hard = "", unit = ""] = line.split(/ {2,}/);
    return { name, soft, hard, unit };
  });
}

export async function text(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

function fieldsOf(status: string | undefined): Readonly<Record<string, string>> {
  const lines = (status ?? "").split("\n").map((line) => line.split(":\t"));
  return Object.fromEntries(lines.map(([name = "", value = ""]) => [name, value.trim()]));
}

function attempt(ask: () => string): string | null {
  try {
    return ask();
  } catch {
    return null;
  }
}
