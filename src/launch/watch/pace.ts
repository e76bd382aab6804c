import type { Clock } from "../../http/clock.ts";

/** When to look again: soon after something has changed, and less and less often while nothing does. */
export class Pace {
  readonly #clock: Clock;
  readonly #least: number;
  readonly #most: number;
  #pause: number;
  #next: number;

  /** @param least milliseconds between two looks while things change @param most milliseconds while they do not */
  constructor(clock: Clock, least: number, most: number) {
    this.#clock = clock;
    this.#least = least;
    this.#most = Math.max(least, most);
    this.#pause = least;
    this.#next = clock.now();
  }

  get next(): number {
    return this.#next;
  }

  get isDue(): boolean {
    return this.#clock.now() >= this.#next;
  }

  /** A look was taken. */
  looked(changed: boolean): void {
    this.#pause = changed ? this.#least : Math.min(this.#most, this.#pause * 1.3);
    this.#next = this.#clock.now() + this.#pause;
  }

  /** Looks at once: something is about to change. */
  hurry(): void {
    this.#pause = this.#least;
    this.#next = this.#clock.now();
  }
}
