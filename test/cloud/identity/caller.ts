/**
 * Calls that the cloud's own services make, over the wire: to the address that is asked for, where that is this cloud's or
 * one of OCI's, which are all at this cloud's address. The Host header stays what was asked for, and is signed so.
 */
import { createHash, createPublicKey, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { newKey, type Identity } from "../auth/identity.ts";
import type { Principal } from "../auth/principal.ts";

/** What of a response is kept; the rest is cut off. */
const maximumResponse = 512 * 1024;

/** What a call was answered. */
export interface CallAnswer {
  readonly status: number;
  /** Cut off where it is too long. */
  readonly payload: string;
  /** By lower-case name; each may have come several times. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | undefined;
}

/** A call that cannot be made. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
}

export interface CallerOptions {
  readonly identity: Identity;
  readonly region: string;
  /** Where this cloud is; known once it listens. */
  readonly url: () => string;
  readonly signal: AbortSignal;
}

/** The networks that DNS names of OCI belong to, realm by realm. */
const realms = /\.(oraclecloud\.com|oraclegovcloud\.com|oraclegovcloud\.uk|oraclecloud\d*\.com|oraclecloud\.eu)$/;

export class Caller {
  readonly #options: CallerOptions;
  readonly #keys = new Map<string, Promise<KeyObject>>();

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** Sends a request, signed as `principal` where there is one. @throws {CallFailed} */
  async send(call: Call, principal: Principal | undefined): Promise<CallAnswer> {
    const { url, host, target } = this.#address(call.url);
    const body = call.payload ?? "";
    const sends = ["POST", "PUT", "PATCH"].includes(call.method);
    if (sends && call.payload !== undefined) checkJson(body);
    const headers: Record<string, string> = { ...call.headers, host };
    if (sends) {
      headers["content-type"] ??= "application/json";
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    if (principal !== undefined) await this.#sign(call.method, target, headers, sends ? body : undefined, principal);
    try {
      return await this.#exchange(url, call.method, target, headers, sends ? body : "");
    } catch (error) {
      throw new CallFailed(`${call.method} ${call.url} could not be sent: ${String(error)}`, { cause: error });
    }
  }

  async #exchange(
    url: URL,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<CallAnswer> {
    const { hostname, port } = url;
    const outgoing = request({ hostname, port, method, path, headers, agent: false, signal: this.#options.signal });
    outgoing.end(body);
    // A client request has one kind of response.
    const [response]: IncomingMessage[] = await once(outgoing, "response");
    if (response === undefined) throw new Error("There is no response.");
    const bytes = await buffer(response);
    const payload = bytes.subarray(0, maximumResponse).toString("utf8");
    return { status: response.statusCode ?? 0, payload, headers: definedHeaders(response) };
  }

  #address(text: string): { readonly url: URL; readonly host: string; readonly target: string } {
    if (!URL.canParse(text)) throw new CallFailed(`"${text}" is not a URL.`);
    const { protocol, host, hostname } = new URL(text);
    const target = /^https?:\/\/[^/?#]*([^#]*)/.exec(text)?.[1] || "/";
    if (/[\s"<>\\^`{|}]/.test(target)) throw new CallFailed(`"${text}" holds characters that a URL may not hold.`);
    const own = new URL(this.#options.url());
    if (host === own.host) return { url: own, host, target };
    const ours = realms.test(hostname) && hostname.split(".").includes(this.#options.region);
    if (protocol === "https:" && ours) return { url: own, host, target };
    throw new CallFailed(`There is nothing at ${protocol}//${host} that this cloud reaches.`);
  }

  async #sign(
    method: string,
    target: string,
    headers: Record<string, string>,
    body: string | undefined,
    principal: Principal,
  ): Promise<void> {
    const { identity } = this.#options;
    const key = await this.#keyOf(principal.id);
    const claims = { res_id: principal.id, res_type: principal.type, ptype: "resource", ttype: "res" };
    const token = identity.issue(createPublicKey(key), principal, claims, 600);
    headers["x-date"] = new Date().toUTCString();
    const cover = ["x-date", "(request-target)", "host"];
    if (body !== undefined) {
      headers["x-content-sha256"] = createHash("sha256").update(body).digest("base64");
      cover.push("content-length", "content-type", "x-content-sha256");
    }
    const requestTarget = `${method.toLowerCase()} ${target}`;
    const text = cover
      .map((name) => `${name}: ${name === "(request-target)" ? requestTarget : headers[name]}`)
      .join("\n");
    const signature = sign("sha256", Buffer.from(text, "latin1"), key).toString("base64");
    const fields = { version: "1", headers: cover.join(" "), keyId: `ST$${token}`, algorithm: "rsa-sha256", signature };
    const list = Object.entries(fields).map(([name, value]) => `${name}="${value}"`);
    headers.authorization = `Signature ${list.join(",")}`;
  }

  #keyOf(id: string): Promise<KeyObject> {
    const key = this.#keys.get(id) ?? newKey();
    this.#keys.set(id, key);
    return key;
  }
}

/** "Currently, only JSON is the supported format for a request body." */
function checkJson(body: string): void {
  try {
    JSON.parse(body);
  } catch (error) {
    throw new CallFailed(`The request body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function definedHeaders(response: IncomingMessage): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(response.headersDistinct).map(([name, values]) => [name, values ?? []]));
}
