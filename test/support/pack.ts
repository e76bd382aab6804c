/** Conda packs for tests, made once and kept beside the Python environments of `venv.ts`. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { uvProgram, uvSettings, venv } from "./venv.ts";

const program = join(import.meta.dirname, "../fixtures/programs/make-pack.py");

/** The path of a pack (`.tar.gz`) with Python and the given requirements in it. */
export async function condaPack(name: string, requirements: readonly string[]): Promise<string> {
  const python = await venv("pack");
  const hash = createHash("sha256")
    .update(await readFile(program))
    .update(JSON.stringify([python, requirements]))
    .digest("hex");
  const path = join(dirname(python), "../..", `pack-${name}-${hash.slice(0, 12)}.tar.gz`);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  const made = `${path}.${process.pid}.tar.gz`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const uv = await uvProgram(python);
    await execa(python, [program, made, ...requirements], { env: { ...uvSettings, UV: uv ?? "" } });
    await rename(made, path);
  } finally {
    await rm(made, { force: true });
  }
  return path;
}
