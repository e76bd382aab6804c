import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Cloud } from "../cloud.ts";
import { sha256Base64 } from "../http/exchange.ts";

/** Who signs. */
export interface Signer {
  readonly keyId: string;
  readonly key: KeyObject;
}

export interface SignedRequest {
  readonly method?: string;
  /** Path and query, sent as they are. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Headers that the signature covers, in this order; default what the service asks for. */
  readonly cover?: readonly string[];
  /** Done to the headers after they were signed. */
  readonly tamper?: (headers: Record<string, string>) => void;
  readonly signer?: Signer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The service's error code, if the answer is one. */
  readonly code: string | undefined;
}

/** Signs as the `DEFAULT` profile of the cloud's configuration. */
export async function userSigner(cloud: Cloud): Promise<Signer> {
  const config = await readFile(cloud.configFile, "utf8");
  const fingerprint = /fingerprint=(.*)/.exec(config)?.[1] ?? "";
  const key = createPrivateKey(await readFile(join(cloud.configFile, "..", "api_key.pem")));
  return { keyId: `${cloud.tenancy}/${cloud.user}/${fingerprint}`, key };
}

/** Sends one request with nothing between the test and the wire, on a connection of its own. */
export async function signedRequest(cloud: Cloud, wanted: SignedRequest): Promise<Answer> {
  const { method = "GET", target, body = "", tamper } = wanted;
  const { host } = new URL(cloud.url);
  const headers: Record<string, string> = { "x-date": new Date().toUTCString(), host, ...wanted.headers };
  const cover = [...(wanted.cover ?? ["x-date", "(request-target)", "host"])];
  if (wanted.cover === undefined && method === "POST") {
    headers["content-type"] ??= "application/json";
    headers["content-length"] ??= String(Buffer.byteLength(body));
    headers["x-content-sha256"] ??= sha256Base64(Buffer.from(body));
    cover.push("content-length", "content-type", "x-content-sha256");
  }
  if (method === "PUT") headers["content-length"] ??= String(Buffer.byteLength(body));
  const { keyId, key } = wanted.signer ?? (await userSigner(cloud));
  const requestTarget = `${method.toLowerCase()} ${target}`;
  const text = cover
    .map((name) => `${name}: ${name === "(request-target)" ? requestTarget : headers[name]}`)
    .join("\n");
  const signature = sign("sha256", Buffer.from(text), key).toString("base64");
  headers.authorization = `Signature version="1",headers="${cover.join(" ")}",keyId="${keyId}",algorithm="rsa-sha256",signature="${signature}"`;
  tamper?.(headers);
  return send(cloud.url, method, target, headers, body);
}

/** Sends a request as it stands. */
export async function send(
  url: string,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer | string,
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const outgoing = request({ hostname, port, method, path: target, headers, agent: false });
  const answered = once(outgoing, "response");
  // A reset while the body comes is the response's error too, which is the one that is waited for.
  outgoing.on("error", () => undefined);
  if (headers.expect === undefined) outgoing.end(body);
  else outgoing.on("continue", () => outgoing.end(body)).flushHeaders();
  // A client request has one kind of response.
  const [response]: IncomingMessage[] = await answered;
  if (response === undefined) throw new Error("There is no response.");
  const bytes = await buffer(response);
  const code = /"code":"(\w+)"/.exec(bytes.toString("latin1"))?.[1];
  return { status: response.statusCode ?? 0, headers: response.headers, body: bytes, code };
}
