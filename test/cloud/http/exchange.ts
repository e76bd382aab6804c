import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { anonymous, type Principal } from "../auth/principal.ts";
import type { Fault } from "../faults/fault.ts";
import { noDisturbance, type Disturbance } from "../faults/disturbance.ts";
import { invalidParameter, Refusal } from "./refusal.ts";

export type Headers = Readonly<Record<string, string | undefined>>;

/** Bytes on their way out; `length` is known before the first of them. */
export interface Outgoing {
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A JSON body is at most this long; object bodies never pass through here. */
const maximumJson = 16 << 20;

/**
 * One request and its answer. The path and the query are kept exactly as sent, since the signature covers them and
 * object names must survive untouched; nothing here goes through `URL`, which would tidy `..` and `%2F` away.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly id: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Path as sent, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The route's named path segments, decoded. */
  parameters: Readonly<Record<string, string>> = {};
  operation = "";
  principal: Principal = anonymous;
  /** The faults that it met, and what they do to it. */
  faults: readonly Fault[] = [];
  disturbance: Disturbance = noDisturbance;
  bytesIn = 0;
  bytesOut = 0;
  /** The status answered; 0 while there is none. */
  status = 0;
  #awaitsContinue: boolean;
  #bytes: Promise<Buffer> | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, region: string, awaitsContinue: boolean) {
    this.request = request;
    this.response = response;
    // The request loses it when it is destroyed.
    this.socket = request.socket;
    this.id = `${region}:${randomUUID().replaceAll("-", "").toUpperCase()}`;
    this.method = request.method ?? "GET";
    this.target = request.url ?? "/";
    const mark = this.target.indexOf("?");
    this.path = mark < 0 ? this.target : this.target.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? "" : this.target.slice(mark + 1));
    this.#awaitsContinue = awaitsContinue;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** The named path segment; routes name what they use, so that a missing one is a mistake in the fake. */
  parameter(name: string): string {
    const value = this.parameters[name];
    if (value === undefined) throw new Error(`The route of ${this.operation} has no {${name}}.`);
    return value;
  }

  /** The body as it arrives. A client that waits for 100 Continue gets it here, and so never before it is authenticated. */
  async *incoming(): AsyncGenerator<Buffer, void, undefined> {
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.response.writeContinue();
    }
    for await (const chunk of this.disturbance.incoming(this.#received(), this.declaredLength())) yield chunk;
  }

  /** The `content-length` sent, or 0. */
  declaredLength(): number {
    return Number(this.header("content-length") ?? 0);
  }

  async *#received(): AsyncGenerator<Buffer, void, undefined> {
    // Whoever stops reading may still answer. Without an encoding set, a request yields buffers only.
    for await (const chunk of this.request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("A request body came as text.");
      this.bytesIn += chunk.length;
      yield chunk;
    }
  }

  /** The whole body, for the small ones. */
  bytes(): Promise<Buffer> {
    this.#bytes ??= this.#collect();
    return this.#bytes;
  }

  async #collect(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.incoming()) {
      length += chunk.length;
      if (length > maximumJson) throw new Refusal(413, "RequestEntityTooLarge", "The request body is too large.");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** The body as a JSON object. */
  async json(): Promise<Readonly<Record<string, unknown>>> {
    const text = (await this.bytes()).toString("utf8");
    try {
      const value: unknown = JSON.parse(text);
      if (isRecord(value)) return value;
    } catch {
      // Falls through to the one refusal.
    }
    throw invalidParameter("The request body is not a JSON object.");
  }

  /** Answers with JSON, or with nothing where `value` is undefined. `content-length: 0` is said, so that connections stay open. */
  async reply(status: number, value?: unknown, headers: Headers = {}): Promise<void> {
    if (value === undefined) return this.send(status, headers, Buffer.alloc(0));
    const json = Buffer.from(JSON.stringify(value));
    return this.send(status, { "content-type": "application/json", ...headers }, json);
  }

  async refuse(refusal: Refusal): Promise<void> {
    const { code, message } = refusal;
    await this.reply(refusal.status, { code, message }, refusal.headers);
  }

  /** Answers with bytes: those in memory at once, others as they come and as fast as the client takes them. */
  async send(status: number, headers: Headers, body: Buffer | Outgoing): Promise<void> {
    await this.disturbance.beforeAnswer(this);
    this.#head(status, headers, body.length);
    if (this.method === "HEAD" || status === 304 || body.length === 0) {
      this.response.end();
      return;
    }
    if (Buffer.isBuffer(body) && !this.disturbance.disturbsBodies) {
      this.bytesOut += body.length;
      this.response.end(body);
      return;
    }
    const chunks = Buffer.isBuffer(body) ? single(body) : body.chunks;
    for await (const chunk of this.disturbance.outgoing(chunks, body.length)) {
      if (this.response.destroyed) return;
      this.bytesOut += chunk.length;
      if (!this.response.write(chunk)) await this.#drained();
    }
    this.response.end();
  }

  #head(status: number, headers: Headers, length: number): void {
    const { response } = this;
    this.status = status;
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    response.setHeader("opc-request-id", this.id);
    const clientId = this.header("opc-client-request-id");
    if (clientId !== undefined) response.setHeader("opc-client-request-id", clientId);
    if (status !== 204 && status !== 304 && !response.hasHeader("content-length")) {
      response.setHeader("content-length", length);
    }
    // A client still waiting for 100 Continue keeps its body: the connection's framing would be lost.
    if (this.#awaitsContinue) response.setHeader("connection", "close");
  }

  /** Resolves when the client has taken what was written, or is gone. */
  #drained(): Promise<void> {
    const { response } = this;
    return new Promise((resolve) => {
      const done = (): void => {
        response.off("drain", done);
        response.off("close", done);
        resolve();
      };
      response.on("drain", done);
      response.on("close", done);
    });
  }
}

/** `sha256` as the `x-content-sha256` header writes it. */
export function sha256Base64(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function* single(chunk: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield chunk;
}
