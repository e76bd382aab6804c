import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Every file below a folder, by its path in it, in order. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  const files: string[] = [];
  for (const entry of entries.toSorted()) {
    const found = await stat(join(folder, entry)).catch(() => undefined);
    if (found?.isFile() === true) files.push(entry);
  }
  return files;
}

/** A folder packed as a tar.gz whose bytes depend on nothing but what is in it: no times, no owners, one order. */
export async function packFolder(
  folder: string,
  tempFolder: string,
): Promise<{ readonly path: string; readonly bytes: number; readonly sha256: string }> {
  const { create } = await import("tar");
  const path = join(await mkdtemp(join(tempFolder, "nbjob-launch-")), "folder.tar.gz");
  const entries = (await readdir(folder, { recursive: true })).toSorted();
  await create(
    { file: path, cwd: folder, gzip: { level: 6 }, portable: true, noMtime: true, noDirRecurse: true, strict: true },
    // A name that begins with @ means an archive to tar.
    entries.map((entry) => `./${entry}`),
  );
  const { size } = await stat(path);
  return { path, bytes: size, sha256: await sha256Of(path) };
}

/** Hex of the SHA-256 of a file's bytes. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  // A stream of a file without an encoding gives buffers.
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
