/**
 * Resource principals of version 2.2: the service mounts a key and a session token in files that it rotates, or gives
 * both in the environment itself. The token is made for the key: a pair read while they rotate would sign nothing.
 */
import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { Clock } from "../../http/clock.ts";
import { NbjobError } from "../../text/errors.ts";
import { regionOf } from "../regions.ts";
import type { Credentials } from "./credentials.ts";
import { parsePrivateKey } from "./private-key.ts";
import { Session, type TokenAndKey } from "./session-token.ts";
import { tokenFits } from "./token.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface PrincipalOptions {
  readonly env: Env;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

const description = "the resource principal (version 2.2)";

/**
 * The resource principal that `OCI_RESOURCE_PRINCIPAL_*` describes.
 *
 * @throws NbjobError `environment` for settings that are missing or unreadable
 */
export async function openResourcePrincipal({ env, clock, warn }: PrincipalOptions): Promise<Credentials> {
  const rpst = required(env, "OCI_RESOURCE_PRINCIPAL_RPST");
  const pem = required(env, "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM");
  const passphrase = env["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE"];
  const region = regionOf(required(env, "OCI_RESOURCE_PRINCIPAL_REGION"), env);
  const session = new Session({
    description,
    clock,
    warn,
    load: () => readPair(rpst, pem, passphrase, clock),
    ...(isAbsolute(rpst) || isAbsolute(pem) ? { recheckMs: 30_000 } : {}),
  });
  await session.signingKey();
  return {
    description,
    principal: "job run",
    region,
    tenancy: session.tenancy,
    signingKey: () => session.signingKey(),
    renew: (used) => session.renew(used),
  };
}

/** How often a pair is read again while the two files belong to different moments. */
const pairTries = 10;

async function readPair(rpst: string, pem: string, passphrase: string | undefined, clock: Clock): Promise<TokenAndKey> {
  for (let tries = 1; ; tries += 1) {
    const token = await contentOf(rpst);
    const key = parsePrivateKey(await contentOf(pem), passphrase && (await contentOf(passphrase)), description);
    if (tokenFits(token, key) && token === (await contentOf(rpst))) return { token, key };
    if (tries === pairTries) {
      throw new NbjobError("environment", `The token and the private key of ${description} do not belong together.`);
    }
    await clock.sleep(200);
  }
}

/** A setting is a file's path, or the content itself. A line end in the file is no part of a token. */
async function contentOf(setting: string): Promise<string> {
  if (!isAbsolute(setting)) return setting.trim();
  try {
    return (await readFile(setting, "utf8")).trim();
  } catch (error) {
    throw new NbjobError("environment", `${setting}, which holds a part of ${description}, cannot be read.`, {
      location: setting,
      cause: error,
    });
  }
}

function required(env: Env, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new NbjobError("environment", `${name} is not set, although OCI_RESOURCE_PRINCIPAL_VERSION is 2.2.`);
}
