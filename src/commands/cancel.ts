import pMap from "p-map";
import { RunWatch } from "../launch/watch/watch-runs.ts";
import { describeError } from "../text/describe.ts";
import { withDataScience } from "./cloud.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { readRuns, requireRunOcids } from "./run-operands.ts";
import { stopOnSignal } from "./watch.ts";
import { detachedCode } from "./follow.ts";

/** `nbjob cancel RUN…`. One that has ended already is said to have, and is no failure. */
export async function cancelCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { log } = context;
  const ids = requireRunOcids(invocation.operands);
  using stop = stopOnSignal(context, "The cancel goes on");
  try {
    return await withDataScience(
      context,
      async (dataScience) => {
        await pMap(
          ids,
          async (id) => {
            const asked = await dataScience.cancelJobRun(id, { signal: stop.signal });
            log.info(asked ? `Cancelling ${id}` : `${id} has ended, or is being cancelled`);
          },
          { concurrency: 8, stopOnError: false },
        );
        if (invocation.values["wait"] !== true) return 0;
        const watch = new RunWatch({ dataScience, signal: stop.signal });
        for (const run of await readRuns(dataScience, ids)) watch.add(run);
        for await (const event of watch.events()) {
          if (event.kind === "ended") log.info(`${event.runId}: ${event.outcome.state}`);
        }
        return 0;
      },
      { quietly: true },
    );
  } catch (error) {
    if (!(error instanceof AggregateError)) return detachedCode(error, log);
    const [first, ...more]: readonly unknown[] = error.errors;
    for (const each of more) for (const line of describeError(each)) log.error(line);
    throw first;
  }
}
