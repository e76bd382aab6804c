import type { RetryPolicy } from "../../http/retry.ts";
import { defaultRetryPolicy, tellRetry, withRetries } from "../../http/retry.ts";
import type { OciAnswer } from "../answer.ts";
import type { OciConnection, OciRequest } from "../connection.ts";
import { hopeOfService, ServiceFailure } from "../service-failure.ts";
import { Damaged } from "./body.ts";

export interface CallOptions<T> {
  /** What is being done, for the log: `reading a.csv`. */
  readonly what: string;
  /** Makes the result of an answer; what it throws counts as a failed try. */
  readonly take: (answer: OciAnswer) => Promise<T>;
  /** Called after a failed try; what it throws ends the tries. */
  readonly onFailure?: () => void;
}

/** Results are worth waiting for longer than inputs: hours of work may hang on them. */
const patience = 3;

/** Object Storage, API 20160918, spoken directly: bodies stream both ways and never lie in memory whole. */
export class ObjectStorageClient {
  readonly connection: OciConnection;
  readonly retry: RetryPolicy;
  /** Once it was reached, a service that cannot be reached is a network that comes back, not a wrong name. */
  #reached = false;

  constructor(connection: OciConnection, retry: RetryPolicy = defaultRetryPolicy) {
    this.connection = connection;
    this.retry = retry;
  }

  /**
   * Sends a request until it succeeds or there is no hope or time left.
   *
   * @throws ServiceFailure, what the HTTP client throws, and what `take` throws
   */
  async call<T>(request: OciRequest, { what, take, onFailure }: CallOptions<T>): Promise<T> {
    const { connection, retry } = this;
    const endpoint = await connection.endpoint("objectstorage");
    const attempt = async (): Promise<T> => {
      try {
        const answer = await connection.send(endpoint, request);
        this.#reached = true;
        return await take(answer);
      } catch (error) {
        if (error instanceof ServiceFailure) this.#reached = true;
        onFailure?.();
        throw error;
      }
    };
    return withRetries(attempt, {
      hopeOf: (error) => {
        if (error instanceof Damaged) return {};
        const hope = hopeOfService(error);
        return hope?.unreached === true && this.#reached ? {} : hope;
      },
      policy:
        request.method === "GET" || request.method === "HEAD" ? retry : { ...retry, totalMs: retry.totalMs * patience },
      clock: connection.clock,
      signal: request.signal,
      onRetry: (error, pauseMs) => {
        const why = error instanceof Error ? error.message : String(error);
        tellRetry(connection.log, `Object Storage: ${what} failed (${why})`, pauseMs);
      },
    });
  }
}
