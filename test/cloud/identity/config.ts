import { createPublicKey, type KeyObject } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fingerprintOf, keptKey, type Identity } from "../auth/identity.ts";
import type { Principal } from "../auth/principal.ts";

/** What the fake's account is called. */
export interface Account {
  readonly tenancy: string;
  readonly compartment: string;
  readonly user: string;
  readonly region: string;
}

/**
 * Writes an OCI configuration with its keys, and makes the keys known. Its profiles are `DEFAULT` (an API key),
 * `PASSPHRASE` (the same key, encrypted, with its `pass_phrase`), and `SESSION` (a token of an hour).
 * What a folder already holds is kept, so that a configuration once sourced stays good.
 * @returns the path of the configuration
 */
export async function writeConfig(folder: string, account: Account, identity: Identity): Promise<string> {
  await mkdir(folder, { recursive: true });
  const key = await keptKey(folder, "api_key.pem");
  const fingerprint = fingerprintOf(key);
  const { tenancy, user, region } = account;
  const principal: Principal = { kind: "user", id: user, tenancy };
  identity.register(`${tenancy}/${user}/${fingerprint}`, createPublicKey(key), principal);
  const secured = join(folder, "api_key_encrypted.pem");
  await writeFile(secured, encrypted(key), { mode: 0o600 });
  const session = join(folder, "session_token");
  const token = identity.issue(createPublicKey(key), { ...principal, kind: "session" }, {}, 3600);
  await writeFile(session, token, { mode: 0o600 });
  const common = [`tenancy=${tenancy}`, `region=${region}`, `fingerprint=${fingerprint}`, `user=${user}`];
  const keyFile = `key_file=${join(folder, "api_key.pem")}`;
  const profiles = [
    ["[DEFAULT]", ...common, keyFile],
    ["[PASSPHRASE]", ...common, `key_file=${secured}`, `pass_phrase=${passphrase}`],
    ["[SESSION]", ...common, keyFile, `security_token_file=${session}`],
  ];
  const config = join(folder, "config");
  await writeFile(config, profiles.map((lines) => `${lines.join("\n")}\n`).join("\n"), { mode: 0o600 });
  return config;
}

const passphrase = "correct horse battery staple";

function encrypted(key: KeyObject): string | Buffer {
  return key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase });
}
