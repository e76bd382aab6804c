import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, join, parse, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import pMap from "p-map";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayLocation, joinLocation } from "../storage/location.ts";
import {
  isStillPublished,
  Patience,
  publishFiles,
  type FileToPublish,
  type PublishedFile,
} from "../storage/transfer.ts";
import { oneLine } from "../text/one-line.ts";
import { describeError } from "../text/describe.ts";
import type { RunHost } from "./host.ts";
import { longestOutage, recordName, type RecordedOutput } from "./record.ts";
import type { Staged } from "./stage.ts";
import { foldersOf, select, since, walk, type FoundFile, type LeftBehind, type Walk } from "./workspace.ts";
import { messageOf } from "../text/message-of.ts";

/** What was published of a file, and what it was then. */
interface Sent {
  readonly version: string;
  readonly published: PublishedFile;
  readonly output: RecordedOutput;
}

/** Sends outputs to the output folder, at checkpoints and at the end; what has not changed since it was sent is not sent again. */
export class Publisher {
  readonly #spec: JobSpec;
  readonly #staged: Staged;
  readonly #host: RunHost;
  readonly #sent = new Map<string, Sent>();
  /** Everything that was ever published. */
  readonly #placed = new Set<string>();
  readonly #said = new Set<string>();
  readonly #earlier: string[] = [];

  constructor(spec: JobSpec, staged: Staged, host: RunHost) {
    this.#spec = spec;
    this.#staged = staged;
    this.#host = host;
  }

  /** Puts the executed notebook aside, so that the next attempt's does not replace it. */
  async keepAttempt(number: number): Promise<void> {
    const { work } = this.#staged;
    if (work.kind !== "notebook") return;
    const { dir, name, ext } = parse(work.executed);
    const path = join(dir, `${name}.attempt-${number}${ext}`);
    try {
      await rename(work.executed, path);
      this.#earlier.push(path);
    } catch {
      // It failed before there was anything of it.
    }
  }

  /**
   * Publishes what there is now and says what became of each file. Never throws away the rest for one that fails.
   *
   * @param moment the last time that it is done; then what checkpoints published is compared with the files byte for byte
   */
  async publish(signal: AbortSignal, moment: "checkpoint" | "last"): Promise<readonly RecordedOutput[]> {
    const work = this.#staged.work;
    const reserved = new Set([recordName]);
    const own: FoundFile[] = [];
    const settled: RecordedOutput[] = [];
    if (work.kind === "notebook") {
      for (const path of [work.executed, ...this.#earlier]) {
        reserved.add(basename(path));
        const found = await executedNotebook(path);
        if (found !== undefined && this.#grewInPlace(found)) settled.push(await this.#inPlace(found));
        else if (found !== undefined) own.push(found);
      }
    }
    const { files, left } = await this.#collect();
    const taken = new Set([...reserved, ...files.map(({ path }) => path)]);
    const outputs = files.map((file) => ({ ...file, path: this.#freeName(file.path, reserved, taken) }));
    const results = await this.#send([...own, ...outputs], signal, moment);
    return [...settled, ...results, ...this.#notSent(left)];
  }

  /** What cannot be an output is told once; what somebody may miss is an output that failed. */
  #notSent(left: readonly LeftBehind[]): readonly RecordedOutput[] {
    for (const { path, why, lost } of left) if (!lost) this.#sayOnce(`${path} is not published: ${why}`);
    return left
      .filter(({ lost }) => lost)
      .map(({ path, why }) => {
        const location = displayLocation(joinLocation(this.#spec.outputFolder, path));
        return { path, location, bytes: null, md5: null, status: "failed", error: why };
      });
  }

  async #send(
    files: readonly FoundFile[],
    signal: AbortSignal,
    moment: "checkpoint" | "last",
  ): Promise<readonly RecordedOutput[]> {
    await this.#clear(files);
    const stale = files.filter((file) => this.#sent.get(file.path)?.version !== file.version);
    const outputs = new Map(await this.#put(stale, signal, moment));
    if (moment === "last") {
      const kept = files.filter((file) => !outputs.has(file.path));
      for (const [path, output] of await this.#put(await this.#changedUnseen(kept, signal), signal, moment))
        outputs.set(path, output);
    }
    return files.flatMap((file) => outputs.get(file.path) ?? this.#sent.get(file.path)?.output ?? []);
  }

  /** Takes away what a checkpoint published where a file system now has a folder of that name, or a file in its folder's place. */
  async #clear(files: readonly FoundFile[]): Promise<void> {
    const { outputFolder } = this.#spec;
    if (outputFolder.kind !== "file") return;
    const names = new Set(files.map(({ path }) => path));
    const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
    for (const path of this.#placed) {
      if (!folders.has(path) && !foldersOf(path).some((folder) => names.has(folder))) continue;
      await rm(join(outputFolder.path, path), { force: true }).catch(() => undefined);
      // Its folders, as far as nothing is left in them.
      for (const folder of foldersOf(path).toReversed())
        await rmdir(join(outputFolder.path, folder)).catch(() => undefined);
      this.#placed.delete(path);
      this.#sent.delete(path);
    }
  }

  /** Files that look as they did when they were published, and whose bytes are others now, or are not there any more. */
  async #changedUnseen(files: readonly FoundFile[], signal: AbortSignal): Promise<readonly FoundFile[]> {
    const { stores } = this.#host;
    const { outputFolder } = this.#spec;
    const same = await pMap(
      files,
      async (file) => {
        const published = this.#sent.get(file.path)?.published;
        if (published === undefined) return false;
        const still = !signal.aborted && (await isStillPublished(stores, outputFolder, file, published, signal));
        // Without the time to look, what was published counts: it is what the record tells of.
        return still || signal.aborted;
      },
      { concurrency: 16 },
    );
    return files.filter((_, position) => same[position] === false);
  }

  async #put(
    files: readonly FoundFile[],
    signal: AbortSignal,
    moment: "checkpoint" | "last",
  ): Promise<readonly (readonly [path: string, output: RecordedOutput])[]> {
    const toPublish: FileToPublish[] = files.map(({ path, absolute }) => ({ path, absolute }));
    const options =
      moment === "checkpoint" ? { signal, provisional: true } : { signal, patience: new Patience(longestOutage) };
    const results = await publishFiles(this.#host.stores, toPublish, this.#spec.outputFolder, options);
    return results.map((published, position) => {
      const output: RecordedOutput = {
        path: published.path,
        location: published.location,
        bytes: published.bytes ?? null,
        md5: published.md5 ?? null,
        status: published.status,
        ...(published.error === undefined ? {} : { error: describeError(published.error).join(" ") }),
      };
      if (output.status === "published") this.#placed.add(output.path);
      const version = files[position]?.version;
      if (output.status === "published" && published.changedWhileRead) {
        if (moment === "last") this.#sayOnce(`${output.path} was written to while it was published: it may be torn`);
      } else if (output.status === "published" && version !== undefined) {
        this.#sent.set(output.path, { version, published, output });
      }
      return [output.path, output];
    });
  }

  /** The files that the work made: those that `outputs:` names, else all that is new or changed in its working directory. */
  async #collect(): Promise<Walk> {
    const { outputs, ads } = this.#spec;
    const { before, cwd } = this.#staged;
    if (outputs === undefined && ads?.outputsFrom !== undefined) return this.#collectFrom(ads.outputsFrom);
    if (outputs === undefined && before === undefined) return { files: [], left: [] };
    const now = await this.#walk(cwd);
    if (outputs === undefined) return before === undefined ? now : since(before, now);
    const { chosen, left, unmatched } = select(now, outputs);
    this.#unmatched = unmatched;
    return { files: chosen, left };
  }

  /** Every file of one folder, under its name in there; of the working directory itself only what the work made. */
  async #collectFrom(wanted: string): Promise<Walk> {
    const { before, cwd, env } = this.#staged;
    const folder = resolve(cwd, wanted.replace(/^~(?=\/|$)/, env["HOME"] ?? "~"));
    const now = await this.#walk(folder);
    return folder === resolve(cwd) && before !== undefined ? since(before, now) : now;
  }

  /** Without what lies in the output folder, where that is in there: outputs are not outputs again; nor is a repository's own. */
  async #walk(folder: string): Promise<Walk> {
    const { outputFolder, work } = this.#spec;
    const now = work?.kind === "repository" ? without(await walk(folder), ".git") : await walk(folder);
    const own = outputFolder.kind === "file" ? relative(folder, outputFolder.path) : "..";
    if (own === "" || own === ".." || own.startsWith("../")) return now;
    return without(now, own);
  }

  #unmatched: readonly string[] = [];

  /** Patterns of `outputs:` that the last publish found nothing for. */
  get unmatched(): readonly string[] {
    return this.#unmatched;
  }

  /** nbjob's own files keep their names; a file of the work's with such a name is published beside them. */
  #freeName(path: string, reserved: ReadonlySet<string>, taken: Set<string>): string {
    if (!reserved.has(path)) return path;
    let free = `work-${path}`;
    while (taken.has(free)) free = `work-${free}`;
    taken.add(free);
    this.#sayOnce(`The work wrote ${path}, a name that nbjob needs: it is published as ${free}`);
    return free;
  }

  #sayOnce(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#host.log.warn(oneLine(message));
  }

  #grewInPlace(executed: FoundFile): boolean {
    const target = joinLocation(this.#spec.outputFolder, executed.path);
    return target.kind === "file" && target.path === executed.absolute;
  }

  async #inPlace({ path, absolute, bytes }: FoundFile): Promise<RecordedOutput> {
    const location = displayLocation(joinLocation(this.#spec.outputFolder, path));
    try {
      const hash = createHash("md5");
      await pipeline(createReadStream(absolute), hash);
      return { path, location, bytes, md5: hash.digest("base64"), status: "published" };
    } catch (error) {
      return { path, location, bytes: null, md5: null, status: "failed", error: oneLine(messageOf(error)) };
    }
  }
}

function without({ files, left }: Walk, folder: string): Walk {
  const outside = ({ path }: { readonly path: string }): boolean => !path.startsWith(`${folder}/`);
  return { files: files.filter(outside), left: left.filter(outside) };
}

async function executedNotebook(path: string): Promise<FoundFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  return {
    path: basename(path),
    absolute: path,
    bytes: found.size,
    version: `${found.ino}:${found.size}:${found.mtimeMs}`,
  };
}
