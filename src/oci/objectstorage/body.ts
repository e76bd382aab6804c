import { createHash } from "node:crypto";
import { Crc32c } from "./crc32c.ts";

/** Bytes that can be opened again for each try. */
export interface Body {
  readonly bytes: number;
  /** A chunk is good until the next but one is asked for. */
  open(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** The service stored, or sent, other bytes than it should have. Trying again may help. */
export class Damaged extends Error {
  override readonly name = "Damaged";
}

/** The body gave other bytes than it did before: what is sent cannot fit a checksum that was told beforehand. */
export class BodyChanged extends Error {
  override readonly name = "BodyChanged";
}

/**
 * The JSON that an answer holds.
 * @throws Damaged where it is none
 */
export async function jsonOf(answer: { readonly body: { text(): Promise<string> } }): Promise<unknown> {
  const text = await answer.body.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Damaged("The service answered with something that is no JSON.");
  }
}

/** Opens a body and remembers why it failed: the HTTP client's own error then only says that it was cut off. */
export class WatchedBody implements Body {
  readonly #body: Body;
  #failure: { readonly error: unknown } | undefined;

  constructor(body: Body) {
    this.#body = body;
  }

  get bytes(): number {
    return this.#body.bytes;
  }

  async *open(start: number, end: number): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#body.open(start, end);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** Throws the body's own failure, if it failed. */
  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** @throws Damaged where the MD5 that the service reports is not that of the bytes */
export async function checkMd5(body: Body, start: number, end: number, reported: string | undefined): Promise<void> {
  if (reported === undefined) return;
  const hash = createHash("md5");
  for await (const chunk of body.open(start, end)) hash.update(chunk);
  if (hash.digest("base64") !== reported) throw new Damaged("The service stored other bytes than were sent.");
}

/** The CRC32C of a range. */
export async function checksumOf(body: Body, start: number, end: number): Promise<string> {
  const crc = new Crc32c();
  for await (const chunk of body.open(start, end)) crc.update(chunk);
  return crc.digest();
}

export async function readAll(body: Body): Promise<Uint8Array> {
  let whole: Uint8Array | undefined;
  let at = 0;
  for await (const chunk of body.open(0, body.bytes)) {
    // Most small files are one chunk, whose memory is used again only if more of the body is asked for.
    if (chunk.length === body.bytes) whole = chunk;
    else {
      whole ??= Buffer.allocUnsafe(body.bytes);
      whole.set(chunk, at);
    }
    at += chunk.length;
  }
  return whole ?? new Uint8Array();
}
