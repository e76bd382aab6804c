/** X.509 certificates (RFC 5280), as far as an instance's identity needs them: a subject, an issuer, a key, a signature. */
import { createPublicKey, sign, type KeyObject } from "node:crypto";

/** Attributes of a name, as in `["OU", "opc-tenant:ocid1.tenancy…"]`. */
export type DistinguishedName = readonly (readonly [attribute: "CN" | "OU", value: string])[];

export interface CertificateDetails {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Whose certificate it is. */
  readonly key: KeyObject;
  readonly issuerKey: KeyObject;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

const oids = {
  CN: [0x55, 0x04, 0x03],
  OU: [0x55, 0x04, 0x0b],
  sha256WithRsa: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b],
};

/** The certificate in PEM. */
export function makeCertificate({ subject, issuer, key, issuerKey, from, to }: CertificateDetails): string {
  const algorithm = sequence(der(0x06, Buffer.from(oids.sha256WithRsa)), der(0x05));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from(String(from).slice(0, 7))),
    algorithm,
    nameOf(issuer),
    sequence(time(from), time(to)),
    nameOf(subject),
    createPublicKey(key).export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", body, issuerKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function nameOf(name: DistinguishedName): Buffer {
  return sequence(
    ...name.map(([attribute, value]) =>
      der(0x31, sequence(der(0x06, Buffer.from(oids[attribute])), der(0x0c, Buffer.from(value)))),
    ),
  );
}

/** UTCTime: `YYMMDDHHMMSSZ`. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replaceAll(/\D/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function sequence(...content: readonly Uint8Array[]): Buffer {
  return der(0x30, ...content);
}

/** A tag, a length, and what they announce. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, body]);
}
