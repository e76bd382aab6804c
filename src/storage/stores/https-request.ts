import type { Dispatcher } from "undici";
import { type Hope, retryAfter } from "../../http/retry.ts";
import { hopeOfNetwork, networkFailure } from "../../http/network-failure.ts";
import { NbjobError } from "../../text/errors.ts";
import { displayUrl } from "../location/display.ts";
import { decodeSegment } from "../location/parts.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A server's answer with the headers read and the body still to come. Whoever gets it must read or destroy the body. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Dispatcher.ResponseData["body"];
  readonly header: (name: string) => string | undefined;
}

/** A status that is not what was hoped for. */
export class StatusFailure extends Error {
  override readonly name = "StatusFailure";
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** The URL that answered, after redirects, as it may be shown. */
  readonly shown: string;

  constructor(answer: HttpAnswer, url: string, now: number) {
    super(`HTTP ${answer.status}`);
    this.status = answer.status;
    this.retryAfterMs = retryAfter(answer.header("retry-after"), now);
    this.shown = displayUrl(url);
  }
}

const mostRedirects = 10;
const laterMayDo = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Sends one request and follows redirects by hand: from https never to http, and a password never to another server.
 *
 * @throws StatusFailure for an answer that is not the file; NbjobError `unreachable` for a redirect that leads nowhere
 */
export async function sendRequest(dispatcher: Dispatcher, request: HttpRequest, now: number): Promise<HttpAnswer> {
  let url = new URL(request.url);
  let authorization = basicAuthorization(url);
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: {
        // Bytes as they are stored, so that lengths, ranges and checksums mean what they say.
        "accept-encoding": "identity",
        "user-agent": "nbjob",
        ...(authorization === undefined ? {} : { authorization }),
        ...request.headers,
      },
      signal: request.signal ?? null,
    });
    const answer = answerOf(response);
    const target = answer.header("location");
    if (![301, 302, 303, 307, 308].includes(answer.status) || target === undefined) {
      if (answer.status === 200 || answer.status === 203) return answer;
      // A part is the whole to nobody who has not asked for a part; of the other 200s none is the file.
      if (answer.status === 206 && request.headers?.["range"] !== undefined) return answer;
      await answer.body.dump();
      throw new StatusFailure(answer, url.href, now);
    }
    await answer.body.dump();
    const next = redirectTarget(url, target);
    if (next.origin !== url.origin) authorization = undefined;
    url = next;
  }
  const shown = displayUrl(request.url);
  throw new NbjobError("unreachable", `${shown} redirects more than ${mostRedirects} times.`, { location: shown });
}

function redirectTarget(from: URL, target: string): URL {
  const shown = displayUrl(from.href);
  if (!URL.canParse(target, from.href)) {
    throw new NbjobError("unreachable", `${shown} redirects to something that is no URL.`, { location: shown });
  }
  const next = new URL(target, from.href);
  if (next.protocol !== "https:" && next.protocol !== from.protocol) {
    throw new NbjobError(
      "unreachable",
      `${shown} redirects from ${from.protocol}// to ${next.protocol}//, which is refused.`,
      {
        location: shown,
        remedy: `If that address can be trusted, name it yourself: ${displayUrl(next.href)}`,
      },
    );
  }
  return next;
}

function basicAuthorization(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const pair = `${decodeSegment(url.username)}:${decodeSegment(url.password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function answerOf(response: Dispatcher.ResponseData): HttpAnswer {
  // A body that nobody reads, when its connection is ended; whoever reads it hears of errors there.
  response.body.on("error", () => {});
  return {
    status: response.statusCode,
    body: response.body,
    header: (name) => {
      const value = response.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

/** Whether a failed request may succeed later. */
export function hopeOfRequest(error: unknown): Hope | undefined {
  if (!(error instanceof StatusFailure)) return error instanceof NbjobError ? undefined : hopeOfNetwork(error);
  if (!laterMayDo.has(error.status)) return undefined;
  return error.retryAfterMs === undefined ? {} : { afterMs: error.retryAfterMs };
}

/** What a failed request means to the user. */
export function requestFailure(error: unknown, url: string): unknown {
  const shown = displayUrl(url);
  if (!(error instanceof StatusFailure)) return networkFailure(error, shown, new URL(url).host);
  const details = { location: shown, cause: error };
  const via = error.shown === shown ? "" : ` (redirected to ${error.shown})`;
  if (error.status === 401 || error.status === 403) {
    return new NbjobError("not-authorized", `${shown} may not be read${via}: the server answers ${error.status}.`, {
      ...details,
      remedy:
        "Use a URL that carries its own permission, such as a pre-authenticated request, or put the file where it may be read.",
    });
  }
  if (error.status === 404 || error.status === 410) {
    const github = new URL(url).hostname.endsWith("githubusercontent.com");
    return new NbjobError("not-found", `${shown} does not exist${via}: the server answers ${error.status}.`, {
      ...details,
      ...(github ? { remedy: "Check the branch and the path; a private repository answers so too." } : {}),
    });
  }
  if (laterMayDo.has(error.status)) {
    return new NbjobError(
      "unreachable",
      `${shown} cannot be read${via}: the server still answers ${error.status}.`,
      details,
    );
  }
  return new NbjobError("unreachable", `${shown} cannot be read${via}: the server answers ${error.status}.`, details);
}
