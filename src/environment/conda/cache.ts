/**
 * Environments that are kept for later runs, each in a folder of its own that never moves: its scripts hold its path.
 *
 *     packs/<key>-<random>/env/   the environment
 *     packs/<key>                 a link to the folder above, made when it is whole
 *
 * The link is made in one step and only if it is not there, so that two runs that make one environment at once disturb
 * nobody: the second throws its own away. No lock can be left behind, on whatever machine shares the folder.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readlink, rm, stat, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";

/** A folder so old that nothing points at is of a run that died. */
const abandonedAfterMs = 24 * 3_600_000;

export class PackCache {
  readonly #folder: string;

  /** @param folder `packs` in the cache folder */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The environment kept under a key. */
  async find(key: string): Promise<string | undefined> {
    const target = await readlink(join(this.#folder, key)).catch(() => undefined);
    if (target === undefined) return undefined;
    const path = join(this.#folder, target, "env");
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true) return path;
    await unlink(join(this.#folder, key)).catch(() => undefined);
    return undefined;
  }

  /** A new folder to make an environment in: in its `env`. */
  async begin(key: string): Promise<string> {
    const folder = join(this.#folder, `${key}-${randomBytes(6).toString("hex")}`);
    await mkdir(join(folder, "env"), { recursive: true });
    return folder;
  }

  /** Keeps what was made, unless another run was quicker. @returns the environment to use */
  async keep(key: string, folder: string): Promise<string> {
    const own = join(folder, "env");
    try {
      await symlink(folder.slice(folder.lastIndexOf("/") + 1), join(this.#folder, key));
    } catch {
      const winner = await this.find(key);
      // Where links cannot be made nothing is kept, and this run uses what it made.
      if (winner === undefined || winner === own) return own;
      await rm(folder, { recursive: true, force: true });
      return winner;
    }
    await this.#sweep();
    return own;
  }

  async #sweep(): Promise<void> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const links = entries.filter((entry) => entry.isSymbolicLink()).map((entry) => join(this.#folder, entry.name));
    const used = new Set(await Promise.all(links.map((link) => readlink(link).catch(() => ""))));
    for (const entry of entries) {
      if (!entry.isDirectory() || used.has(entry.name)) continue;
      const path = join(this.#folder, entry.name);
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
      if (age > abandonedAfterMs) await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
