import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { findProgram } from "../../process/command.ts";
import { spawnGroup } from "../../process/group.ts";
import { NbjobError } from "../../text/errors.ts";
import { defaultLimits, Extraction, type UnpackLimits } from "./extraction.ts";
import { archiveKindIn, inspectArchive, type ArchiveKind } from "./kind.ts";
import { untar } from "./tar.ts";
import { unzip } from "./zip.ts";

export type { UnpackLimits } from "./extraction.ts";

export interface UnpackOptions {
  /** The archive's name for messages and, by its ending, its kind. */
  readonly name: string;
  /** A new or empty folder. */
  readonly into: string;
  /** Where xz is found, for `.tar.xz`. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits?: Partial<UnpackLimits>;
  /** What a file does that is in the archive a second time; default it is refused. */
  readonly repeated?: "refuse" | "replace";
  readonly signal?: AbortSignal;
}

/**
 * Unpacks `.zip`, `.tar`, `.tar.gz`, `.tar.xz` or `.tar.zst` with permissions and links, and nothing outside `into`.
 * @throws {NbjobError} `invalid-work`, naming the entry, for what is damaged, encrypted, twice there, outside or a bomb;
 *   `environment` where xz is missing or the disk is full.
 */
export async function unpack(path: string, options: UnpackOptions): Promise<void> {
  const { name, into, env, limits, repeated, signal } = options;
  const kind = inspectArchive(path, name);
  const { size } = await stat(path);
  const extraction = new Extraction(into, name, size, { ...defaultLimits, ...limits }, repeated === "replace");
  try {
    await mkdir(into, { recursive: true });
    if (kind === "zip") await unzip(path, name, extraction, signal);
    else await untar(noArchiveAgain(decompressed(path, kind, name, env, signal), name), name, extraction, signal);
  } catch (error) {
    throw explain(error, name, into);
  }
}

/** The bytes within the compression. What reads them ends them: a stream left early is destroyed. */
async function* decompressed(
  path: string,
  kind: Exclude<ArchiveKind, "zip">,
  name: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  try {
    switch (kind) {
      case "tar":
        return yield* chunks(createReadStream(path));
      case "tar.gz":
        return yield* through(path, createGunzip());
      case "tar.zst":
        return yield* through(path, createZstdDecompress());
      case "tar.xz":
        return yield* unxz(path, name, env, signal);
    }
  } catch (error) {
    if (error instanceof Error && "errno" in error && !("syscall" in error))
      throw new NbjobError("invalid-work", `${name} cannot be decompressed: ${error.message}.`, {
        location: name,
        remedy: "Check that it was uploaded to its end.",
        cause: error,
      });
    throw error;
  }
}

async function* chunks(stream: Readable): AsyncGenerator<Uint8Array, void> {
  // Without an encoding a byte stream yields buffers.
  for await (const chunk of stream) yield chunk as Buffer;
}

async function* through(
  path: string,
  decompressor: Readable & NodeJS.WritableStream,
): AsyncGenerator<Uint8Array, void> {
  const done = pipeline(createReadStream(path), decompressor);
  done.catch(() => undefined); // Told by the reading below.
  yield* chunks(decompressor);
  await done;
}

/** Node has no xz: the machine's own program does it, in a group of its own. */
async function* unxz(
  path: string,
  name: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const program = findProgram("xz", env, "/");
  if (program === undefined)
    throw new NbjobError("environment", `Unpacking ${name} needs the program xz, which is not on PATH.`, {
      location: name,
      remedy: "Use an image that has xz, or pack the archive as .tar.gz.",
    });
  const output = new PassThrough();
  let resume: () => void = () => undefined;
  output.on("drain", () => resume()).on("close", () => resume());
  let said = "";
  const group = spawnGroup([program, "--decompress", "--stdout", "--", path], {
    cwd: "/",
    env,
    onOutput: (stream, chunk) => {
      if (stream === "stderr") said = (said + chunk.toString()).slice(-1_000);
      // Destroyed: whoever read it has seen enough.
      else if (!output.destroyed && !output.write(chunk)) return new Promise((resolve) => (resume = resolve));
      return undefined;
    },
    ...(signal === undefined ? {} : { killSignal: signal }),
  });
  const ended = group.settled.finally(() => output.end());
  ended.catch((error: unknown) => output.destroy(error instanceof Error ? error : undefined));
  try {
    yield* chunks(output);
    const { code } = await ended;
    if (code !== 0)
      throw new NbjobError("invalid-work", `${name} cannot be decompressed: ${said.trim()}.`, { location: name });
  } finally {
    output.destroy();
    await group.stop({ grace: 0 });
  }
}

/** What tar's parser would decompress once more by itself, past every bound. */
async function* noArchiveAgain(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array, void> {
  let first = true;
  for await (const chunk of bytes) {
    const kind = first ? archiveKindIn(Buffer.from(chunk)) : undefined;
    if (kind !== undefined && kind !== "tar")
      throw new NbjobError("invalid-work", `${name} holds another compressed archive in place of a tar archive.`, {
        location: name,
      });
    first = false;
    yield chunk;
  }
}

function explain(error: unknown, name: string, into: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new NbjobError("environment", `There is no room left in ${into} to unpack ${name}.`, {
      location: into,
      remedy: "Give the job more block storage, or TMPDIR a bigger disk.",
      cause: error,
    });
  if (code === "EEXIST")
    return new NbjobError("invalid-work", `${name} holds a file that is already in ${into}.`, {
      location: name,
      cause: error,
    });
  return error;
}
