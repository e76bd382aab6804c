/**
 * Resource principals of version 1.1, as notebook sessions have them: the machine's instance principal asks the service
 * that runs the resource for the resource's own token, and trades that for a session token.
 */
import { NbjobError } from "../../text/errors.ts";
import type { Credentials } from "./credentials.ts";
import { askAuthService, bareKey, newSessionKey, tokenOf } from "./federation.ts";
import { type InstanceOptions, openInstancePrincipal } from "./instance-principal.ts";
import { readMetadata } from "./metadata.ts";
import { Session, type TokenAndKey } from "./session-token.ts";

const description = "the resource principal (version 1.1)";

/** @throws NbjobError `environment` for settings that are missing, else as the auth services answer */
export async function openResourcePrincipalV1(options: InstanceOptions): Promise<Credentials> {
  const instance = await openInstancePrincipal(options);
  const session = new Session({
    description,
    clock: options.clock,
    warn: options.warn,
    load: () => exchange(instance, options),
  });
  await session.signingKey();
  return {
    description,
    principal: "job run",
    region: instance.region,
    tenancy: session.tenancy,
    signingKey: () => session.signingKey(),
    renew: (used) => session.renew(used),
  };
}

async function exchange(instance: Credentials, options: InstanceOptions): Promise<TokenAndKey> {
  const { env } = options;
  const id = env["OCI_RESOURCE_PRINCIPAL_RPT_ID"] || (await readMetadata("instance/id", options));
  const path = env["OCI_RESOURCE_PRINCIPAL_RPT_PATH"] || "/20180711/resourcePrincipalToken/{id}";
  const resource = join(
    required(env, "OCI_RESOURCE_PRINCIPAL_RPT_ENDPOINT"),
    path.replace("{id}", encodeURIComponent(id)),
  );
  const session = join(required(env, "OCI_RESOURCE_PRINCIPAL_RPST_ENDPOINT"), "/v1/resourcePrincipalSessionToken");
  const signing = await instance.signingKey();
  const { resourcePrincipalToken, servicePrincipalSessionToken } = await askAuthService(
    "GET",
    resource,
    undefined,
    signing,
    options,
  );
  const { key, publicKey } = await newSessionKey();
  const payload = { resourcePrincipalToken, servicePrincipalSessionToken, sessionPublicKey: bareKey(publicKey) };
  const answer = await askAuthService("POST", session, payload, signing, options);
  return { token: tokenOf(answer, new URL(session).host), key };
}

function join(endpoint: string, path: string): string {
  if (!URL.canParse(endpoint)) {
    throw new NbjobError("environment", "An endpoint of the resource principal (version 1.1) is not a URL.");
  }
  return endpoint.replace(/\/+$/, "") + (path.startsWith("/") ? path : `/${path}`);
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new NbjobError("environment", `${name} is not set, although OCI_RESOURCE_PRINCIPAL_VERSION is 1.1.`);
}
