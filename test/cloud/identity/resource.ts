/**
 * Resource principals, as a job run meets them. Version 2.2: a token and a key in two files, replaced before they
 * expire. Version 1.1: the instance asks the service for tokens and exchanges them for a session token.
 */
import { createPublicKey } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newKey, type Identity } from "../auth/identity.ts";
import type { Principal } from "../auth/principal.ts";
import type { Exchange } from "../http/exchange.ts";
import { notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Service } from "../http/service.ts";
import { readPublicKey } from "./instance.ts";

export interface ResourcePrincipalOptions {
  /** Seconds until the token expires; default 3,600. */
  readonly seconds?: number;
  /** The resource's own identifier; default that of some job run. */
  readonly id?: string;
  /** As policies name it; default `datasciencejobrun`. */
  readonly type?: string;
  /** Whether the variables hold the token and the key themselves, which can never be refreshed. */
  readonly literal?: boolean;
  /** Written after the token in its file; default nothing. */
  readonly trailing?: string;
}

export interface ResourcePrincipal {
  readonly principal: Principal;
  /** The `OCI_RESOURCE_PRINCIPAL_*` variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces key and token, each at once; the old token stays good until it expires. */
  rotate(seconds?: number): Promise<void>;
}

export interface ResourcePrincipalContext {
  readonly identity: Identity;
  readonly tenancy: string;
  readonly compartment: string;
  readonly region: string;
}

/** A resource principal of version 2.2, with its files in `folder`. */
export async function makeResourcePrincipal(
  folder: string,
  context: ResourcePrincipalContext,
  options: ResourcePrincipalOptions,
): Promise<ResourcePrincipal> {
  const { id = "ocid1.datasciencejobrun.oc1.iad.aaaaaaaanbjobcloud", type = "datasciencejobrun" } = options;
  const { identity, tenancy, compartment, region } = context;
  const principal: Principal = { kind: "resource", id, tenancy, compartment, type };
  const tokenFile = join(folder, "security_token");
  const keyFile = join(folder, "key.pem");
  await mkdir(folder, { recursive: true });

  const issue = async (seconds: number): Promise<{ token: string; key: string }> => {
    const key = await newKey();
    const token = identity.issue(createPublicKey(key), principal, claimsOf(principal), seconds);
    return { token, key: key.export({ type: "pkcs8", format: "pem" }).toString() };
  };
  const rotate = async (seconds = options.seconds ?? 3600): Promise<void> => {
    const { token, key } = await issue(seconds);
    await replace(keyFile, key);
    await replace(tokenFile, token + (options.trailing ?? ""));
  };
  await rotate();
  const literal = options.literal === true ? await issue(options.seconds ?? 3600) : undefined;
  const env = {
    OCI_RESOURCE_PRINCIPAL_VERSION: "2.2",
    OCI_RESOURCE_PRINCIPAL_RPST: literal?.token ?? tokenFile,
    OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM: literal?.key ?? keyFile,
    OCI_RESOURCE_PRINCIPAL_REGION: region,
  };
  return { principal, env, rotate };
}

/** The endpoints of version 1.1, which `instance` signs its requests to. */
export function resourcePrincipalService({ identity, tenancy, compartment }: ResourcePrincipalContext): Service {
  const resourceToken = async (exchange: Exchange): Promise<void> => {
    if (exchange.principal.kind !== "instance") throw notAuthorizedOrNotFound();
    const id = exchange.parameter("id");
    const resource: Principal = { kind: "resource", id, tenancy, compartment, type: "datasciencejobrun" };
    const service: Principal = { kind: "service", id: "datascience", tenancy };
    const key = createPublicKey(await newKey());
    await exchange.reply(200, {
      resourcePrincipalToken: identity.issue(key, resource, {}, 300),
      servicePrincipalSessionToken: identity.issue(key, service, {}, 300),
    });
  };
  const sessionToken = async (exchange: Exchange): Promise<void> => {
    const body = await exchange.json();
    const resource = identity.principalOf(String(body.resourcePrincipalToken));
    const service = identity.principalOf(String(body.servicePrincipalSessionToken));
    if (resource.kind !== "resource" || service.kind !== "service") throw notAuthorizedOrNotFound();
    const key = readPublicKey(body.sessionPublicKey);
    await exchange.reply(200, { token: identity.issue(key, resource, claimsOf(resource), 1200) });
  };
  return {
    name: "resourceprincipal",
    denied: notAuthorizedOrNotFound,
    routes: [
      {
        operation: "GetResourcePrincipalToken",
        method: "GET",
        path: "/20180711/resourcePrincipalToken/{id}",
        handle: resourceToken,
      },
      {
        operation: "GetResourcePrincipalSessionToken",
        method: "POST",
        path: "/v1/resourcePrincipalSessionToken",
        handle: sessionToken,
      },
    ],
  };
}

function claimsOf({ id, tenancy, compartment, type }: Principal): Readonly<Record<string, unknown>> {
  return {
    res_id: id,
    res_type: type,
    res_tenant: tenancy,
    res_compartment: compartment,
    ptype: "resource",
    ttype: "res",
  };
}

/** A reader sees the old file or the new one, never half of it. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
