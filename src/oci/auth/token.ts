import { createPublicKey, type KeyObject } from "node:crypto";

/** What is read of a session token (a JWT): nothing is verified, that is the service's part. */
export interface TokenClaims {
  /** When it expires, in milliseconds since 1970; undefined where it does not say. */
  readonly expiresAt: number | undefined;
  readonly issuedAt: number | undefined;
  readonly tenancy: string | undefined;
  /** Modulus of the public key that the token was made for. */
  readonly modulus: string | undefined;
}

/** Reads a token's claims; a text that is no JWT has none. */
export function claimsOf(token: string): TokenClaims {
  const claims = parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  const jwk = typeof claims["jwk"] === "string" ? parse(claims["jwk"]) : recordOf(claims["jwk"]);
  const tenancy = claims["res_tenant"] ?? claims["tenant"];
  return {
    expiresAt: seconds(claims["exp"]),
    issuedAt: seconds(claims["iat"]),
    tenancy: typeof tenancy === "string" ? tenancy : undefined,
    modulus: typeof jwk["n"] === "string" ? jwk["n"] : undefined,
  };
}

/** Whether a token was made for this key. A token that does not say is taken at its word. */
export function tokenFits(token: string, key: KeyObject): boolean {
  const { modulus } = claimsOf(token);
  if (modulus === undefined) return true;
  const own = createPublicKey(key).export({ format: "jwk" }).n;
  return own !== undefined && Buffer.from(own, "base64url").equals(Buffer.from(modulus, "base64url"));
}

/** When to look for the next token: five minutes before the end, or after four fifths of a short life. */
export function renewalTime(token: string, now: number): number {
  const { expiresAt, issuedAt } = claimsOf(token);
  if (expiresAt === undefined) return now + 20 * 60_000;
  const life = expiresAt - (issuedAt ?? now);
  return expiresAt - Math.min(5 * 60_000, Math.max(0, life / 5));
}

function seconds(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value * 1000 : undefined;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return recordOf(value);
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
