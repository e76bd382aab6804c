import { createHash, createPublicKey, generateKeyPair, createPrivateKey, type KeyObject } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { notAuthenticated } from "../http/refusal.ts";
import type { Principal } from "./principal.ts";
import { issueToken, readToken, type Claims, type Token } from "./token.ts";

const generate = promisify(generateKeyPair);

/** Who exists: keys registered for users and certificates, and the issuer of tokens. */
export class Identity {
  readonly #issuer: KeyObject;
  readonly #issuerPublic: KeyObject;
  readonly #now: () => number;
  readonly #keys = new Map<string, { readonly key: KeyObject; readonly principal: Principal }>();
  readonly #tokens = new Map<string, Token>();
  /** Milliseconds since the epoch, or more where several are given out in one. */
  #lastSerial = 0;
  #validFrom = 0;

  constructor(issuer: KeyObject, now: () => number) {
    this.#issuer = issuer;
    this.#issuerPublic = createPublicKey(issuer);
    this.#now = now;
  }

  /** Lets requests be signed as `keyId` with the private half of `key`. */
  register(keyId: string, key: KeyObject, principal: Principal): void {
    this.#keys.set(keyId, { key, principal });
  }

  /** A session token for the holder of `publicKey`, valid for so many seconds. */
  issue(publicKey: KeyObject, principal: Principal, claims: Claims, seconds: number): string {
    const serial = this.#nextSerial();
    const about = { sub: principal.id, tenant: principal.tenancy, principal: JSON.stringify(principal), serial };
    return issueToken(this.#issuer, publicKey, { ...claims, ...about }, this.#now(), seconds);
  }

  /** Refuses every token issued so far, as a service does whose keys were rolled. */
  revokeTokens(): void {
    this.#validFrom = this.#nextSerial();
  }

  #nextSerial(): number {
    this.#lastSerial = Math.max(this.#lastSerial + 1, this.#now());
    return this.#lastSerial;
  }

  /** The key and the principal behind a signature's key id. */
  resolve(keyId: string): { readonly key: KeyObject; readonly principal: Principal } {
    if (!keyId.startsWith("ST$")) {
      const known = this.#keys.get(keyId);
      if (known === undefined) throw notAuthenticated();
      return known;
    }
    const token = this.#token(keyId.slice(3));
    return { key: token.publicKey, principal: principalOf(token.claims) };
  }

  /** Whom a token of this issuer, still good, is about. */
  principalOf(token: string): Principal {
    return principalOf(this.#token(token).claims);
  }

  #token(text: string): Token {
    const token = this.#tokens.get(text) ?? readToken(this.#issuerPublic, text);
    if (token === undefined) throw notAuthenticated();
    this.#tokens.set(text, token);
    const now = this.#now() / 1000;
    if (token.expiresAt <= now || Number(token.claims.serial) < this.#validFrom)
      throw notAuthenticated("The security token has expired.");
    return token;
  }
}

/** A private key kept in `folder` as `name`, made when it is not there yet. */
export async function keptKey(folder: string, name: string): Promise<KeyObject> {
  const path = join(folder, name);
  const pem = await readFile(path, "utf8").catch(() => undefined);
  if (pem !== undefined) return createPrivateKey(pem);
  const key = await newKey();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return key;
}

/** A new RSA key of the size that OCI asks for. */
export async function newKey(): Promise<KeyObject> {
  const { privateKey } = await generate("rsa", { modulusLength: 2048 });
  return privateKey;
}

/** The fingerprint that the console shows of an API key: the MD5 of its public half, in pairs. */
export function fingerprintOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  return pairs(createHash("md5").update(der).digest("hex"));
}

/** Hexadecimal digits with a colon between each two. */
export function pairs(hex: string): string {
  return hex.match(/../g)?.join(":") ?? "";
}

function principalOf(claims: Claims): Principal {
  // The issuer, which is this file, wrote the claim.
  const principal: Principal = JSON.parse(String(claims.principal));
  return principal;
}
