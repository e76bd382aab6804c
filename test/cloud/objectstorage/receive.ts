import { createHash } from "node:crypto";
import type { Exchange } from "../http/exchange.ts";
import { notAuthenticated, Refusal } from "../http/refusal.ts";
import type { Bodies, Digester, Segment } from "../state/bodies.ts";
import { Crc32c } from "./crc32c.ts";
import type { Checksums } from "./model.ts";
import { badRequest, unmatchedDigest } from "./refusals.ts";

/** The most that one PutObject or UploadPart may carry. */
const maximumBody = 50 * 2 ** 30;

export interface Received {
  readonly segment: Segment;
  readonly md5: string;
  readonly checksums: Checksums;
}

/** Digests that a client may name or ask for, by the header that carries them, and how messages name them. */
const checksums: Readonly<Record<string, { readonly name: string; readonly make: () => Digester }>> = {
  "opc-content-crc32c": { name: "Content-CRC32C", make: () => new Crc32c() },
  "opc-content-sha256": { name: "Content-SHA256", make: () => createHash("sha256") },
  "opc-content-sha384": { name: "Content-SHA384", make: () => createHash("sha384") },
};

/**
 * Takes an object's or a part's body to disk, and checks every digest that came with it. Where one does not fit,
 * nothing is kept.
 * @param algorithm what to compute beside the MD5: `CRC32C`, `SHA256` or `SHA384`
 */
export async function receiveBody(
  exchange: Exchange,
  bodies: Bodies,
  algorithm: string | undefined,
): Promise<Received> {
  checkLength(exchange);
  const claimedMd5 = exchange.header("content-md5");
  if (claimedMd5 !== undefined && Buffer.from(claimedMd5, "base64").length !== 16) {
    throw badRequest("InvalidContentMD5", "The Content-MD5 header is not the base64 of 16 bytes.");
  }
  const wanted = wantedChecksums(exchange, algorithm);
  const signed = exchange.header("x-content-sha256");
  const { segment, digests } = await bodies.write(exchange.incoming(), {
    "content-md5": () => createHash("md5"),
    ...(signed === undefined ? {} : { "x-content-sha256": () => createHash("sha256") }),
    ...Object.fromEntries(wanted.map(([header, { make }]) => [header, make])),
  });
  const digest = (header: string): string => digests[header] ?? "";
  try {
    if (signed !== undefined && digest("x-content-sha256") !== signed) {
      throw notAuthenticated("The x-content-sha256 header does not match the request body.");
    }
    compare("content-md5", "Content-MD5", digest("content-md5"), claimedMd5);
    for (const [header, { name }] of wanted) {
      compare(header, name, digest(header), exchange.header(header) || undefined);
    }
    const kept = wanted.map(([header]) => [header, digest(header)]);
    return { segment, md5: digest("content-md5"), checksums: Object.fromEntries(kept) };
  } catch (error) {
    await bodies.release([segment]);
    throw error;
  }
}

function checkLength(exchange: Exchange): void {
  if (exchange.header("content-length") === undefined) {
    throw new Refusal(
      411,
      "ContentLengthRequired",
      "The Content-Length header is required; chunked bodies are not taken.",
    );
  }
  if (exchange.declaredLength() > maximumBody) {
    throw new Refusal(413, "RequestEntityTooLarge", "A single request may carry at most 50 GiB.");
  }
}

function wantedChecksums(
  exchange: Exchange,
  algorithm: string | undefined,
): readonly (readonly [header: string, { readonly name: string; readonly make: () => Digester }])[] {
  const all = Object.entries(checksums);
  // The Go SDK sends the header without a value where no algorithm is wanted.
  const asked = algorithm === "" ? undefined : algorithm?.toUpperCase();
  if (asked !== undefined && !all.some(([, { name }]) => name === `Content-${asked}`)) {
    throw badRequest("MissingOrInvalidChecksumType", `There is no checksum algorithm ${algorithm}.`);
  }
  return all.filter(([header, { name }]) => name === `Content-${asked}` || (exchange.header(header) ?? "") !== "");
}

function compare(header: string, name: string, computed: string, claimed: string | undefined): void {
  if (claimed !== undefined && claimed !== computed) throw unmatchedDigest(header, name, computed, claimed);
}
