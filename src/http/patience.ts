import { type Clock, systemClock } from "./clock.ts";

/** After this long a failure is told again only by another try, in milliseconds. */
const freshMs = 15_000;

/**
 * How long a service that fails is put up with, by many requests together. It is counted from the first failure on, and
 * begins anew with each success: a service that is gone is given up once, and not once for each of ten thousand files; a
 * body that takes an hour to send uses none of it up.
 */
export class Patience {
  readonly #milliseconds: number;
  readonly #clock: Pick<Clock, "elapsed">;
  #since: number | undefined;
  #last: { readonly error: unknown; readonly at: number } | undefined;

  constructor(milliseconds: number, clock: Pick<Clock, "elapsed"> = systemClock) {
    this.#milliseconds = milliseconds;
    this.#clock = clock;
  }

  succeeded(): void {
    this.#since = undefined;
    this.#last = undefined;
  }

  failed(error: unknown): void {
    const at = this.#clock.elapsed();
    this.#since ??= at;
    this.#last = { error, at };
  }

  /** Somebody gives up: the others need not wait longer. */
  end(): void {
    this.#since = this.#clock.elapsed() - this.#milliseconds;
  }

  /** Milliseconds until it is over, unless something succeeds before. */
  get left(): number {
    return this.#since === undefined ? this.#milliseconds : this.#milliseconds - (this.#clock.elapsed() - this.#since);
  }

  /** The failure that it ended with, while another try would tell nothing new. */
  get verdict(): { readonly error: unknown } | undefined {
    const fresh = this.#last !== undefined && this.#clock.elapsed() - this.#last.at < freshMs;
    return fresh && this.left <= 0 ? this.#last : undefined;
  }
}
