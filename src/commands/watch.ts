import { exitCodeOfSignal, stopSignals } from "../run/supervise.ts";
import { openStores } from "../storage/stores.ts";
import { withDataScience } from "./cloud.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { detachedCode, exitCodeOf, follow, followedJson, watchTimes } from "./follow.ts";
import { Detached } from "./interrupt.ts";
import { readRuns } from "./run-operands.ts";

/** `nbjob watch RUN…`: states and logs until the runs have ended. A signal ends the watch, never the runs. */
export async function watchCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { log } = context;
  const json = invocation.values["output"] === "json";
  const times = watchTimes(invocation, context);
  const stores = openStores({ env: plainEnvironment(context.env), log });
  using stop = stopOnSignal(context, "The runs go on");
  try {
    return await withDataScience(context, async (dataScience) => {
      const runs = await readRuns(dataScience, invocation.operands);
      const followed = await follow(runs, context, {
        dataScience,
        stores,
        json,
        logs: invocation.values["logs"] !== false,
        ...times,
        signal: stop.signal,
      });
      const answers = followed.map(followedJson);
      if (json) log.print(JSON.stringify(answers.length === 1 ? answers[0] : answers, undefined, 2));
      return exitCodeOf(followed);
    });
  } catch (error) {
    return detachedCode(error, log);
  } finally {
    await stores.close();
  }
}

/** A signal that ends the command at its next call. */
export function stopOnSignal(
  { signals }: Pick<CommandContext, "signals">,
  message: string,
): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const listener = (signal: NodeJS.Signals): void => stop.abort(new Detached(message, exitCodeOfSignal(signal)));
  for (const signal of stopSignals) signals.on(signal, listener);
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      for (const signal of stopSignals) signals.off(signal, listener);
    },
  };
}
