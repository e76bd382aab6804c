/** `Content-Encoding`, which some servers use whether asked or not. */
import { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { freeingChunks } from "../../http/free-chunk.ts";
import { NbjobError } from "../../text/errors.ts";
import { type Location, nameOf } from "../location.ts";
import type { HttpAnswer } from "./https-request.ts";

/**
 * What a body must be freed from. Servers that are set up to tell of a `.gz` file's own compression mean the file: whoever
 * asks for one wants it as it is, as browsers have it.
 */
export function codingOf(location: Location, answer: HttpAnswer): string | undefined {
  const coding = answer.header("content-encoding");
  const gzip = coding === "gzip" || coding === "x-gzip";
  return gzip && /\.t?gz$/i.test(nameOf(location)) ? undefined : coding;
}

/** The bytes of a body as they were before they were encoded. */
export function decoded(
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  shown: string,
): AsyncIterable<Uint8Array> {
  const decoder =
    encoding === "gzip" || encoding === "x-gzip"
      ? createGunzip()
      : encoding === "deflate"
        ? createInflate()
        : encoding === "br"
          ? createBrotliDecompress()
          : undefined;
  // A decoder is still at work on a chunk when it takes the next.
  if (decoder === undefined) return freeingChunks(body);
  const encoded = Readable.from(body);
  encoded.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => encoded.destroy());
  return undone(
    encoded.pipe(decoder),
    `${shown} arrived damaged: its bytes are not the ${encoding} that they are said to be.`,
  );
}

/** zlib's own errors, which begin with these, say nothing of whose bytes they are. */
async function* undone(decoder: AsyncIterable<Uint8Array>, message: string): AsyncGenerator<Uint8Array> {
  try {
    yield* decoder;
  } catch (error) {
    const ofZlib = error instanceof Error && "code" in error && /^(?:Z_|ERR_)/.test(String(error.code));
    throw ofZlib ? new NbjobError("unreachable", message, { cause: error }) : error;
  }
}
