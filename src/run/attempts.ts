import { setTimeout as wait } from "node:timers/promises";
import type { JobSpec, RetrySpec } from "../spec/jobspec.ts";
import { exitCodes, type Reason } from "../text/errors.ts";
import { duration } from "./duration.ts";
import { execute } from "./execute.ts";
import type { RunHost } from "./host.ts";
import type { Journal } from "./journal.ts";
import type { StopCause, WorkOutcome } from "./outcome.ts";
import type { Publisher } from "./publish.ts";
import type { RunMask } from "./secrets.ts";
import type { Staged } from "./stage.ts";
import { exitCodeOfSignal, type Supervision } from "./supervise.ts";

interface Parts {
  readonly host: RunHost;
  readonly supervision: Supervision;
  readonly mask: RunMask;
  readonly publisher: Publisher;
  readonly journal: Journal;
}

const longestPause = 3_600_000;

/**
 * Runs the staged work to its end, again where `retries` has it; the last attempt's outcome counts. All attempts share one
 * deadline and one working directory; an earlier attempt's executed notebook is kept under a name of its own.
 */
export async function executeWithRetries(spec: JobSpec, staged: Staged, parts: Parts): Promise<WorkOutcome> {
  const { host, supervision, mask, publisher, journal } = parts;
  const { attempts, backoff } = spec.retries;
  supervision.startDeadline(spec.timeout);
  for (let number = 1; ; number += 1) {
    const outcome = await execute(spec, fresh(staged, number), host, supervision, (text) => mask.text(text));
    if (number > attempts || supervision.cause !== undefined || !isRetried(outcome, spec.retries)) return outcome;
    const pause = Math.min(longestPause, backoff * 2 ** (number - 1));
    const why = outcome.failure?.message.split("\n")[0] ?? "";
    const then = pause === 0 ? "trying again" : `trying again in ${duration(pause / 1000)}`;
    host.log.warn(
      `Attempt ${number} of ${attempts + 1} ended with exit code ${outcome.exitCode} (${why.replace(/\.$/, "")}); ${then}`,
    );
    await wait(pause, undefined, { signal: supervision.stop }).catch(() => undefined);
    const { cause } = supervision;
    if (cause !== undefined) return stoppedBetween(outcome, cause);
    await publisher.keepAttempt(number);
    journal.update({ attempts: number + 1 });
  }
}

/** Running a notebook changes it: every attempt but the first gets one of its own. */
function fresh(staged: Staged, number: number): Staged {
  const { work } = staged;
  return number === 1 || work.kind !== "notebook" ? staged : { ...staged, work: { ...work, notebook: work.fresh() } };
}

/** Failures of the work itself that may go otherwise the next time. */
const ofTheWork: ReadonlySet<Reason | undefined> = new Set<Reason>([
  "cell-failed",
  "work-failed",
  "work-signaled",
  "kernel-died",
]);

function isRetried({ status, exitCode, reason }: WorkOutcome, { exitCodes: listed }: RetrySpec): boolean {
  if (status !== "failed") return false;
  return listed === undefined ? ofTheWork.has(reason) : listed.includes(exitCode);
}

function stoppedBetween(outcome: WorkOutcome, cause: StopCause): WorkOutcome {
  const canceled = cause.kind === "canceled";
  const message = canceled
    ? `The run was cancelled by ${cause.signal} while it waited to try again`
    : "The run's timeout ended it while it waited to try again";
  return {
    ...outcome,
    status: canceled ? "canceled" : "failed",
    reason: cause.kind,
    exitCode: canceled ? exitCodeOfSignal(cause.signal) : exitCodes.timeout,
    failure: outcome.failure === undefined ? undefined : { ...outcome.failure, message },
  };
}
