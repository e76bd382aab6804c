import { constants } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";
import yauzl from "yauzl";
import type { Entry, ZipFile } from "yauzl";
import { NbjobError } from "../../text/errors.ts";
import type { Extraction } from "./extraction.ts";
import { messageOf } from "../../text/message-of.ts";

/** Longest target of a symbolic link that Linux takes. */
const longestTarget = 4096;

interface Planned {
  readonly entry: Entry;
  readonly name: string;
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  readonly mode: number;
}

/**
 * Unpacks a zip archive. Its directory is read and judged as a whole before the first byte is written.
 * @throws {NbjobError} `invalid-work`, naming the entry.
 */
export async function unzip(path: string, name: string, into: Extraction, signal?: AbortSignal): Promise<void> {
  const zip = await openZip(path, name);
  try {
    const planned: Planned[] = [];
    for (const entry of await entries(zip, name)) {
      signal?.throwIfAborted();
      const plan = planEntry(entry, into);
      into.count(plan.name, entry.uncompressedSize);
      planned.push(plan);
    }
    for (const plan of planned) {
      signal?.throwIfAborted();
      await write(zip, plan, into);
    }
    await into.finish();
  } finally {
    zip.close();
  }
}

async function openZip(path: string, name: string): Promise<ZipFile> {
  try {
    // Names are decoded here, so that a refused one can be named.
    return await yauzl.openPromise(path, { autoClose: false, lazyEntries: true, decodeStrings: false });
  } catch (error) {
    throw corrupt(name, error);
  }
}

async function entries(zip: ZipFile, name: string): Promise<readonly Entry[]> {
  try {
    const all: Entry[] = [];
    for await (const entry of zip.eachEntry()) all.push(entry);
    return all;
  } catch (error) {
    throw corrupt(name, error);
  }
}

function corrupt(name: string, cause: unknown): NbjobError {
  const why = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
  return new NbjobError("invalid-work", `${name} is no whole zip archive: ${why}.`, {
    location: name,
    remedy: "Check that it was uploaded to its end.",
    cause,
  });
}

function planEntry(entry: Entry, into: Extraction): Planned {
  const name = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  if (entry.isEncrypted()) throw into.refusal(name, "is encrypted, and nbjob has no password for it");
  if (!entry.canDecodeFileData())
    throw into.refusal(name, `is compressed by method ${entry.compressionMethod}, which cannot be read here`);
  const { kind, mode } = typeOf(entry, name, into);
  if (kind === "link" && entry.uncompressedSize > longestTarget)
    throw into.refusal(name, "is a link with too long a target");
  return { entry, name, path: into.claim(name, kind), kind, mode };
}

/** Kind and permissions: Unix's own where a Unix made the entry (APPNOTE 4.4.2, 4.4.15), else what the name says. */
function typeOf(entry: Entry, name: string, into: Extraction): Pick<Planned, "kind" | "mode"> {
  const system = entry.versionMadeBy >>> 8;
  const unix = system === 3 || system === 19 ? entry.externalFileAttributes >>> 16 : 0;
  const mode = unix & 0o777;
  switch (unix & constants.S_IFMT) {
    case constants.S_IFLNK:
      return { kind: "link", mode };
    case constants.S_IFDIR:
      return { kind: "folder", mode };
    case 0:
    case constants.S_IFREG:
      return name.endsWith("/") ? { kind: "folder", mode: mode || 0o755 } : { kind: "file", mode: mode || 0o644 };
    default:
      throw into.refusal(name, "is a device, a pipe or a socket");
  }
}

async function write(zip: ZipFile, { entry, name, path, kind, mode }: Planned, into: Extraction): Promise<void> {
  try {
    if (kind === "folder") return await into.folder(path, mode);
    const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false });
    const body = checked(entry.compressionMethod === 0 ? chunks(raw) : inflated(raw), entry, name, into);
    if (kind === "file") return await into.file(path, mode, body);
    into.symbolicLink(path, await text(body));
  } catch (error) {
    if (error instanceof NbjobError || (error instanceof Error && "syscall" in error)) throw error;
    throw into.refusal(name, `is damaged: ${messageOf(error)}`, error);
  }
}

/**
 * Inflated here and not by yauzl, which tells of an error by an event of its stream: told before anybody reads,
 * it ends the process.
 */
async function* inflated(raw: Readable): AsyncGenerator<Uint8Array, void> {
  const inflate = createInflateRaw();
  const done = pipeline(raw, inflate);
  done.catch(() => undefined); // Told by the reading below.
  yield* chunks(inflate);
  await done;
}

async function* chunks(stream: Readable): AsyncGenerator<Uint8Array, void> {
  // Without an encoding a byte stream yields buffers.
  for await (const chunk of stream) yield chunk as Buffer;
}

/** The bytes, if they are as many as the directory says and have its checksum. */
async function* checked(
  body: AsyncIterable<Uint8Array>,
  entry: Entry,
  name: string,
  into: Extraction,
): AsyncGenerator<Uint8Array, void> {
  let sum = 0;
  let size = 0;
  for await (const chunk of body) {
    sum = crc32(chunk, sum);
    size += chunk.length;
    if (size > entry.uncompressedSize) break;
    yield chunk;
  }
  if (size !== entry.uncompressedSize)
    throw into.refusal(name, "is damaged: its size is another than the archive says");
  if (sum !== entry.crc32) throw into.refusal(name, "is damaged: its checksum is another");
}
