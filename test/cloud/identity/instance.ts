/**
 * What makes a machine an instance principal: the metadata service that hands out its certificate and key, and the
 * federation that exchanges a request signed with them for a session token.
 */
import { createHash, createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { newKey, pairs, type Identity } from "../auth/identity.ts";
import type { Principal } from "../auth/principal.ts";
import type { Exchange } from "../http/exchange.ts";
import { invalidParameter, notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Route, Service } from "../http/service.ts";
import { makeCertificate } from "./certificate.ts";

export interface InstanceOptions {
  readonly identity: Identity;
  readonly tenancy: string;
  readonly compartment: string;
  readonly region: string;
  /** `iad` for `us-ashburn-1`. */
  readonly regionKey: string;
  readonly now: () => number;
}

interface Credentials {
  readonly key: KeyObject;
  readonly certificate: string;
  readonly intermediate: string;
}

/** The one instance of this cloud. */
export class Instance {
  readonly id: string;
  /** Seconds that a token of the federation is good for. */
  tokenSeconds = 1200;
  readonly #options: InstanceOptions;
  #credentials: Promise<Credentials> | undefined;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.id = `ocid1.instance.oc1.${options.regionKey}.aaaaaaaanbjobcloud`;
  }

  get principal(): Principal {
    const { tenancy, compartment } = this.#options;
    return { kind: "instance", id: this.id, tenancy, compartment, type: "instance" };
  }

  /** The certificate and its key, made when first asked for. */
  credentials(): Promise<Credentials> {
    this.#credentials ??= this.rotate();
    return this.#credentials;
  }

  /** Gives the instance a new certificate and key; the old ones are forgotten by the metadata service only. */
  rotate(): Promise<Credentials> {
    this.#credentials = this.#make();
    return this.#credentials;
  }

  async #make(): Promise<Credentials> {
    const { identity, tenancy, compartment, now } = this.#options;
    const [key, issuerKey] = await Promise.all([newKey(), newKey()]);
    const from = now() - 60_000;
    const validity = { from, to: from + 86_400_000 };
    const issuer = [["CN", "PKISVC Identity Intermediate"]] as const;
    const subject = [
      ["CN", this.id],
      ["OU", "opc-certtype:instance"],
      ["OU", `opc-compartment:${compartment}`],
      ["OU", `opc-instance:${this.id}`],
      ["OU", `opc-tenant:${tenancy}`],
    ] as const;
    const certificate = makeCertificate({ subject, issuer, key, issuerKey, ...validity });
    const intermediate = makeCertificate({ subject: issuer, issuer, key: issuerKey, issuerKey, ...validity });
    const parsed = new X509Certificate(certificate);
    for (const algorithm of ["sha1", "sha256"]) {
      const fingerprint = pairs(createHash(algorithm).update(parsed.raw).digest("hex")).toUpperCase();
      const scheme = algorithm === "sha1" ? "fed-x509" : "fed-x509-sha256";
      identity.register(`${tenancy}/${scheme}/${fingerprint}`, createPublicKey(key), this.principal);
    }
    return { key, certificate, intermediate };
  }

  /** The metadata service (v2) and the federation. */
  service(): Service {
    const { region, regionKey } = this.#options;
    const realm = { realmKey: "oc1", realmDomainComponent: "oraclecloud.com" };
    const regionInfo = { ...realm, regionKey: regionKey.toUpperCase(), regionIdentifier: region };
    const text = (path: string, value: () => string | Promise<string>): Route => ({
      operation: "InstanceMetadata",
      method: "GET",
      path: `/opc/v2/${path}`,
      security: "open",
      handle: async (exchange) => {
        checkMetadataHeader(exchange);
        await exchange.send(200, { "content-type": "text/plain" }, Buffer.from(await value()));
      },
    });
    return {
      name: "identity",
      denied: notAuthorizedOrNotFound,
      routes: [
        text("instance/id", () => this.id),
        text("instance/region", () => regionKey),
        text("instance/canonicalRegionName", () => region),
        text("instance/regionInfo", () => JSON.stringify(regionInfo)),
        text("identity/cert.pem", async () => (await this.credentials()).certificate),
        text("identity/intermediate.pem", async () => (await this.credentials()).intermediate),
        text("identity/key.pem", async () => {
          const { key } = await this.credentials();
          return key.export({ type: "pkcs8", format: "pem" }).toString();
        }),
        {
          operation: "Federate",
          method: "POST",
          path: "/v1/x509",
          security: "federation",
          handle: (exchange) => this.#federate(exchange),
        },
      ],
    };
  }

  async #federate(exchange: Exchange): Promise<void> {
    const { certificate, publicKey } = await exchange.json();
    const own = bare((await this.credentials()).certificate);
    if (exchange.principal.kind !== "instance" || certificate !== own) throw notAuthorizedOrNotFound();
    const { tenancy, compartment, identity } = this.#options;
    const claims = {
      "opc-certtype": "instance",
      "opc-compartment": compartment,
      "opc-instance": this.id,
      "opc-tenant": tenancy,
      ptype: "instance",
      ttype: "x509",
    };
    const token = identity.issue(readPublicKey(publicKey), this.principal, claims, this.tokenSeconds);
    await exchange.reply(200, { token });
  }
}

/** A public key as the federation's requests carry it: the PEM's base64 without its frame. */
export function readPublicKey(value: unknown): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(String(value), "base64"), type: "spki", format: "der" });
  } catch {
    throw invalidParameter("The public key cannot be read.");
  }
}

function bare(pem: string): string {
  return pem.replaceAll(/-----[A-Z ]+-----|\n/g, "");
}

/** Version 2 of the metadata service answers only those who show that they mean it. */
function checkMetadataHeader(exchange: Exchange): void {
  if (exchange.header("authorization") !== "Bearer Oracle") {
    throw new Refusal(403, "Forbidden", "The Authorization header of the metadata service is missing.");
  }
}
