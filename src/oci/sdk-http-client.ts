/**
 * The transport that nbjob gives to every client of the OCI SDK: signed and sent by us, since the SDK's own holds bodies
 * in memory, loses the cause of failures, and prints.
 *
 * The SDK's retrier turns whatever fails into a plain object and warns on the console. So a failed call is answered with
 * a response that looks fine to it, and throws the real failure once the client looks inside: errors stay errors.
 */
import { Readable } from "node:stream";
import type { HttpClient } from "oci-common";
import { defaultRetryPolicy, type Hope, type RetryPolicy, tellRetry, withRetries } from "../http/retry.ts";
import type { OciAnswer, OciConnection, OciRequest } from "./connection.ts";
import { hopeOfService, ServiceFailure } from "./service-failure.ts";

type SdkRequest = Parameters<HttpClient["send"]>[0];

/** For `new XClient({ httpClient: new SdkHttpClient(connection) })`; then set `client.endpoint`. Failures are `ServiceFailure`s. */
export class SdkHttpClient implements HttpClient {
  readonly #connection: OciConnection;
  readonly #retry: RetryPolicy;

  constructor(connection: OciConnection, retry: RetryPolicy = defaultRetryPolicy) {
    this.#connection = connection;
    this.#retry = retry;
  }

  async send(request: SdkRequest, forceExcludeBody?: boolean): Promise<Response> {
    const { origin, pathname, search } = new URL(request.uri);
    const { log, clock } = this.#connection;
    const operation = `${request.method} ${pathname}`;
    try {
      const body = await bodyOf(request, forceExcludeBody === true);
      const ours: OciRequest = {
        method: methodOf(request.method),
        target: pathname + search,
        headers: headersOf(request),
        ...body.parts,
      };
      const answer = await withRetries(() => this.#connection.send(origin, ours), {
        hopeOf: (error) => (body.once ? undefined : hopeOfCall(error, ours)),
        policy: this.#retry,
        clock,
        onRetry: (error, pauseMs) => tellRetry(log, `${operation} failed (${String(error)})`, pauseMs),
      });
      return responseOf(answer);
    } catch (error) {
      return failedResponse(error);
    }
  }
}

/** A call that may have been carried out is only sent again where that does no harm. */
function hopeOfCall(error: unknown, { method, headers }: OciRequest): Hope | undefined {
  const hope = hopeOfService(error);
  const harmless = method !== "POST" || headers?.["opc-retry-token"] !== undefined || hope?.unreached === true;
  const untouched = error instanceof ServiceFailure && (error.status === 429 || error.status === 503);
  return harmless || untouched ? hope : undefined;
}

interface SentBody {
  readonly parts: Pick<OciRequest, "signed" | "unsigned">;
  /** A stream cannot be sent twice. */
  readonly once: boolean;
}

async function bodyOf(request: SdkRequest, unsigned: boolean): Promise<SentBody> {
  const contentType = request.headers.get("content-type") ?? "application/json";
  const body: unknown = request.body;
  if (body instanceof Readable || body instanceof ReadableStream) {
    const bytes = Number(request.headers.get("content-length"));
    return { parts: { unsigned: { bytes, open: () => body } }, once: true };
  }
  const bytes = body instanceof Blob ? await body.bytes() : wholeBody(body);
  if (unsigned && bytes !== undefined) {
    return { parts: { unsigned: { bytes: bytes.length, open: () => Readable.from([bytes]) } }, once: false };
  }
  // The service wants the digest of an empty body too.
  const sends = request.method === "POST" || request.method === "PUT" || request.method === "PATCH";
  return { parts: sends ? { signed: { bytes: bytes ?? new Uint8Array(), contentType } } : {}, once: false };
}

function wholeBody(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** Ours are set anew with each signature. */
function headersOf(request: SdkRequest): Readonly<Record<string, string>> {
  const ours = new Set(["host", "date", "x-date", "authorization", "content-length", "x-content-sha256"]);
  return Object.fromEntries([...request.headers].filter(([name]) => !ours.has(name.toLowerCase())));
}

function methodOf(method: string): OciRequest["method"] {
  const known = (["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"] as const).find(
    (name) => name === method.toUpperCase(),
  );
  if (known === undefined) throw new Error(`The SDK sends ${method}.`);
  return known;
}

function responseOf(answer: OciAnswer): Response {
  const empty = answer.status === 204 || answer.status === 304;
  // Node's and the web's streams are the same thing under two types.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as its documentation says
  const body = empty ? null : (Readable.toWeb(answer.body) as ConstructorParameters<typeof Response>[0]);
  return new Response(body, { status: answer.status, headers: answer.allHeaders() });
}

function failedResponse(failure: unknown): Response {
  const fail = (): never => {
    throw failure;
  };
  return new Proxy(new Response(), {
    get: (response, name) => {
      if (name === "status") return response.status;
      // Being returned from an async function asks for `then`.
      return name === "then" || name === "code" ? undefined : fail();
    },
  });
}
