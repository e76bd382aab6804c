import { randomUUID } from "node:crypto";
import { defaultRetryPolicy, type Hope, type RetryPolicy, tellRetry, withRetries } from "../http/retry.ts";
import type { OciAnswer } from "./answer.ts";
import type { OciConnection, OciRequest } from "./connection.ts";
import type { Service } from "./endpoints.ts";
import { hopeOfService, ServiceFailure } from "./service-failure.ts";
import { messageOf } from "../text/message-of.ts";

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface RestCall {
  /** What is being done, for the log and for failures: `creating the job run`. */
  readonly what: string;
  readonly method: OciRequest["method"];
  /** Below the API's version, each segment encoded: see {@link path}. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they are, in place of `body`. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Whether a failure may pass; default what `hopeOfService` thinks. */
  readonly hopeOf?: (error: unknown) => Hope | undefined;
}

export interface RestAnswer<T> {
  /** Undefined where the answer has no body. */
  readonly value: T;
  readonly header: (name: string) => string | undefined;
}

/**
 * A JSON service of OCI. Calls are tried again while that may help; each POST carries one `opc-retry-token`, so that the
 * service does once what was asked for twice (it remembers tokens for 24 hours).
 */
export class RestClient {
  readonly connection: OciConnection;
  readonly service: Service;
  readonly #version: string;
  readonly #retry: RetryPolicy;
  /** Once it was reached, a service that cannot be reached is a network that comes back, not a wrong name. */
  #reached = false;

  /** @param version the API's, as in `20190101` */
  constructor(connection: OciConnection, service: Service, version: string, retry: RetryPolicy = defaultRetryPolicy) {
    this.connection = connection;
    this.service = service;
    this.#version = version;
    this.#retry = retry;
  }

  /**
   * Sends a call until it succeeds or there is no hope or time left, and reads its answer as JSON.
   * `T` is what the API reference promises; nothing checks it.
   *
   * @throws ServiceFailure, and what the HTTP client throws: `serviceError` makes sentences of both
   */
  async call<T>(call: RestCall): Promise<RestAnswer<T>> {
    return this.send(call, async (answer) => {
      const text = await answer.body.text();
      return { value: (text === "" ? undefined : JSON.parse(text, withoutNull)) as T, header: answer.header };
    });
  }

  /** As `call`, for an answer that is not JSON: `take` reads its body, anew after each failure. */
  async send<T>(call: RestCall, take: (answer: OciAnswer) => Promise<T>): Promise<T> {
    const { connection } = this;
    const endpoint = await connection.endpoint(this.service);
    const request = requestOf(call, this.#version);
    return withRetries(
      async () => {
        try {
          const answer = await connection.send(endpoint, request);
          this.#reached = true;
          return await take(answer);
        } catch (error) {
          if (error instanceof ServiceFailure) this.#reached = true;
          throw error;
        }
      },
      {
        hopeOf: (error) => {
          const hope = (call.hopeOf ?? hopeOfService)(error);
          return hope?.unreached === true && this.#reached ? {} : hope;
        },
        policy: this.#retry,
        clock: connection.clock,
        signal: call.signal,
        onRetry: (error, pauseMs) => {
          const why = messageOf(error);
          tellRetry(connection.log, `${call.what} failed (${why})`, pauseMs);
        },
      },
    );
  }

  /** Every item of a list, page by page, however the service wraps a page: a bare array or `{items}`. */
  async *list<T>(call: RestCall): AsyncGenerator<T, void, undefined> {
    let page: string | undefined;
    do {
      const query = page === undefined ? call.query : { ...call.query, page };
      const { value, header } = await this.call<readonly T[] | { readonly items?: readonly T[] } | undefined>({
        ...call,
        ...(query === undefined ? {} : { query }),
      });
      yield* isArray(value) ? value : (value?.items ?? []);
      page = header("opc-next-page");
    } while (page !== undefined && page !== "");
  }
}

/** What has no value is left out or null, as the service likes; the SDK's models know only the former. */
function withoutNull(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

/** A path with its values encoded: path`/jobRuns/${id}`. */
export function path(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return texts.map((text, index) => text + encodeURIComponent(values[index] ?? "")).join("");
}

/** Path and query as they are sent, below the endpoint. */
export function targetOf({ path: below, query }: Pick<RestCall, "path" | "query">, version: string): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(String(each))}`),
  );
  return `/${version}${below}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

function requestOf(call: RestCall, version: string): OciRequest {
  const { method, body, headers, signal } = call;
  const sends = method === "POST" || method === "PUT" || method === "PATCH";
  // The service wants the digest of an empty body too.
  const bytes = call.bytes ?? (body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)));
  const contentType = call.bytes === undefined ? "application/json" : "application/octet-stream";
  return {
    method,
    target: targetOf(call, version),
    headers: {
      accept: "application/json",
      ...(method === "POST" ? { "opc-retry-token": randomUUID() } : {}),
      ...headers,
    },
    ...(sends ? { signed: { bytes, contentType } } : {}),
    signal,
  };
}

function isArray<T>(value: readonly T[] | object | undefined): value is readonly T[] {
  return Array.isArray(value);
}
