import { sha256Base64, type Exchange } from "../http/exchange.ts";
import type { Security } from "../http/service.ts";
import { notAuthenticated } from "../http/refusal.ts";
import type { Identity } from "./identity.ts";
import type { Principal } from "./principal.ts";
import { checkCoverage, checkDate, checkSignature, parseSignature } from "./signature.ts";

/**
 * Who signed the request, by everything that can be told before its body arrives.
 * @throws {Refusal} 401 NotAuthenticated
 */
export function authenticate(exchange: Exchange, security: Security, identity: Identity, now: number): Principal {
  const signature = parseSignature(exchange.header("authorization"));
  checkCoverage(exchange, signature, security);
  const { faults } = exchange;
  const skew = faults.find((fault) => fault.kind === "skew")?.seconds ?? 0;
  checkDate(exchange, signature, now + skew * 1000);
  const { key, principal } = identity.resolve(signature.keyId);
  if (signature.keyId.startsWith("ST$") && faults.some(({ kind }) => kind === "expire-token")) {
    throw notAuthenticated("The security token has expired.");
  }
  checkSignature(exchange, signature, key);
  return principal;
}

/**
 * Compares a small body with the digest that its signature covers.
 * @throws {Refusal} 401 NotAuthenticated
 */
export async function checkDigest(exchange: Exchange): Promise<void> {
  const claimed = exchange.header("x-content-sha256");
  if (claimed !== undefined && claimed !== sha256Base64(await exchange.bytes())) {
    throw notAuthenticated("The x-content-sha256 header does not match the request body.");
  }
}
