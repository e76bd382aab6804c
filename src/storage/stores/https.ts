import type { Dispatcher } from "undici";
import { openAgent } from "../../http/agent.ts";
import { type Clock, systemClock } from "../../http/clock.ts";
import { defaultRetryPolicy, type RetryPolicy, tellRetry, withRetries } from "../../http/retry.ts";
import { NbjobError } from "../../text/errors.ts";
import { ChangedBody } from "../damaged-body.ts";
import { displayLocation, type Location } from "../location.ts";
import { refuseLarger } from "../size-limit.ts";
import type { ObjectInfo, ReadOptions, ReadResult } from "../store.ts";
import type { ClosableStore, StoreOptions } from "../stores.ts";
import { codingOf, decoded } from "./content-coding.ts";
import {
  type HttpAnswer,
  hopeOfRequest,
  type HttpRequest,
  requestFailure,
  sendRequest,
  StatusFailure,
} from "./https-request.ts";
import { EndedEarly, type PartialBody, resumingBody } from "./resuming-body.ts";
import { messageOf } from "../../text/message-of.ts";

export interface HttpsStoreOptions extends StoreOptions {
  readonly clock?: Clock;
  readonly retry?: RetryPolicy;
  /** How long a server may stay silent, in milliseconds. @default 60,000 */
  readonly silenceMs?: number;
}

/** Files on the web: read only. */
export function openHttpsStore(options: HttpsStoreOptions): ClosableStore {
  const { silenceMs } = options;
  const dispatcher = openAgent({ env: options.env, ...(silenceMs === undefined ? {} : { silenceMs }) });
  const web = new Web(dispatcher, options);
  return {
    read: (location, more) => web.read(location, more),
    head: (location, more) => web.head(location, more?.signal),
    write: async (location) => refuse("output-folder", location, "cannot be written: nbjob only reads from the web"),
    delete: async (location) => refuse("output-folder", location, "cannot be deleted: nbjob only reads from the web"),
    // eslint-disable-next-line require-yield -- it refuses before there is anything to yield
    async *list(folder) {
      refuse(
        "invalid-job-file",
        folder,
        "is on the web, where a folder cannot be listed: name each file, or use oci://",
      );
    },
    // Not close(): a body that nobody reads any more would keep it waiting.
    close: () => dispatcher.destroy(),
  };
}

class Web {
  readonly #dispatcher: Dispatcher;
  readonly #options: HttpsStoreOptions;
  readonly #clock: Clock;
  readonly #warned = new Set<string>();
  /** Hosts that answered: one that cannot be reached any more is a network that comes back, not a wrong name. */
  readonly #reached = new Set<string>();

  constructor(dispatcher: Dispatcher, options: HttpsStoreOptions) {
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async read(location: Location, options: ReadOptions = {}): Promise<ReadResult> {
    const url = urlOf(location);
    if (options.pinned !== true) this.#warnOfPlainHttp(url);
    const { signal } = options;
    const answer = await this.#send({ method: "GET", url, signal });
    const info = infoOf(location, answer);
    try {
      refuseLarger(info.bytes, options.maxBytes, displayLocation(location));
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
    const body = this.#wholeBody(url, answer, signal);
    return {
      info,
      body: decoded(body, codingOf(location, answer), displayLocation(location)),
      close: () => void answer.body.destroy(),
    };
  }

  async head(location: Location, signal: AbortSignal | undefined): Promise<ObjectInfo | undefined> {
    const url = urlOf(location);
    try {
      // Not HEAD: signed URLs allow the one method that they were signed for, and some servers know no other.
      const answer = await this.#send({ method: "GET", url, signal });
      answer.body.destroy();
      return infoOf(location, answer);
    } catch (error) {
      if (error instanceof NbjobError && error.reason === "not-found") return undefined;
      throw error;
    }
  }

  async #send(request: HttpRequest): Promise<HttpAnswer> {
    const { log, retry = defaultRetryPolicy } = this.#options;
    const { url, signal } = request;
    const shown = displayLocation({ kind: "http", url });
    try {
      const { host } = new URL(url);
      const attempt = (): Promise<HttpAnswer> => sendRequest(this.#dispatcher, request, this.#clock.now());
      const answer = await withRetries(attempt, {
        hopeOf: (error) => {
          const hope = hopeOfRequest(error);
          return hope?.unreached === true && this.#reached.has(host) ? {} : hope;
        },
        policy: retry,
        clock: this.#clock,
        signal,
        onRetry: (error, pauseMs) => tellRetry(log, `${shown}: ${toldBy(error)}`, pauseMs),
      });
      this.#reached.add(host);
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw requestFailure(error, url);
    }
  }

  #wholeBody(url: string, answer: HttpAnswer, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const { retry = defaultRetryPolicy } = this.#options;
    const shown = displayLocation({ kind: "http", url });
    // A weak tag says "much the same", which is not enough to splice bytes.
    const etag = answer.header("etag");
    const validator = etag?.startsWith('"') === true ? etag : answer.header("last-modified");
    const changed = (): Error => new ChangedBody(shown);
    let lastBreak = -1;
    let stuck = 0;
    return resumingBody({
      first: { start: 0, chunks: answer.body, whole: lengthOf(answer) },
      changed,
      resume: async (start, error): Promise<PartialBody> => {
        signal?.throwIfAborted();
        stuck = start === lastBreak ? stuck + 1 : 0;
        lastBreak = start;
        const early = error instanceof EndedEarly;
        if ((!early && hopeOfRequest(error) === undefined) || stuck >= retry.unreachedTries) {
          const message = `${shown} cannot be read whole: ${toldBy(error)}`;
          throw early ? new NbjobError("unreachable", message, { location: shown }) : requestFailure(error, url);
        }
        await this.#clock.sleep(this.#clock.random() * retry.baseMs * 2 ** stuck, signal);
        const headers = validator === undefined ? {} : { range: `bytes=${start}-`, "if-range": validator };
        const more = await this.#send({ method: "GET", url, signal, ...(start === 0 ? {} : { headers }) });
        if (more.status !== 206) return { start: 0, chunks: more.body, whole: lengthOf(more) };
        const [, from, size] = /^bytes (\d+)-\d+\/(\d+)?/.exec(more.header("content-range") ?? "") ?? [];
        const whole = size === undefined ? lengthOf(answer) : Number(size);
        // Not every server looks at If-Range.
        if (differ(more.header("etag"), etag) || differ(whole, lengthOf(answer))) {
          more.body.destroy();
          throw changed();
        }
        return { start: Number(from), chunks: more.body, whole };
      },
    });
  }

  #warnOfPlainHttp(url: string): void {
    const { protocol, hostname, host } = new URL(url);
    if (protocol !== "http:" || isLoopback(hostname) || this.#warned.has(host)) return;
    this.#warned.add(host);
    this.#options.log.warn(
      `${host} is read over http://: anyone on the way can change what arrives. Use https://, or pin the file with sha256:.`,
    );
  }
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || hostname.startsWith("127.")
  );
}

function lengthOf(answer: HttpAnswer): number | undefined {
  const length = answer.header("content-length");
  return length === undefined ? undefined : Number(length);
}

/** Whether two things are known not to be the same. */
function differ<T>(left: T | undefined, right: T | undefined): boolean {
  return left !== undefined && right !== undefined && left !== right;
}

function infoOf(location: Location, answer: HttpAnswer): ObjectInfo {
  const encoded = codingOf(location, answer) !== undefined;
  const etag = answer.header("etag");
  const modified = Date.parse(answer.header("last-modified") ?? "");
  const contentType = answer.header("content-type");
  return {
    location,
    bytes: encoded ? undefined : lengthOf(answer),
    ...(etag === undefined ? {} : { etag }),
    ...(Number.isNaN(modified) ? {} : { modifiedAt: new Date(modified) }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

function urlOf(location: Location): string {
  if (location.kind !== "http") throw new NbjobError("bug", `The web store was given a ${location.kind} location.`);
  return location.url;
}

function refuse(reason: "output-folder" | "invalid-job-file", location: Location, what: string): never {
  const shown = displayLocation(location);
  throw new NbjobError(reason, `${shown} ${what}.`, { location: shown });
}

function toldBy(error: unknown): string {
  if (error instanceof StatusFailure) return `the server answers ${error.status}`;
  return messageOf(error);
}
