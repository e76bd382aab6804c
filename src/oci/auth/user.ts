/** People's own credentials: an API key, or the token of `oci session authenticate`, from a config file or the environment. */
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { Clock } from "../../http/clock.ts";
import { NbjobError } from "../../text/errors.ts";
import { regionOf } from "../regions.ts";
import type { SigningKey } from "../signing.ts";
import type { Credentials } from "./credentials.ts";
import { parseConfigFile, type Profile } from "./config-file.ts";
import { parsePrivateKey } from "./private-key.ts";
import { Session } from "./session-token.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface UserOptions {
  readonly env: Env;
  /** The user's home folder, for `~`. */
  readonly home: string;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/** Settings of the OCI CLI that stand in for a profile's keys. */
const overrides: Readonly<Record<string, string>> = {
  user: "OCI_CLI_USER",
  tenancy: "OCI_CLI_TENANCY",
  fingerprint: "OCI_CLI_FINGERPRINT",
  key_file: "OCI_CLI_KEY_FILE",
  key_content: "OCI_CLI_KEY_CONTENT",
  pass_phrase: "OCI_CLI_PASSPHRASE",
  security_token_file: "OCI_CLI_SECURITY_TOKEN_FILE",
};

/** Which file and profile are meant; `named` where the user said so. */
export function configFile(
  env: Env,
  home: string,
): { readonly path: string; readonly profile: string; readonly named: boolean } {
  const path = env["OCI_CONFIG_FILE"] || env["OCI_CLI_CONFIG_FILE"] || env["OCI_CONFIG_LOCATION"];
  const profile = env["OCI_CONFIG_PROFILE"] || env["OCI_CLI_PROFILE"];
  return {
    path: path === undefined ? join(home, ".oci", "config") : expand(path, home),
    profile: profile ?? "DEFAULT",
    named: path !== undefined || profile !== undefined,
  };
}

/** What is known of the user before any of it is used: the profile, with the CLI's settings over it. */
export interface FoundProfile {
  readonly values: Profile;
  /** Names it for the log. */
  readonly description: string;
}

/**
 * The profile to use; undefined where there is no file and the environment says nothing either.
 *
 * @throws NbjobError `environment` for a file that was named and cannot be read, or lacks the profile
 */
export async function findProfile({ env, home }: Pick<UserOptions, "env" | "home">): Promise<FoundProfile | undefined> {
  const { path, profile, named } = configFile(env, home);
  const set = Object.fromEntries(
    Object.entries(overrides).flatMap(([key, name]) => (env[name] ? [[key, env[name] ?? ""] as const] : [])),
  );
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const complete = set["user"] !== undefined && (set["key_file"] ?? set["key_content"]) !== undefined;
    if (complete) return { values: set, description: "the OCI_CLI_ variables of the environment" };
    if (!named) return undefined;
    throw new NbjobError("environment", `The OCI config file ${path} cannot be read.`, {
      location: path,
      cause: error,
    });
  }
  return {
    values: { ...parseConfigFile(text, profile, path), ...set },
    description: `the profile ${profile} of ${path}`,
  };
}

/** @throws NbjobError `environment` for a profile that lacks a key or names files that cannot be read */
export async function openUser(found: FoundProfile, options: UserOptions): Promise<Credentials> {
  const { values, description } = found;
  const { home, clock, warn, env } = options;
  const tenancy = need(found, "tenancy");
  const region = values["region"] ? regionOf(values["region"], env) : undefined;
  const tokenFile = values["security_token_file"];
  if (tokenFile) {
    const path = expand(tokenFile, home);
    const session = new Session({
      description,
      clock,
      warn,
      recheckMs: 30_000,
      load: async () => ({ token: await readSecretFile(path, description), key: await keyOf(found, home) }),
    });
    await session.signingKey();
    return {
      description: `${description} (session token)`,
      principal: "user",
      region,
      tenancy,
      signingKey: () => session.signingKey(),
      renew: (used) => session.renew(used),
    };
  }
  let signing = await signingKeyOf(found, home);
  return {
    description: `${description} (API key)`,
    principal: "user",
    region,
    tenancy,
    signingKey: async () => signing,
    // Somebody may replace the key, and its fingerprint in the profile, while a long run goes on.
    renew: async (used) => {
      if (used !== signing) return true;
      const again = await findProfile(options).catch(() => undefined);
      const newer = again && (await signingKeyOf(again, home).catch(() => undefined));
      if (newer === undefined || (newer.keyId === used.keyId && newer.key.equals(used.key))) return false;
      signing = newer;
      return true;
    },
  };
}

async function signingKeyOf(found: FoundProfile, home: string): Promise<SigningKey> {
  const keyId = `${need(found, "tenancy")}/${need(found, "user")}/${need(found, "fingerprint")}`;
  return { keyId, key: await keyOf(found, home) };
}

async function keyOf(found: FoundProfile, home: string): Promise<SigningKey["key"]> {
  const { values, description } = found;
  const pem = values["key_content"] ?? (await readSecretFile(expand(need(found, "key_file"), home), description));
  return parsePrivateKey(pem, values["pass_phrase"], description);
}

function need({ values, description }: FoundProfile, key: string): string {
  const value = values[key];
  if (value) return value;
  throw new NbjobError("environment", `${capital(description)} has no ${key}.`);
}

async function readSecretFile(path: string, description: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw new NbjobError("environment", `${path}, named by ${description}, cannot be read.`, {
      location: path,
      cause: error,
    });
  }
}

function expand(path: string, home: string): string {
  if (path === "~" || path.startsWith("~/")) return home + path.slice(1);
  return isAbsolute(path) ? path : join(process.cwd(), path);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
