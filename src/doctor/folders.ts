/** What is mounted, what of it can be written, and how much room there is. */
import { readdir, rm, stat, statfs, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { text } from "./machine.ts";
import type { Fact } from "./probe.ts";

/** Mounts that tell nothing: the system's own views of itself. */
const ownViews = /^(?:proc|sysfs|cgroup2?|devpts|mqueue|securityfs|debugfs|tracefs|bpf|pstore|fusectl|configfs|nsfs)$/;

/** `/proc/self/mountinfo` without the system's own views. */
export async function mounts(root = "/"): Promise<Fact> {
  const lines = ((await text(join(root, "proc/self/mountinfo"))) ?? "").split("\n");
  return lines.flatMap((line): readonly Fact[] => {
    const [mount = "", system = ""] = line.split(" - ");
    const [, , , , point = "", options = ""] = mount.split(" ");
    const [type = "", source = ""] = system.split(" ");
    if (point === "" || ownViews.test(type)) return [];
    // The server of a network mount is worth knowing; a user in its address is not.
    return [
      {
        point: unescaped(point),
        type,
        readOnly: options.split(",").includes("ro"),
        source: unescaped(source).replace(/^[^/]*@/, "…@"),
      },
    ];
  });
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}

/** Whether each folder is there and takes a file, shown by writing one, and how much room it has. */
export async function folders(paths: readonly string[]): Promise<Fact> {
  return Promise.all([...new Set(paths)].map(lookAt));
}

async function lookAt(path: string): Promise<Fact> {
  const found = await stat(path).catch((error: unknown) => error);
  if (found instanceof Error)
    return { path, exists: false, writable: false, freeBytes: null, bytes: null, why: codeOf(found) };
  const room = await statfs(path).catch(() => undefined);
  const why = await writeFailure(path);
  return {
    path,
    exists: true,
    writable: why === null,
    freeBytes: room === undefined ? null : room.bavail * room.bsize,
    bytes: room === undefined ? null : room.blocks * room.bsize,
    why,
  };
}

async function writeFailure(folder: string): Promise<string | null> {
  const probe = join(folder, `.nbjob-doctor-${randomBytes(6).toString("hex")}`);
  try {
    // A full disk takes an empty file, but no bytes.
    await writeFile(probe, "nbjob", { flag: "wx" });
    return null;
  } catch (error) {
    return codeOf(error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);
}

/** What Data Science put where it mounts: names alone. */
export async function mounted(folder: string): Promise<Fact> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return null;
  return entries.slice(0, 100).map((entry) => entry.name + (entry.isDirectory() ? "/" : ""));
}
