/**
 * The first thing that went wrong among several that run side by side; it ends what the others wait for.
 * Unlike Promise.race with one long-lived promise it keeps nothing of what is over.
 */
export class Failure {
  #failed: { readonly error: unknown } | undefined;
  readonly #waiting = new Set<(error: unknown) => void>();

  /** Only the first counts. */
  fail(error: unknown): void {
    if (this.#failed !== undefined) return;
    this.#failed = { error };
    for (const reject of this.#waiting) reject(error);
  }

  /** @throws the failure, if there is one. */
  check(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  /** The promise's own result, or the failure, whichever is first. */
  async orFail<T>(promise: Promise<T>): Promise<T> {
    this.check();
    const { promise: failed, reject } = Promise.withResolvers<never>();
    this.#waiting.add(reject);
    try {
      return await Promise.race([promise, failed]);
    } finally {
      this.#waiting.delete(reject);
    }
  }
}
