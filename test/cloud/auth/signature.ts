/**
 * OCI request signatures, version 1 (draft-cavage-http-signatures-08 with OCI's required headers):
 * `(request-target)`, `host` and one of `date` and `x-date` always; `content-length`, `content-type` and
 * `x-content-sha256` too where the operation's body is signed. The order is the client's.
 */
import { verify, type KeyObject } from "node:crypto";
import { notAuthenticated } from "../http/refusal.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Security } from "../http/service.ts";

export interface Signature {
  readonly keyId: string;
  readonly headers: readonly string[];
  readonly bytes: Buffer;
}

/** The clocks of client and service may differ by this much. */
const allowedSkew = 5 * 60_000;

/** Reads an `Authorization` header. */
export function parseSignature(authorization: string | undefined): Signature {
  const scheme = /^Signature\s+/i.exec(authorization ?? "");
  if (authorization === undefined || scheme === null) throw notAuthenticated();
  const fields = new Map<string, string>();
  for (const [, name = "", value = ""] of authorization.slice(scheme[0].length).matchAll(/(\w+)="([^"]*)"/g)) {
    fields.set(name, value);
  }
  const keyId = fields.get("keyId");
  const signature = fields.get("signature");
  if (keyId === undefined || signature === undefined || fields.get("algorithm") !== "rsa-sha256") {
    throw notAuthenticated();
  }
  if (fields.get("version") !== "1") throw notAuthenticated("The signature version is not supported.");
  const headers = (fields.get("headers") ?? "date").toLowerCase().split(" ");
  return { keyId, headers, bytes: Buffer.from(signature, "base64") };
}

/** Refuses a signature that leaves out what the service insists on. The federation alone does not ask for the host. */
export function checkCoverage(exchange: Exchange, { headers }: Signature, security: Security): void {
  const required = security === "federation" ? ["(request-target)"] : ["(request-target)", "host"];
  const sends = exchange.method === "POST" || exchange.method === "PUT" || exchange.method === "PATCH";
  if (security !== "unsigned" && sends) required.push("content-length", "content-type", "x-content-sha256");
  const missing = required.filter((name) => !headers.includes(name));
  if (!headers.includes("date") && !headers.includes("x-date")) missing.push("date");
  if (missing.length > 0) {
    throw notAuthenticated(`The signature does not cover the required headers: ${missing.join(", ")}.`);
  }
}

/** Refuses a date that is missing, unreadable or too far from the service's clock. */
export function checkDate(exchange: Exchange, { headers }: Signature, now: number): void {
  const date = exchange.header(headers.includes("x-date") ? "x-date" : "date");
  const time = Date.parse(date ?? "");
  if (date === undefined || Number.isNaN(time)) throw notAuthenticated();
  if (Math.abs(time - now) <= allowedSkew) return;
  const [from, to] = [now - allowedSkew, now + allowedSkew].map(httpDate);
  throw notAuthenticated(
    `Date '${date}' is not within allowed clock skew. Current '${httpDate(now)}', valid datetime range: ['${from}', '${to}']`,
  );
}

/** Refuses a signature that the key did not make over this request. */
export function checkSignature(exchange: Exchange, signature: Signature, key: KeyObject): void {
  const text = signature.headers.map((name) => `${name}: ${signedValue(exchange, name)}`).join("\n");
  if (!verify("sha256", Buffer.from(text, "latin1"), key, signature.bytes)) throw notAuthenticated();
}

function signedValue(exchange: Exchange, name: string): string {
  if (name === "(request-target)") return `${exchange.method.toLowerCase()} ${exchange.target}`;
  const value = exchange.header(name);
  if (value === undefined) throw notAuthenticated(`The signature covers the header ${name}, which is missing.`);
  return value;
}

function httpDate(time: number): string {
  return new Date(time).toUTCString().replace("GMT", "UTC");
}
