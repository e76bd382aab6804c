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

interface Check {
  /** Header that claims the digest, as in `content-md5`. */
  readonly header: string;
  /** As the refusal's message names it. */
  readonly name: string;
  readonly digester: Digester;
}

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
  const md5 = createHash("md5");
  const checks = wantedChecks(exchange, algorithm);
  const signed = exchange.header("x-content-sha256");
  const sha256 = signed === undefined ? undefined : createHash("sha256");
  const digesters = [md5, ...(sha256 === undefined ? [] : [sha256]), ...checks.map(({ digester }) => digester)];
  const segment = await bodies.write(exchange.incoming(), digesters);
  try {
    const computed = md5.digest("base64");
    if (sha256 !== undefined && sha256.digest("base64") !== signed) {
      throw notAuthenticated("The x-content-sha256 header does not match the request body.");
    }
    compare("content-md5", "Content-MD5", computed, claimedMd5);
    const checksums = checks.map(({ header, name, digester }): [string, string] => {
      const value = digester.digest("base64");
      compare(header, name, value, exchange.header(header) || undefined);
      return [header, value];
    });
    return { segment, md5: computed, checksums: Object.fromEntries(checksums) };
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

function wantedChecks(exchange: Exchange, algorithm: string | undefined): readonly Check[] {
  const all: readonly Check[] = [
    { header: "opc-content-crc32c", name: "Content-CRC32C", digester: new Crc32c() },
    { header: "opc-content-sha256", name: "Content-SHA256", digester: createHash("sha256") },
    { header: "opc-content-sha384", name: "Content-SHA384", digester: createHash("sha384") },
  ];
  // The Go SDK sends the header without a value where no algorithm is wanted.
  const asked = algorithm === "" ? undefined : algorithm?.toUpperCase();
  if (asked !== undefined && !all.some(({ name }) => name === `Content-${asked}`)) {
    throw badRequest("MissingOrInvalidChecksumType", `There is no checksum algorithm ${algorithm}.`);
  }
  return all.filter(({ header, name }) => name === `Content-${asked}` || (exchange.header(header) ?? "") !== "");
}

function compare(header: string, name: string, computed: string, claimed: string | undefined): void {
  if (claimed !== undefined && claimed !== computed) throw unmatchedDigest(header, name, computed, claimed);
}
