/** How much output may be kept, in bytes: of one cell, and of the notebook that it shares with the others. */
export class Budget {
  #used = 0;
  #reserved = 0;
  #limit: number;
  readonly #shared: Budget | undefined;

  constructor(limit: number, shared?: Budget) {
    this.#limit = limit;
    this.#shared = shared;
  }

  get left(): number {
    const own = Math.max(0, this.#limit - this.#used - this.#reserved);
    return this.#shared === undefined ? own : Math.min(own, this.#shared.left);
  }

  /** Nothing more may be kept. */
  exhaust(): void {
    this.#limit = 0;
  }

  /** A negative number gives back. */
  spend(bytes: number): void {
    this.#used += bytes;
    this.#shared?.spend(bytes);
  }

  /** Keeps what is left for something that is not spent here, `most` bytes of it; returns how many that are. */
  reserve(most: number): number {
    const bytes = Math.max(0, Math.min(most, this.#limit - this.#used - this.#reserved));
    this.#reserved += bytes;
    return bytes;
  }

  /** Gives back all that this one has used. */
  clear(): void {
    this.#reserved = 0;
    this.spend(-this.#used);
  }
}
