/** Lets so many have a machine at once; the others wait in line. */
export class Slots {
  readonly #most: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: () => number) {
    this.#most = most;
  }

  /** @returns what gives the machine back @throws the signal's reason where it aborts first */
  async take(signal: AbortSignal): Promise<() => void> {
    while (this.#taken >= this.#most()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    this.#taken++;
    return () => {
      this.#taken--;
      // All of them look again: whoever was stopped meanwhile must not keep the place.
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }
}
