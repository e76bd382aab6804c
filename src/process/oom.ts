/**
 * Out of memory, by evidence: the control group's own count of kills before and after, never a guess from 137.
 * Control groups v1 (memory.oom_control, kernel 4.13 on) and v2 (memory.events), in and out of containers.
 */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** What the control group of a process says after its end. */
export interface MemoryEvidence {
  /** The kernel killed a process of this control group for want of memory since the watch began. */
  readonly killed: boolean;
  readonly peakBytes?: number;
  /** The lowest limit that holds for the group; absent where there is none. */
  readonly limitBytes?: number;
}

/** Where a process's memory control group is mounted: the folder itself, then its parents as far as they can be seen. */
export interface MemoryGroup {
  readonly version: 1 | 2;
  readonly folders: readonly [string, ...string[]];
}

export interface MemoryWatch {
  /** Undefined where no control group can be read: macOS, a bare machine's root group, a hidden mount. */
  evidence(): MemoryEvidence | undefined;
}

/** Begins to watch the control group of a process; `root` stands for `/`. */
export function watchMemory(pid: number | "self" = "self", root = "/"): MemoryWatch {
  const group = findMemoryGroup(pid, root);
  const before = group === undefined ? undefined : readKills(group);
  return {
    evidence() {
      const after = group === undefined ? undefined : readKills(group);
      if (group === undefined || after === undefined) return undefined;
      const peakBytes = readPeak(group);
      const limitBytes = readLimit(group);
      return {
        killed: after > (before ?? 0),
        ...(peakBytes === undefined ? {} : { peakBytes }),
        ...(limitBytes === undefined ? {} : { limitBytes }),
      };
    },
  };
}

/** Finds the memory control group through `/proc/<pid>/cgroup` and `/proc/<pid>/mountinfo`; a v1 controller wins over v2. */
export function findMemoryGroup(pid: number | "self", root = "/"): MemoryGroup | undefined {
  const paths = parseCgroup(read(join(root, "proc", String(pid), "cgroup")) ?? "");
  const mounts = parseMounts(read(join(root, "proc", String(pid), "mountinfo")) ?? "");
  for (const version of [1, 2] as const) {
    const path = paths[version];
    const mount = mounts[version];
    if (path === undefined || mount === undefined) continue;
    // In a container without a cgroup namespace the path is the host's, and the mount shows only the part below its root.
    const inside = path === mount.root ? "" : relativeTo(mount.root, path);
    const folders = upwards(inside).map((part) => join(root, mount.point, part));
    const [first, ...parents] = folders.filter((folder) => readKills({ version, folders: [folder] }) !== undefined);
    if (first !== undefined) return { version, folders: [first, ...parents] };
  }
  return undefined;
}

/** The path of the memory controller (v1) and of the unified hierarchy (v2) in `/proc/<pid>/cgroup`. */
export function parseCgroup(text: string): { readonly 1?: string; readonly 2?: string } {
  const found: { 1?: string; 2?: string } = {};
  for (const line of text.split("\n")) {
    const [id, controllers, ...path] = line.split(":");
    if (path.length === 0) continue;
    if (id === "0" && controllers === "") found[2] = path.join(":");
    else if (controllers?.split(",").includes("memory")) found[1] = path.join(":");
  }
  return found;
}

interface Mount {
  readonly root: string;
  readonly point: string;
}

/** Where the memory controller (v1) and the unified hierarchy (v2) are mounted, from `/proc/<pid>/mountinfo` (proc(5)). */
export function parseMounts(text: string): { readonly 1?: Mount; readonly 2?: Mount } {
  const found: { 1?: Mount; 2?: Mount } = {};
  for (const line of text.split("\n")) {
    const [mount, system] = line.split(" - ").map((part) => part.split(" "));
    const [root, point] = [mount?.[3], mount?.[4]];
    if (root === undefined || point === undefined || system === undefined) continue;
    const entry = { root: unescape(root), point: unescape(point) };
    if (system[0] === "cgroup2") found[2] = entry;
    else if (system[0] === "cgroup" && system[2]?.split(",").includes("memory")) found[1] = entry;
  }
  return found;
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}

function relativeTo(root: string, path: string): string {
  const relative = posix.relative(root, path);
  return relative.startsWith("..") ? "" : relative;
}

/** `a/b` → `a/b`, `a`, and the mount itself. */
function upwards(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return Array.from({ length: parts.length + 1 }, (_, dropped) => parts.slice(0, parts.length - dropped).join("/"));
}

function readKills({ version, folders: [folder] }: MemoryGroup): number | undefined {
  return parseField(read(join(folder, version === 1 ? "memory.oom_control" : "memory.events")), "oom_kill");
}

function readPeak({ version, folders: [folder] }: MemoryGroup): number | undefined {
  return parseBytes(read(join(folder, version === 1 ? "memory.max_usage_in_bytes" : "memory.peak")));
}

function readLimit({ version, folders }: MemoryGroup): number | undefined {
  const limits = folders.map((folder) =>
    parseBytes(read(join(folder, version === 1 ? "memory.limit_in_bytes" : "memory.max"))),
  );
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** One number of a file of `name value` lines. */
export function parseField(text: string | undefined, name: string): number | undefined {
  const line = text?.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : parseNumber(line.slice(name.length + 1));
}

/** v1 says "no limit" with a number near 2^63, v2 with the word `max`. */
export function parseBytes(text: string | undefined): number | undefined {
  const bytes = text === undefined ? undefined : parseNumber(text);
  return bytes === undefined || bytes >= 2 ** 60 ? undefined : bytes;
}

function parseNumber(text: string): number | undefined {
  return /^\s*[0-9]+\s*$/.test(text) ? Number(text) : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
