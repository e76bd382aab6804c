import type { JobRun } from "../oci/datascience/models.ts";
import { Logging } from "../oci/logging/client.ts";
import { readLogs, remedyStatement } from "../oci/grants.ts";
import { serviceError } from "../oci/service-error.ts";
import type { DataScience } from "../oci/datascience/client.ts";
import type { LogLine } from "../launch/watch/log-line.ts";
import { RunLog } from "../launch/watch/run-log.ts";
import { RunWatch } from "../launch/watch/watch-runs.ts";
import { NbjobError } from "../text/errors.ts";
import { withDataScience } from "./cloud.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { optionalDuration } from "./durations.ts";
import { detachedCode, watchRetry, watchTimes } from "./follow.ts";
import { text } from "./options.ts";
import { readRuns } from "./run-operands.ts";
import { stopOnSignal } from "./watch.ts";

/** `nbjob logs RUN`: what a run has logged so far, or with `-f` until it has ended. The exit code is the command's own. */
export async function logsCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { log, now } = context;
  const since = optionalDuration(invocation, "since");
  const tail = tailOf(invocation);
  const times = watchTimes(invocation, context);
  const earliest = since === undefined ? 0n : BigInt(now().getTime() - since) * 1_000_000n;
  const stamped = invocation.values["timestamps"] === true;
  const print = async (lines: readonly LogLine[]): Promise<void> => {
    for (const { time, text: line } of lines) {
      await log.work("stdout", Buffer.from(`${stamped ? `${time} ` : ""}${line}\n`));
    }
  };
  const wanted = (lines: readonly LogLine[]): readonly LogLine[] => lines.filter(({ at }) => at >= earliest);
  using stop = stopOnSignal(context, "The run goes on");
  try {
    return await withDataScience(
      context,
      async (dataScience) => {
        const [run] = await readRuns(dataScience, invocation.operands);
        if (run === undefined) return 0;
        const past = await pastLines(run, dataScience, stop.signal);
        const shown = wanted(past ?? []);
        await print(tail === undefined ? shown : tail === 0 ? [] : shown.slice(-tail));
        if (invocation.values["follow"] !== true) {
          if (past === undefined) throw noLog(run);
          return 0;
        }
        const known = new Set((past ?? []).map(({ id }) => id));
        await followLog(run, { dataScience, signal: stop.signal, ...times }, async (line) => {
          if (!known.has(line.id)) await print([line]);
        });
        return 0;
      },
      { quietly: true },
    );
  } catch (error) {
    return detachedCode(error, log);
  }
}

/** Undefined where there is no log yet. */
async function pastLines(
  run: JobRun,
  dataScience: DataScience,
  signal: AbortSignal,
): Promise<readonly LogLine[] | undefined> {
  const { logDetails } = run;
  if (logDetails === undefined) return undefined;
  const { connection } = dataScience;
  const from = Date.parse(run.timeAccepted);
  try {
    const reader = new RunLog({ logging: new Logging(connection), runId: run.id, ...logDetails, from, signal });
    return await reader.readToEnd();
  } catch (error) {
    signal.throwIfAborted();
    throw await serviceError(error, {
      connection,
      service: "loggingsearch",
      what: "reading the log",
      policy: (principal) => remedyStatement(readLogs, { principal }),
    });
  }
}

interface LogFollowing {
  readonly dataScience: DataScience;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  readonly drainMs?: number;
}

async function followLog(run: JobRun, options: LogFollowing, show: (line: LogLine) => Promise<void>): Promise<void> {
  const logging = new Logging(options.dataScience.connection, watchRetry);
  const watch = new RunWatch({ ...options, logging });
  watch.add(run);
  for await (const event of watch.events()) {
    if (event.kind === "line") await show(event.line);
    else if (event.kind === "no-log") throw noLog(run, event.why);
  }
}

function noLog({ id }: JobRun, why = "Data Science has made none for it, or not yet"): NbjobError {
  return new NbjobError("not-found", `The job run ${id} has no log to show: ${why}`);
}

function tailOf(invocation: Invocation): number | undefined {
  const written = text(invocation, "tail");
  if (written === undefined) return undefined;
  if (/^\d+$/.test(written)) return Number(written);
  throw new NbjobError("usage", "--tail takes a number of lines");
}
