/**
 * A machine's folders. What Data Science mounts at `/home/datascience` is `home` here: the artifact under its own name and,
 * where it is an archive, unpacked in `decompressed_artifact`. Storage mounts are below `root`, at the paths where a
 * container has them.
 */
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import type { Storage } from "../../objectstorage/storage.ts";
import type { Artifact, Mount } from "../model.ts";
import { mountPoint } from "../rules.ts";

export interface Layout {
  /** Short, since sockets below it have short names only. */
  readonly root: string;
  readonly home: string;
  /** Where the work starts. */
  readonly cwd: string;
  readonly temp: string;
  /** The path of the artifact's file; undefined without one. */
  readonly artifact: string | undefined;
  /** Where an archive is unpacked; undefined where it is not. */
  readonly unpacked: string | undefined;
  /** Each mount's folder here, and its path in a container. */
  readonly mounts: readonly { readonly folder: string; readonly path: string }[];
}

export interface LayoutContext {
  readonly storage: Storage;
  /** Where file systems are, by their exports; they outlive runs. */
  readonly fileSystems: string;
  readonly unpack: boolean;
}

export async function makeLayout(
  artifact: Artifact | undefined,
  mounts: readonly Mount[],
  context: LayoutContext,
): Promise<Layout> {
  const root = await mkdtemp(join(tmpdir(), "jobrun-"));
  const [home, cwd, temp] = [join(root, "home"), join(root, "cwd"), join(root, "tmp")];
  for (const folder of [home, cwd, temp]) await mkdir(folder);
  const file = artifact === undefined ? undefined : join(home, artifact.name);
  if (artifact !== undefined && file !== undefined) {
    const { segment } = artifact;
    await pipeline(context.storage.bodies.read([segment], 0, segment.bytes), createWriteStream(file));
  }
  const unpacked =
    file !== undefined && context.unpack && isArchive(file) ? join(home, "decompressed_artifact") : undefined;
  if (file !== undefined && unpacked !== undefined) await unpack(file, unpacked);
  const made = await Promise.all(mounts.map((mount) => makeMount(root, mount, context)));
  return { root, home, cwd, temp, artifact: file, unpacked, mounts: made };
}

/** Takes what was written to mounted buckets there, and removes everything. */
export async function removeLayout(layout: Layout, mounts: readonly Mount[], storage: Storage): Promise<void> {
  for (const [index, mount] of mounts.entries()) {
    const folder = layout.mounts[index]?.folder;
    if (mount.storageType === "OBJECT_STORAGE" && folder !== undefined) await writeBack(folder, mount, storage);
  }
  await rm(layout.root, { recursive: true, force: true });
}

export function isArchive(file: string): boolean {
  return /\.(zip|tar|tar\.gz|tgz)$/i.test(file);
}

async function unpack(file: string, folder: string): Promise<void> {
  await mkdir(folder);
  // Python's zipfile keeps no modes, as careless tools do not.
  if (/\.zip$/i.test(file)) await execa("python3", ["-m", "zipfile", "-e", file, folder]);
  else await execa("tar", ["-xf", file, "-C", folder]);
}

async function makeMount(root: string, mount: Mount, context: LayoutContext): Promise<Layout["mounts"][number]> {
  const path = mountPoint(mount);
  const folder = join(root, path);
  await mkdir(dirname(folder), { recursive: true });
  if (mount.storageType === "FILE_STORAGE") {
    const kept = join(context.fileSystems, basename(mount.exportId ?? ""));
    await mkdir(kept, { recursive: true });
    await symlink(kept, folder);
    return { folder: kept, path };
  }
  await mkdir(folder);
  const { bucket = "", prefix } = mount;
  for (const name of context.storage.names(bucket).filter((each) => each.startsWith(prefix ?? ""))) {
    const target = join(folder, name.slice((prefix ?? "").length));
    if (target.endsWith("/") || !target.startsWith(`${folder}/`)) continue;
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await context.storage.bytes(bucket, name));
  }
  return { folder, path };
}

async function writeBack(folder: string, { bucket = "", prefix }: Mount, storage: Storage): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = `${prefix ?? ""}${path.slice(folder.length + 1)}`;
    const bytes = await readFile(path);
    const known = storage.find(bucket, name);
    if (known === undefined || !(await storage.bytes(bucket, name)).equals(bytes)) {
      await storage.putBytes(bucket, name, bytes);
    }
  }
}
