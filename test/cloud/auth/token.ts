/**
 * Session tokens of the kind that OCI's federation issues: a JWT (RS256) that carries the session's public key in its
 * `jwk` claim, so that whoever holds the private key may sign requests with `ST$<token>` until `exp`.
 */
import { createPublicKey, sign, verify, type JsonWebKey, type KeyObject } from "node:crypto";
import { isRecord } from "../http/exchange.ts";

export type Claims = Readonly<Record<string, unknown>>;

export interface Token {
  readonly claims: Claims;
  readonly publicKey: KeyObject;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** A token for the holder of `publicKey`; `issuedAt` is in milliseconds. */
export function issueToken(
  issuer: KeyObject,
  publicKey: KeyObject,
  claims: Claims,
  issuedAt: number,
  seconds: number,
): string {
  const iat = Math.floor(issuedAt / 1000);
  const jwk = { kid: "ignored", use: "sig", alg: "RS256", ...publicKey.export({ format: "jwk" }) };
  const payload = {
    ...claims,
    iss: "authService.oracle.com",
    aud: "oci",
    iat,
    exp: iat + seconds,
    jwk: JSON.stringify(jwk),
  };
  const signed = `${encode({ kid: "asw", alg: "RS256" })}.${encode(payload)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), issuer).toString("base64url")}`;
}

/** The token, or undefined where the issuer did not make it. Its expiry is for the caller to judge. */
export function readToken(issuer: KeyObject, token: string): Token | undefined {
  const [header, payload, signature] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("sha256", signed, issuer, Buffer.from(signature, "base64url"))) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
  if (!isRecord(claims) || typeof claims.jwk !== "string") return undefined;
  // The issuer, which is this file, wrote the key.
  const key: JsonWebKey = JSON.parse(claims.jwk);
  return {
    claims,
    publicKey: createPublicKey({ key, format: "jwk" }),
    expiresAt: Number(claims.exp),
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
