import { open, rm, writeFile, type FileHandle } from "node:fs/promises";

/** Bytes written at once: chunks come in 64 KiB, and a write for each would cost more than the writing. */
const batch = 2 ** 20;

/** A new file, written in batches, one of which is under way while the next one is gathered. */
export class BatchedFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #pending: Buffer[] = [];
  #gathered = 0;
  /** Resolves with what went wrong, or with nothing; it never rejects, since nobody may be waiting. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async add(chunk: Buffer): Promise<void> {
    this.#pending.push(chunk);
    this.#gathered += chunk.length;
    if (this.#gathered >= batch) await this.#write();
  }

  /** Writes the rest. A file that is a single batch is written in one go. */
  async finish(): Promise<void> {
    if (this.#file === undefined) {
      await writeFile(this.#path, Buffer.concat(this.#pending), { flag: "wx" });
      return;
    }
    await this.#write();
    await this.#settled();
    await this.#file.close();
  }

  async discard(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    await rm(this.#path, { force: true });
  }

  async #write(): Promise<void> {
    await this.#settled();
    this.#file ??= await open(this.#path, "wx");
    if (this.#pending.length === 0) return;
    this.#writing = this.#file.writev(this.#pending).then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#pending = [];
    this.#gathered = 0;
  }

  async #settled(): Promise<void> {
    const failure = await this.#writing;
    if (failure !== undefined) throw failure;
  }
}
