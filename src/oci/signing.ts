import { createHash, type KeyObject, sign } from "node:crypto";

/** Who signs: what the service knows the key by, and the key, parsed once. */
export interface SigningKey {
  /** `tenancy/user/fingerprint`, or `ST$` and a session token. Never to be shown. */
  readonly keyId: string;
  readonly key: KeyObject;
}

export interface RequestToSign {
  readonly method: string;
  /** Path and query exactly as they are sent. */
  readonly target: string;
  /** Host, with the port where it is not the scheme's own. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A body that the signature covers, with its type. Object Storage's own bodies are not covered. */
  readonly body?: { readonly bytes: Uint8Array; readonly contentType: string };
  /** The header that carries the date. @default "x-date", which no proxy rewrites */
  readonly dateHeader?: "date" | "x-date";
}

/**
 * The headers that authenticate a request to OCI: version 1 of its signature, after draft-cavage-http-signatures-08, with
 * RSA and SHA-256. The key's arithmetic runs on Node's thread pool, beside the transfer.
 */
export async function signatureHeaders(
  request: RequestToSign,
  { keyId, key }: SigningKey,
): Promise<Record<string, string>> {
  const dateHeader = request.dateHeader ?? "x-date";
  const headers: Record<string, string> = { [dateHeader]: new Date(request.now).toUTCString() };
  if (request.body !== undefined) {
    headers["content-type"] = request.body.contentType;
    headers["content-length"] = String(request.body.bytes.length);
    headers["x-content-sha256"] = createHash("sha256").update(request.body.bytes).digest("base64");
  }
  const lines = [
    `(request-target): ${request.method.toLowerCase()} ${request.target}`,
    `host: ${request.host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const names = ["(request-target)", "host", ...Object.keys(headers)].join(" ");
  const signature = await signInPool(lines.join("\n"), key);
  headers["authorization"] =
    `Signature version="1",keyId="${keyId}",algorithm="rsa-sha256",headers="${names}",signature="${signature}"`;
  return headers;
}

function signInPool(text: string, key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    sign("sha256", Buffer.from(text), key, (error, signature) => {
      if (error) reject(error);
      else resolve(signature.toString("base64"));
    });
  });
}
