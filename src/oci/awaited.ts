import type { OciConnection } from "./connection.ts";

/**
 * Asks until `done` makes something of the answer, at first soon and then every five seconds.
 * @param patienceMs after which it is given up: undefined is returned
 */
export async function awaited<Answer, Result>(
  { clock }: OciConnection,
  ask: () => Promise<Answer>,
  done: (answer: Answer) => Result | undefined,
  options: { readonly patienceMs: number },
): Promise<Result | undefined> {
  const deadline = clock.now() + options.patienceMs;
  for (let pauseMs = 250; ; pauseMs = Math.min(5000, pauseMs * 1.5)) {
    const result = done(await ask());
    if (result !== undefined || clock.now() >= deadline) return result;
    await clock.sleep(pauseMs);
  }
}
