/**
 * Instance principals: the machine's certificates come from its metadata service, and the auth service gives a session
 * token for them (`POST /v1/x509`).
 */
import { X509Certificate } from "node:crypto";
import type { Dispatcher } from "undici";
import type { Clock } from "../../http/clock.ts";
import { NbjobError } from "../../text/errors.ts";
import { endpointOf } from "../endpoints.ts";
import { publishedRegion, type Region, regionOf } from "../regions.ts";
import type { Credentials } from "./credentials.ts";
import { askAuthService, bareKey, barePem, newSessionKey, tokenOf } from "./federation.ts";
import { readMetadata } from "./metadata.ts";
import { parsePrivateKey } from "./private-key.ts";
import { Session, type TokenAndKey } from "./session-token.ts";

export interface InstanceOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  readonly dispatcher: Dispatcher;
  readonly direct: Dispatcher;
}

const description = "the instance principal";

/**
 * The instance principal of the machine that this runs on.
 *
 * @throws NbjobError `environment` where the machine has no such identity, `not-authorized` where it is refused
 */
export async function openInstancePrincipal(options: InstanceOptions): Promise<Credentials> {
  const region = await instanceRegion(options);
  const session = new Session({
    description,
    clock: options.clock,
    warn: options.warn,
    load: () => federate(region, options),
  });
  await session.signingKey();
  return {
    description,
    principal: "instance",
    region,
    tenancy: session.tenancy,
    signingKey: () => session.signingKey(),
    renew: (used) => session.renew(used),
  };
}

async function federate(region: Region, options: InstanceOptions): Promise<TokenAndKey> {
  const [certificate, pem, intermediate] = await Promise.all([
    metadata("identity/cert.pem", options),
    metadata("identity/key.pem", options),
    metadata("identity/intermediate.pem", options),
  ]);
  const leaf = new X509Certificate(certificate);
  const signing = {
    keyId: `${tenancyOf(leaf)}/fed-x509/${leaf.fingerprint}`,
    key: parsePrivateKey(pem, undefined, description),
  };
  const endpoint = endpointOf("auth", region, options.env);
  const { key, publicKey } = await newSessionKey();
  const payload = {
    certificate: barePem(certificate),
    publicKey: bareKey(publicKey),
    intermediateCertificates: [barePem(intermediate)],
    purpose: "DEFAULT",
  };
  const answer = await askAuthService("POST", `${endpoint}/v1/x509`, payload, signing, options);
  return { token: tokenOf(answer, endpoint), key };
}

/** The region that the machine lies in. A region newer than our list comes with its realm's domain. */
export async function instanceRegion(options: InstanceOptions): Promise<Region> {
  const info = await readMetadata("instance/regionInfo", options).catch(() => undefined);
  return publishedRegion("", info) ?? regionOf(await metadata("instance/region", options), options.env);
}

function metadata(path: string, options: InstanceOptions): Promise<string> {
  return readMetadata(path, options).catch((error: unknown) => {
    throw new NbjobError("environment", "This machine's metadata service does not say who it is in OCI.", {
      cause: error,
    });
  });
}

/** Instance certificates name the tenancy in an organizational unit, `opc-tenant:ocid1.tenancy…`. */
function tenancyOf(certificate: X509Certificate): string {
  const tenancy = /opc-(?:tenant|identity):(\S+)/.exec(certificate.subject)?.[1];
  if (tenancy !== undefined) return tenancy;
  throw new NbjobError("environment", "The certificate of this machine does not name a tenancy.");
}
