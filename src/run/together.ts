import { NbjobError, type Problem } from "../text/errors.ts";

/** Several failures as one error that tells them all: the first decides the exit code. A bug among them comes first. */
export function together(errors: readonly unknown[]): unknown {
  const flat = errors.filter((error, position) => errors.indexOf(error) === position);
  const bug = flat.find((error) => !(error instanceof NbjobError));
  if (bug !== undefined || flat.length === 1) return bug ?? flat[0];
  const known = flat.filter((error) => error instanceof NbjobError);
  const [first] = known;
  if (first === undefined) return new Error("no failure to tell");
  const problems = known.flatMap((error): readonly Problem[] =>
    error.problems.length > 0
      ? error.problems
      : [{ message: error.message, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) }],
  );
  return new NbjobError(first.reason, `The run cannot start: ${problems.length} things are wrong`, {
    problems,
    exitCode: first.exitCode,
  });
}

/**
 * Waits for all of them, whatever becomes of each.
 * @throws NbjobError one error for all that failed
 */
export async function allOrNone(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (failures.length > 0) throw together(failures);
}
