import { hopeOfNetwork } from "../../http/network-failure.ts";
import { NbjobError } from "../../text/errors.ts";
import { hopeOfService, ServiceFailure } from "../../oci/service-failure.ts";
import { messageOf } from "../../text/message-of.ts";

/** How long nothing may be heard before watching is given up, in milliseconds. */
const longest = 60 * 60_000;

/** A run goes on whether or not it is watched: what may pass is waited for, up to an hour. */
export class Patience {
  readonly #now: () => number;
  readonly #firstPauseMs: number;
  #since: number | undefined;
  #failures = 0;

  /** @param firstPauseMs before the second call; doubled for each further one, up to a minute */
  constructor(now: () => number, firstPauseMs: number) {
    this.#now = now;
    this.#firstPauseMs = firstPauseMs;
  }

  /**
   * A call failed. Its caller has tried it for a while already.
   *
   * @returns how long to wait before the next one, and what to tell, once
   * @throws the failure, where it will not pass or has lasted too long
   */
  failed(error: unknown): { readonly pauseMs: number; readonly tell: string | undefined } {
    if (!mayPass(error)) throw error;
    this.#since ??= this.#now();
    if (this.#now() - this.#since > longest) throw error;
    this.#failures += 1;
    const pauseMs = Math.min(60_000, this.#firstPauseMs * 2 ** (this.#failures - 1));
    return { pauseMs, tell: this.#failures === 1 ? messageOf(error) : undefined };
  }

  /** @returns whether there was trouble before */
  worked(): boolean {
    const troubled = this.#since !== undefined;
    this.#since = undefined;
    this.#failures = 0;
    return troubled;
  }
}

/** Whether a failure may be over later, whatever was tried so far. */
export function mayPass(error: unknown): boolean {
  const cause = error instanceof NbjobError ? error.cause : error;
  // Somebody may sign in again while this waits, as session tokens want every hour.
  if (cause instanceof ServiceFailure) return cause.status === 401 || hopeOfService(cause) !== undefined;
  return (error instanceof NbjobError && error.reason === "unreachable") || hopeOfNetwork(cause) !== undefined;
}
