import { homedir } from "node:os";
import type { Readable } from "node:stream";
import { Agent, type Dispatcher } from "undici";
import { defaultSilenceMs, openAgent } from "../http/agent.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { wholeAnswer, WholeBody } from "../http/whole-answer.ts";
import type { Log } from "../text/log.ts";
import { answerOf, type OciAnswer } from "./answer.ts";
import { chooseCredentials } from "./auth/choose.ts";
import type { Credentials } from "./auth/credentials.ts";
import { endpointOf, type Service } from "./endpoints.ts";
import { type Region, regionOf } from "./regions.ts";
import { allowedSkewMs, clockAhead, ServiceFailure } from "./service-failure.ts";
import { signatureHeaders } from "./signing.ts";

export interface ConnectionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, "debug" | "info" | "warn">;
  readonly clock?: Clock;
  /** How long a service may stay silent, in milliseconds. @default 60,000 */
  readonly silenceMs?: number;
  /** Most connections to one service. @default 64 */
  readonly connections?: number;
}

export interface OciRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "PATCH";
  /** Path and query as they are sent: encoded. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that the signature covers. */
  readonly signed?: { readonly bytes: Uint8Array; readonly contentType: string };
  /** A body that it does not: an object's bytes, opened again for each try. */
  readonly unsigned?: { readonly bytes: number; open(): Uint8Array | AsyncIterable<Uint8Array> };
  readonly signal?: AbortSignal | undefined;
  /** Bytes of its answer that are taken into memory, a longer one being `TooLong`; or leave it to be read as it comes. @default 64 MiB */
  readonly answer?: number | "streamed";
}

/** An endpoint, taken apart. */
interface Place {
  readonly origin: string;
  readonly host: string;
  /** Its path, empty for most. */
  readonly prefix: string;
}

/** No service says more at a time. */
const mostAnswer = 64 * 2 ** 20;

/** What each log was told of credentials: one run opens several connections, and says once whose they are. */
const told = new WeakMap<object, Set<string>>();

/** Signed requests to OCI over kept connections, with the credentials found once. */
export class OciConnection {
  readonly clock: Clock;
  readonly log: ConnectionOptions["log"];
  readonly #options: ConnectionOptions;
  readonly #dispatcher: Dispatcher;
  readonly #direct: Dispatcher;
  readonly #endpoints = new Map<Service, Promise<string>>();
  readonly #places = new Map<string, Place>();
  #credentials: Promise<Credentials> | undefined;
  /** A request was signed well enough. */
  #accepted = false;
  /** How far this machine's clock is ahead of the service's, once that mattered. */
  #aheadMs = 0;

  constructor(options: ConnectionOptions) {
    const { env, log, clock = systemClock, silenceMs, connections } = options;
    this.#options = options;
    this.clock = clock;
    this.log = log;
    this.#dispatcher = openAgent({
      env,
      ...(silenceMs === undefined ? {} : { silenceMs }),
      ...(connections === undefined ? {} : { connections }),
    });
    this.#direct = new Agent({ connectTimeout: 1_500 });
  }

  /** @throws NbjobError as `chooseCredentials` does */
  credentials(): Promise<Credentials> {
    this.#credentials ??= this.#choose();
    return this.#credentials;
  }

  /** Where a service is, from the environment, the config file or the principal. */
  endpoint(service: Service): Promise<string> {
    const known = this.#endpoints.get(service) ?? this.#endpointOf(service);
    this.#endpoints.set(service, known);
    return known;
  }

  /**
   * Sends one request, signed. A refused token is renewed and the request sent once more; nothing else is tried again.
   *
   * @throws ServiceFailure for a status of 300 and above, except 304; whatever the HTTP client throws
   */
  async send(endpoint: string, request: OciRequest): Promise<OciAnswer> {
    const credentials = await this.credentials();
    const signing = await credentials.signingKey();
    const answer = await this.#sendWith(endpoint, request, signing);
    if (answer.status !== 401) return this.#accept(answer);
    if (await credentials.renew(signing)) this.log.debug("OCI refused the key or token; a newer one was found");
    else if (!this.#followClock(answer)) return this.#accept(answer);
    await answer.body.dump();
    return this.#accept(await this.#sendWith(endpoint, request, await credentials.signingKey()));
  }

  /**
   * A clock that was right when the run began, and is not any more, must not cost its outputs: the service's own is followed.
   * @returns whether that changes anything
   */
  #followClock(answer: OciAnswer): boolean {
    const aheadMs = clockAhead(answer.header("date"), this.clock.now());
    if (!this.#accepted || aheadMs === undefined) return false;
    if (Math.abs(aheadMs - this.#aheadMs) <= allowedSkewMs) return false;
    this.#aheadMs = aheadMs;
    const minutes = Math.round(Math.abs(aheadMs) / 60_000);
    this.log.warn(
      `This machine's clock is ${minutes} minutes ${aheadMs > 0 ? "ahead of" : "behind"} OCI's, which is followed from here on`,
    );
    return true;
  }

  /** Ends kept connections, and whatever is still under way on them. */
  async close(): Promise<void> {
    await Promise.all([this.#dispatcher.destroy(), this.#direct.destroy()]);
  }

  async #sendWith(
    endpoint: string,
    request: OciRequest,
    signing: Awaited<ReturnType<Credentials["signingKey"]>>,
  ): Promise<OciAnswer> {
    const { origin, host, prefix } = this.#placeOf(endpoint);
    const target = prefix + request.target;
    const { method, signed, unsigned, answer = mostAnswer, signal } = request;
    const signature = await signatureHeaders(
      {
        method,
        target,
        host,
        now: this.clock.now() - this.#aheadMs,
        ...(signed === undefined ? {} : { body: signed }),
      },
      signing,
    );
    const length = unsigned === undefined ? {} : { "content-length": String(unsigned.bytes) };
    const content = sendable(signed === undefined ? unsigned?.open() : inPieces(signed.bytes));
    const wire = {
      origin,
      // As it is: a name such as `a/../b` must not be normalised away.
      path: target,
      method,
      headers: { accept: "*/*", "user-agent": "nbjob", ...length, ...request.headers, ...signature },
      body: content,
      headersTimeout: this.#silenceFor(content),
    };
    if (answer !== "streamed") {
      const { statusCode, headers, body } = await wholeAnswer(this.#dispatcher, wire, answer, signal);
      return answerOf(statusCode, headers, new WholeBody(body));
    }
    const response = await this.#dispatcher.request({ ...wire, signal: signal ?? null });
    // A body that nobody reads, when its connection is ended; whoever reads it hears of errors there.
    response.body.on("error", () => {});
    return answerOf(response.statusCode, response.headers, response.body);
  }

  /** Whoever sends a body in one piece does not see it leave: over a slow line it takes its time before there can be an answer. */
  #silenceFor(content: ReturnType<typeof sendable>): number {
    const { silenceMs = defaultSilenceMs } = this.#options;
    const mebibytes = content instanceof Uint8Array ? content.length / 2 ** 20 : 0;
    return Math.ceil(silenceMs * (1 + 4 * mebibytes));
  }

  #placeOf(endpoint: string): Place {
    const known = this.#places.get(endpoint);
    if (known !== undefined) return known;
    const { origin, host, pathname } = new URL(endpoint);
    const place = { origin, host, prefix: pathname === "/" ? "" : pathname };
    this.#places.set(endpoint, place);
    return place;
  }

  async #accept(answer: OciAnswer): Promise<OciAnswer> {
    if (answer.status < 300 || answer.status === 304) {
      this.#accepted = true;
      return answer;
    }
    const text = await answer.body.text();
    throw new ServiceFailure(answer.status, answer.header, text, this.clock.now());
  }

  async #endpointOf(service: Service): Promise<string> {
    const credentials = await this.credentials();
    return endpointOf(service, this.#region(credentials), this.#options.env);
  }

  async #choose(): Promise<Credentials> {
    const { env, log } = this.#options;
    const credentials = await chooseCredentials({
      env,
      home: env["HOME"] || homedir(),
      clock: this.clock,
      dispatcher: this.#dispatcher,
      direct: this.#direct,
      debug: (message) => log.debug(message),
      warn: (message) => log.warn(message),
    });
    const region = this.#region(credentials);
    const line = `OCI credentials: ${credentials.description}${region === undefined ? "" : `, region ${region.id}`}`;
    const lines = told.get(log) ?? new Set();
    told.set(log, lines);
    if (!lines.has(line)) log.info(line);
    lines.add(line);
    return credentials;
  }

  #region(credentials: Credentials): Region | undefined {
    const { env } = this.#options;
    const set = env["OCI_CLI_REGION"] || env["OCI_REGION"];
    return set ? regionOf(set, env) : credentials.region;
  }
}

const pieceBytes = 256 * 1024;

/** Large bodies go piece by piece: of one that is given whole, undici does not see that it is still on its way. */
function inPieces(bytes: Uint8Array): Uint8Array | AsyncIterable<Uint8Array> {
  return bytes.length <= pieceBytes ? bytes : pieces(bytes);
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

/** undici sends any iterable as it comes, one chunk in memory at a time; its types know only streams. */
function sendable(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Uint8Array | Readable | null {
  if (body === undefined || body instanceof Uint8Array) return body ?? null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `isIterable` in undici's request.js takes it
  return body as Readable;
}
