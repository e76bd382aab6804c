import { isRecord, sha256Base64 } from "../http/exchange.ts";
import type { Cloud } from "../cloud.ts";
import { signedRequest, userSigner, type Answer, type Signer } from "./signed-request.ts";

export interface JsonAnswer {
  readonly status: number;
  /** The service's error code, if the answer is one. */
  readonly code: string | undefined;
  readonly message: string;
  readonly header: (name: string) => string | undefined;
  /** What the answer says; a test asserts on every part that it uses. */
  // oxlint-disable-next-line no-explicit-any
  readonly json: any;
}

export interface JsonClient {
  (method: string, target: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<JsonAnswer>;
}

/** Sends JSON with a good signature and nothing else: no retries, no models. */
export async function jsonClient(cloud: Cloud, signer?: Signer): Promise<JsonClient> {
  const by = signer ?? (await userSigner(cloud));
  return async (method, target, body, extra = {}) => {
    const sends = method === "POST" || method === "PUT";
    const text = body === undefined ? "" : JSON.stringify(body);
    const signed = {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(text)),
      "x-content-sha256": sha256Base64(Buffer.from(text)),
    };
    const cover = ["x-date", "(request-target)", "host", ...(sends ? Object.keys(signed) : [])];
    const headers = { ...(sends ? signed : {}), ...extra };
    return read(await signedRequest(cloud, { method, target, body: text, headers, cover, signer: by }));
  };
}

function read({ status, code, headers, body }: Answer): JsonAnswer {
  const text = body.toString("utf8");
  const isJson = headers["content-type"] === "application/json" && text !== "";
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  const told = isRecord(json) && code !== undefined ? json.message : undefined;
  const message = typeof told === "string" ? told : "";
  return { status, code, message, json, header: (name) => headers[name]?.toString() };
}
