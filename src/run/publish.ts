import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename, stat } from "node:fs/promises";
import { basename, join, parse, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayLocation, joinLocation } from "../storage/location.ts";
import { publishFiles, type FileToPublish } from "../storage/transfer.ts";
import { oneLine } from "../text/one-line.ts";
import { describeError } from "../text/describe.ts";
import type { RunHost } from "./host.ts";
import { recordName, type RecordedOutput } from "./record.ts";
import type { Staged } from "./stage.ts";
import { select, since, walk, type FoundFile, type LeftBehind, type Walk } from "./workspace.ts";

/** Sends outputs to the output folder, at checkpoints and at the end; what has not changed since it was sent is not sent again. */
export class Publisher {
  readonly #spec: JobSpec;
  readonly #staged: Staged;
  readonly #host: RunHost;
  readonly #sent = new Map<string, { readonly version: string; readonly output: RecordedOutput }>();
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

  /** Publishes what there is now and says what became of each file. Never throws away the rest for one that fails. */
  async publish(signal: AbortSignal): Promise<readonly RecordedOutput[]> {
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
    const outputs = files.map((file) => ({ ...file, path: this.#freeName(file.path, reserved) }));
    const results = await this.#send([...own, ...outputs], signal);
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

  async #send(files: readonly FoundFile[], signal: AbortSignal): Promise<readonly RecordedOutput[]> {
    const stale = files.filter((file) => this.#sent.get(file.path)?.version !== file.version);
    const toPublish: FileToPublish[] = stale.map(({ path, absolute }) => ({ path, absolute }));
    const results = await publishFiles(this.#host.stores, toPublish, this.#spec.outputFolder, { signal });
    const fresh = new Map<string, RecordedOutput>();
    for (const [position, result] of results.entries()) {
      const output: RecordedOutput = {
        path: result.path,
        location: result.location,
        bytes: result.bytes ?? null,
        md5: result.md5 ?? null,
        status: result.status,
        ...(result.error === undefined ? {} : { error: describeError(result.error).join(" ") }),
      };
      fresh.set(result.path, output);
      const version = stale[position]?.version;
      if (output.status === "published" && !result.changedWhileRead && version !== undefined) {
        this.#sent.set(result.path, { version, output });
      }
    }
    return files.flatMap((file) => fresh.get(file.path) ?? this.#sent.get(file.path)?.output ?? []);
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
  #freeName(path: string, reserved: ReadonlySet<string>): string {
    if (!reserved.has(path)) return path;
    const free = `work-${path}`;
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
    const hash = createHash("md5");
    await pipeline(createReadStream(absolute), hash);
    const location = displayLocation(joinLocation(this.#spec.outputFolder, path));
    return { path, location, bytes, md5: hash.digest("base64"), status: "published" };
  }
}

function without({ files, left }: Walk, folder: string): Walk {
  const outside = ({ path }: { readonly path: string }): boolean => !path.startsWith(`${folder}/`);
  return { files: files.filter(outside), left: left.filter(outside) };
}

async function executedNotebook(path: string): Promise<FoundFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return {
    path: basename(path),
    absolute: path,
    bytes: found.size,
    version: `${found.ino}:${found.size}:${found.mtimeMs}`,
  };
}
