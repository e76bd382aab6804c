import { Parser, type ReadEntry } from "tar";
import { NbjobError } from "../../text/errors.ts";
import type { Extraction } from "./extraction.ts";
import { Failure } from "./failure.ts";

/**
 * Unpacks a tar archive from its uncompressed bytes (ustar, pax, GNU's long names).
 * @throws {NbjobError} `invalid-work`, naming the entry.
 */
export async function untar(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  into: Extraction,
  signal?: AbortSignal,
): Promise<void> {
  const parser = new Parser({ strict: true });
  const failure = new Failure();
  let current = "";
  let ended = false;
  let writing: Promise<void> = Promise.resolve();
  parser.on("error", (error: unknown) => failure.fail(corrupt(name, current, error)));
  parser.on("entry", (entry: ReadEntry) => {
    current = entry.path;
    writing = extract(entry, into, failure);
    writing.catch((error: unknown) => failure.fail(error));
  });
  parser.on("ignoredEntry", (entry: ReadEntry) =>
    failure.fail(into.refusal(entry.path, `is of a kind (${entry.type}) that cannot be unpacked`)),
  );
  parser.on("nullBlock", () => (ended = true));
  const heard = (event: string): Promise<void> => new Promise((resolve) => parser.once(event, () => resolve()));
  const done = heard("end");
  try {
    for await (const chunk of bytes) {
      signal?.throwIfAborted();
      into.count(current, chunk.length);
      if (!parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)))
        await failure.orFail(heard("drain"));
      failure.check();
    }
    parser.end();
    await failure.orFail(done);
    await writing;
    failure.check();
  } catch (error) {
    // Whatever ended it, the file being written is closed before anybody hears of it.
    failure.fail(error);
    await writing.catch(() => undefined);
    throw error;
  }
  if (!ended) throw corrupt(name, current, new Error("it stops without its end mark"));
  await into.finish();
}

function corrupt(name: string, entry: string, cause: unknown): NbjobError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const where = entry === "" ? "" : `, after the entry ${JSON.stringify(entry)}`;
  return new NbjobError("invalid-work", `${name} is no whole tar archive${where}: ${why}.`, {
    location: entry === "" ? name : `${name}: ${entry}`,
    remedy: "Check that it was uploaded to its end.",
    cause,
  });
}

async function extract(entry: ReadEntry, into: Extraction, failure: Failure): Promise<void> {
  const { path: name, linkpath = "", mode } = entry;
  switch (entry.type) {
    case "File":
    case "OldFile":
    case "ContiguousFile":
      // The oldest tars mark folders by a slash alone.
      if (name.endsWith("/")) break;
      return await into.file(into.claim(name, "file"), mode ?? 0o644, bodyOf(entry, failure));
    case "Directory":
    case "GNUDumpDir":
      break;
    case "SymbolicLink":
      into.symbolicLink(into.claim(name, "link"), linkpath);
      entry.resume();
      return;
    case "Link":
      await into.hardLink(into.claim(name, "file"), linkpath);
      entry.resume();
      return;
    default:
      throw into.refusal(name, "is a device, a pipe or of a kind that cannot be unpacked");
  }
  await into.folder(into.claim(name, "folder"), mode ?? 0o755);
  entry.resume();
}

/** An entry's bytes; the parser's own iterator would wait for ever for an entry that is never completed. */
async function* bodyOf(entry: ReadEntry, failure: Failure): AsyncGenerator<Uint8Array, void> {
  const chunks = entry[Symbol.asyncIterator]();
  for (;;) {
    const next = await failure.orFail(chunks.next());
    if (next.done === true) return;
    yield next.value;
  }
}
