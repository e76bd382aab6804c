import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { after, type TestContext } from "node:test";
import { zstdCompressSync } from "node:zlib";

/** What make-archive.py takes. */
export interface ArchiveEntry {
  readonly name: string;
  readonly data?: string;
  /** So many zero bytes instead of data. */
  readonly size?: number;
  readonly mode?: number;
  readonly type?: "file" | "dir" | "symlink" | "link" | "char" | "fifo";
  readonly target?: string;
  readonly flags?: number;
  readonly system?: number;
}

export type ArchiveFormat = "zip" | "tar" | "tar:gz" | "tar:xz" | "tar:zst";

const endings: Readonly<Record<ArchiveFormat, string>> = {
  zip: ".zip",
  tar: ".tar",
  "tar:gz": ".tar.gz",
  "tar:xz": ".tar.xz",
  "tar:zst": ".tar.zst",
};

/** A folder that goes when the test ends. */
export async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "nbjob-test-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Writes an archive and returns its path. */
export async function makeArchive(
  t: TestContext,
  format: ArchiveFormat,
  entries: readonly ArchiveEntry[],
  name = `work${endings[format]}`,
): Promise<string> {
  const place = await folder(t);
  const path = join(place, name);
  if (format !== "tar:zst") await make({ path, format, entries });
  else {
    const plain = join(place, "plain.tar");
    await make({ path: plain, format: "tar", entries });
    await writeFile(path, zstdCompressSync(await readFile(plain)));
    await rm(plain);
  }
  return path;
}

let maker: { readonly stdin: Writable; readonly answers: AsyncIterator<string> } | undefined;

after(() => maker?.stdin.end());

/** One Python for all archives of a test file: it takes longer to start than to make one. */
async function make(order: unknown): Promise<void> {
  maker ??= startMaker();
  maker.stdin.write(`${JSON.stringify(order)}\n`);
  const answer = await maker.answers.next();
  if (answer.value !== "made") throw new Error("make-archive.py ended; see stderr");
}

function startMaker(): typeof maker & {} {
  const program = join(import.meta.dirname, "../fixtures/programs/make-archive.py");
  const child = spawn("python3", [program], { stdio: ["pipe", "pipe", "inherit"] });
  return { stdin: child.stdin, answers: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}
