import { stripAnsi } from "./ansi.ts";
import { NbjobError, type Problem } from "./errors.ts";
import { oneLine } from "./one-line.ts";
import { messageOf } from "./message-of.ts";

/**
 * A failure as lines for people: what is wrong, where, what to do. Each line stands alone, so that a log can hold it.
 *
 * ```
 * jobs/hello.yaml:3:1: noteBok is not a key of a job file. Did you mean "noteBook"?
 * ```
 *
 * No excerpt of the source: any line of a job file may hold a secret.
 */
export function describeError(error: unknown): readonly string[] {
  if (!(error instanceof NbjobError)) return [oneLine(messageOf(error))];
  const { location, problems } = error;
  if (problems.length === 0) {
    const named = location === undefined || error.message.includes(location);
    return [line(named ? undefined : location, error.message, error.remedy), ...quoted(error.said)];
  }
  const lines = problems.map((problem) => line(placeOf(problem, location), problem.message, problem.remedy));
  // One problem says it all; several need a line that counts them.
  return problems.length === 1 ? lines : [line(undefined, error.message, error.remedy), ...lines];
}

/** The lines of another program, set off from ours. */
function quoted(said: string | undefined): readonly string[] {
  if (said === undefined) return [];
  return stripAnsi(said)
    .split("\n")
    .map((each) => `  ${oneLine(each.trimEnd().replaceAll("\t", "    "))}`);
}

function placeOf(problem: Problem, location: string | undefined): string | undefined {
  if (problem.origin !== undefined) return problem.origin;
  if (problem.line === undefined) return location;
  const position = `${problem.line}:${problem.column ?? 1}`;
  return location === undefined ? `line ${position}` : `${location}:${position}`;
}

function line(place: string | undefined, message: string, remedy: string | undefined): string {
  const parts = [place === undefined ? message : `${place}: ${message}`, remedy ?? ""].filter((part) => part !== "");
  return oneLine(parts.map(sentence).join(" "));
}

function sentence(text: string): string {
  return /[.?!:…]["'`)\]}]?$/.test(text) ? text : `${text}.`;
}
