/**
 * A folder into which an archive's entries are written, whatever their format, so that nothing lands outside it:
 * 1. every name is taken apart first: no `..`, no absolute path, no name twice, nothing below a file or a link;
 * 2. while files are written no link exists, so that none can be written through;
 * 3. links are made last, and only those that lead, through all the others, to somewhere inside.
 */
import { closeSync, fchmodSync, mkdirSync, openSync, rmSync, write, writeSync } from "node:fs";
import { chmod, link, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { NbjobError } from "../../text/errors.ts";
import { leadsInside } from "./links.ts";

/** What an archive may grow to. */
export interface UnpackLimits {
  /** Bytes of all files together. Default 64 GiB. */
  readonly maxBytes: number;
  /** How many times its own size. Default 250. */
  readonly maxRatio: number;
  /** Bytes up to which the ratio does not matter: little tables of zeros are no bombs. Default 256 MiB. */
  readonly ratioFrom: number;
  /** Default a million. */
  readonly maxEntries: number;
}

export const defaultLimits: UnpackLimits = {
  maxBytes: 64 * 2 ** 30,
  maxRatio: 250,
  ratioFrom: 256 * 2 ** 20,
  maxEntries: 1_000_000,
};

/** Up to so many bytes of a file are written without a turn in the thread pool. */
const atOnce = 2 ** 20;

type Kind = "file" | "folder" | "link";

/** Names are an archive's own: slashes between parts, a slash at the end for folders. */
export class Extraction {
  readonly #root: string;
  readonly #archive: string;
  readonly #archiveBytes: number;
  readonly #limits: UnpackLimits;
  readonly #replace: boolean;
  readonly #kinds = new Map<string, Kind>();
  readonly #links = new Map<string, string>();
  readonly #folderModes = new Map<string, number>();
  /** Folders that are there for sure. */
  readonly #made = new Set<string>();
  /** Files that come again and are still to be replaced. */
  readonly #repeated = new Set<string>();
  #entries = 0;
  #bytes = 0;

  /**
   * @param archive how the archive is called in messages
   * @param archiveBytes its size, the measure for bombs
   * @param replace a file that comes again takes the first one's place, as tar has it; else it is refused
   */
  constructor(root: string, archive: string, archiveBytes: number, limits: UnpackLimits, replace = false) {
    this.#root = root;
    this.#archive = archive;
    this.#archiveBytes = archiveBytes;
    this.#limits = limits;
    this.#replace = replace;
  }

  /** The error for an entry that is not unpacked, to be thrown. `why` completes "The entry … of the archive". */
  refusal(name: string, why: string, cause?: unknown): NbjobError {
    return new NbjobError("invalid-work", `The entry ${JSON.stringify(name)} of ${this.#archive} ${why}.`, {
      location: `${this.#archive}: ${name}`,
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** Counts bytes of an entry before or while they are written, and refuses a bomb. */
  count(name: string, bytes: number): void {
    this.#bytes += bytes;
    const { maxBytes, maxRatio, ratioFrom } = this.#limits;
    if (this.#bytes > maxBytes) throw this.refusal(name, `makes it grow beyond ${maxBytes} bytes`);
    if (this.#bytes > ratioFrom && this.#bytes > maxRatio * this.#archiveBytes)
      throw this.refusal(name, `makes it grow to more than ${maxRatio} times its size, as a decompression bomb would`);
  }

  /**
   * Takes a name for an entry of one kind and gives it back in its plain form, `""` for the archive's own folder.
   * @throws {NbjobError} `invalid-work` where it leads out of the folder, stands there already, or lies below what is no folder.
   */
  claim(name: string, kind: Kind): string {
    if (++this.#entries > this.#limits.maxEntries)
      throw this.refusal(name, `is one too many: no more than ${this.#limits.maxEntries} are unpacked`);
    const parts = this.#parts(name);
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      const found = this.#kinds.get(parent);
      if (found !== undefined && found !== "folder")
        throw this.refusal(name, `lies below ${parent}, which is a ${found}`);
      this.#kinds.set(parent, "folder");
    }
    const path = parts.join("/");
    const found = path === "" ? "folder" : this.#kinds.get(path);
    const again = found === kind && (kind === "folder" || (kind === "file" && this.#replace));
    if (found !== undefined && !again) throw this.refusal(name, "is there twice");
    if (again && kind === "file") this.#repeated.add(path);
    this.#kinds.set(path, kind);
    return path;
  }

  #parts(name: string): readonly string[] {
    if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) throw this.refusal(name, "has an absolute path");
    if (name.includes("\0") || name.includes("\ufffd")) throw this.refusal(name, "has a name that is no text");
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..")) throw this.refusal(name, "would be written outside its folder");
    if (parts.some((part) => Buffer.byteLength(part) > 255)) throw this.refusal(name, "has a name that is too long");
    return parts;
  }

  async folder(path: string, mode: number): Promise<void> {
    await mkdir(join(this.#root, path), { recursive: true });
    // Whatever it says, we must be able to fill and to remove it.
    if (path !== "") this.#folderModes.set(path, (mode & 0o777) | 0o700);
  }

  /** Writes a file with its permissions; what would give it another user's rights is dropped. */
  async file(path: string, mode: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    const target = join(this.#root, path);
    this.#makeParent(path);
    if (this.#repeated.delete(path)) rmSync(target, { force: true });
    // Environments have a hundred thousand small files: a turn in Node's thread pool costs each more than its writing.
    const file = openSync(target, "wx", 0o600);
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes <= atOnce) writeWhole(file, chunk);
        else await writeInPool(file, chunk);
      }
      fchmodSync(file, (mode & 0o777) | 0o600);
    } finally {
      closeSync(file);
    }
  }

  #makeParent(path: string): void {
    const parent = dirname(path);
    if (this.#made.has(parent)) return;
    mkdirSync(join(this.#root, parent), { recursive: true });
    this.#made.add(parent);
  }

  /** @param target as the archive says it: relative to the link's own folder */
  symbolicLink(path: string, target: string): void {
    this.#links.set(path, target);
  }

  /** @param target the name of a file that came before */
  async hardLink(path: string, target: string): Promise<void> {
    const original = this.#parts(target).join("/");
    if (this.#kinds.get(original) !== "file")
      throw this.refusal(path, `is a link to ${JSON.stringify(target)}, which is no file that came before it`);
    this.#makeParent(path);
    await link(join(this.#root, original), join(this.#root, path));
  }

  /** Makes the links, and the folders' permissions last. */
  async finish(): Promise<void> {
    for (const [path, target] of this.#links)
      if (!leadsInside(path, this.#links))
        throw this.refusal(path, `is a link to ${JSON.stringify(target)}, outside the archive`);
    for (const [path, target] of this.#links) {
      this.#makeParent(path);
      await symlink(target, join(this.#root, path));
    }
    for (const [path, mode] of this.#folderModes) await chmod(join(this.#root, path), mode);
  }
}

function writeWhole(file: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
}

const writePart = promisify(write);

async function writeInPool(file: number, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await writePart(file, chunk, at)).bytesWritten;
}
