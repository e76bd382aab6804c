import type { Patience } from "../../http/patience.ts";
import type { Hope, RetryPolicy } from "../../http/retry.ts";
import { defaultRetryPolicy, tellRetry, withRetries } from "../../http/retry.ts";
import type { OciAnswer } from "../answer.ts";
import type { OciConnection, OciRequest } from "../connection.ts";
import { NbjobError } from "../../text/errors.ts";
import { hopeOfService, ServiceFailure } from "../service-failure.ts";
import { Damaged } from "./body.ts";
import { messageOf } from "../../text/message-of.ts";

export interface CallOptions<T> {
  /** What is being done, for the log: `reading a.csv`. */
  readonly what: string;
  /** Makes the result of an answer; what it throws counts as a failed try. */
  readonly take: (answer: OciAnswer) => Promise<T>;
  /** In place of the client's own: shared with other requests. */
  readonly patience?: Patience | undefined;
  /** Called after a failed try; what it throws ends the tries. */
  readonly onFailure?: (error: unknown) => void | Promise<void>;
}

/** Results are worth waiting for longer than inputs: hours of work may hang on them. */
const writePatience = 3;
/** Bytes that arrive damaged time after time are damaged by something that stays: the file changes under our hands, for one. */
const mostDamaged = 5;
/** One line about an outage in so many milliseconds is enough, however many requests wait for its end. */
const tellEach = 5_000;

/** Object Storage, API 20160918, spoken directly: bodies stream both ways and never lie in memory whole. */
export class ObjectStorageClient {
  readonly connection: OciConnection;
  readonly retry: RetryPolicy;
  /** Once it was reached, a service that cannot be reached is a network that comes back, not a wrong name. */
  #reached = false;
  /** Once a signature was accepted, one that is not may only be waiting for the next token. */
  #accepted = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(connection: OciConnection, retry: RetryPolicy = defaultRetryPolicy) {
    this.connection = connection;
    this.retry = retry;
  }

  /**
   * Sends a request until it succeeds or there is no hope or time left.
   *
   * @throws ServiceFailure, what the HTTP client throws, and what `take` throws
   */
  async call<T>(request: OciRequest, { what, take, patience, onFailure }: CallOptions<T>): Promise<T> {
    const { connection, retry } = this;
    const { clock, log } = connection;
    const endpoint = await connection.endpoint("objectstorage");
    let ended = false;
    const attempt = async (): Promise<T> => {
      try {
        const answer = await connection.send(endpoint, request);
        this.#reached = true;
        this.#accepted = true;
        return await take(answer);
      } catch (error) {
        if (error instanceof ServiceFailure) this.#reached = true;
        ended = true;
        await onFailure?.(error);
        ended = false;
        throw error;
      }
    };
    const reads = request.method === "GET" || request.method === "HEAD";
    let damaged = 0;
    return withRetries(attempt, {
      hopeOf: (error) => {
        if (ended) return undefined;
        if (isDamage(error) && (damaged += 1) >= mostDamaged) return undefined;
        return this.#hopeOf(error);
      },
      policy: reads ? retry : { ...retry, totalMs: retry.totalMs * writePatience },
      patience,
      clock,
      signal: request.signal,
      onRetry: (error, pauseMs) => {
        const why = messageOf(error);
        const quiet = clock.elapsed() - this.#toldAt < tellEach;
        if (!quiet && pauseMs >= 1000) this.#toldAt = clock.elapsed();
        const heard = quiet ? { ...log, info: log.debug } : log;
        tellRetry(heard, `Object Storage: ${what} failed (${why})`, pauseMs);
      },
    });
  }

  #hopeOf(error: unknown): Hope | undefined {
    if (error instanceof Damaged) return {};
    const ofCredentials = error instanceof NbjobError || (error instanceof ServiceFailure && error.status === 401);
    if (ofCredentials && this.#accepted) return {};
    const hope = hopeOfService(error);
    return hope?.unreached === true && this.#reached ? {} : hope;
  }
}

/** The bytes that arrived, or were stored, are not those that were sent. */
export function isDamage(error: unknown): boolean {
  return error instanceof Damaged || (error instanceof ServiceFailure && error.code.startsWith("Unmatched"));
}
