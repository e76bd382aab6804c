/** What is mounted, what of it can be written, and how much room there is. */
import { readdir, rm, stat, statfs, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { text } from "./machine.ts";
import { limited, type Fact } from "./probe.ts";

/** Mounts that tell nothing: the system's own views of itself. */
const ownViews = /^(?:proc|sysfs|cgroup2?|devpts|mqueue|securityfs|debugfs|tracefs|bpf|pstore|fusectl|configfs|nsfs)$/;

/** Buckets and file systems of other machines, as a job mounts them. */
const remote = /^(?:nfs\d*|fuse\..*|cifs|smb3|lustre|ceph|9p)$/;

interface Mount {
  readonly point: string;
  readonly type: string;
  readonly readOnly: boolean;
  readonly source: string;
}

/** `/proc/self/mountinfo` without the system's own views. */
export async function mounts(root = "/"): Promise<readonly Fact[]> {
  return (await mountList(root)).map((mount) => ({ ...mount }));
}

/** Where something of another machine is mounted. */
export async function remoteMounts(root = "/"): Promise<readonly string[]> {
  return (await mountList(root)).filter(({ type }) => remote.test(type)).map(({ point }) => point);
}

async function mountList(root: string): Promise<readonly Mount[]> {
  const lines = ((await text(join(root, "proc/self/mountinfo"))) ?? "").split("\n");
  return lines.flatMap((line): readonly Mount[] => {
    const [mount = "", system = ""] = line.split(" - ");
    const [, , , , point = "", options = ""] = mount.split(" ");
    const [type = "", source = ""] = system.split(" ");
    if (point === "" || ownViews.test(type)) return [];
    const readOnly = options.split(",").includes("ro");
    // The server of a network mount is worth knowing; a user in its address is not.
    return [{ point: unescaped(point), type, readOnly, source: unescaped(source).replace(/^[^/]*@/, "…@") }];
  });
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}

/** How long one folder may take, in milliseconds: that of a file server that is gone takes for ever. */
const patience = 4_000;

/** Whether each folder is there and takes a file, shown by writing one, and how much room it has. */
export async function folders(paths: readonly string[]): Promise<Fact> {
  return Promise.all(
    [...new Set(paths)].map((path) =>
      limited(patience, () => lookAt(path)).catch((error: unknown) => ({ ...unknown(path), why: whyOf(error) })),
    ),
  );
}

async function lookAt(path: string): Promise<Fact> {
  const found = await stat(path).catch((error: unknown) => error);
  if (found instanceof Error) return { ...unknown(path), exists: false, writable: false, why: whyOf(found) };
  const room = await statfs(path).catch(() => undefined);
  const why = await writeFailure(path);
  const freeBytes = room === undefined ? null : room.bavail * room.bsize;
  return {
    path,
    exists: true,
    writable: why === null,
    freeBytes,
    bytes: room === undefined ? null : room.blocks * room.bsize,
    why,
  };
}

function unknown(path: string): Readonly<Record<string, Fact>> {
  return { path, exists: null, writable: null, freeBytes: null, bytes: null };
}

async function writeFailure(folder: string): Promise<string | null> {
  const probe = join(folder, `.nbjob-doctor-${randomBytes(6).toString("hex")}`);
  try {
    // A full disk takes an empty file, but no bytes.
    await writeFile(probe, "nbjob", { flag: "wx" });
    return null;
  } catch (error) {
    return whyOf(error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** What Data Science put where it mounts: names alone. */
export async function mounted(folder: string): Promise<Fact> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return null;
  return entries.slice(0, 100).map((entry) => entry.name + (entry.isDirectory() ? "/" : ""));
}
