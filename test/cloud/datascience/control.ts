/**
 * What tests in another process do to job runs.
 *
 * - `POST /_jobruns/{id}` with `{"needsAttention": "…"}` or `{"fail": "…"}`, the words being the run's lifecycle details.
 * - `POST /_datascience` with some of the settings of Data Science changes them, `POST /_machines` those of
 *   the machines, `POST /_logging` those of the logs.
 */
import { backDoor, controlRoute } from "../faults/control.ts";
import type { Exchange } from "../http/exchange.ts";
import { invalidParameter } from "../http/refusal.ts";
import type { Service } from "../http/service.ts";
import type { DataScienceParts } from "./make.ts";

export function runControlService({
  dataScience,
  runs,
  logs,
  machines,
}: Pick<DataScienceParts, "dataScience" | "runs" | "logs" | "machines">): Service {
  return backDoor([
    controlRoute("POST", "/_jobruns/{id}", async (exchange) => {
      const { id } = dataScience.run(exchange.parameter("id"));
      const { needsAttention, fail } = await exchange.json();
      if (typeof needsAttention === "string") runs.needAttention(id, needsAttention);
      if (typeof fail === "string") runs.fail(id, fail);
      await exchange.reply(204);
    }),
    controlRoute("POST", "/_datascience", (exchange) => change(exchange, dataScience.settings)),
    controlRoute("POST", "/_machines", (exchange) => change(exchange, machines)),
    controlRoute("POST", "/_logging", (exchange) => change(exchange, logs.settings)),
  ]);
}

/** Changes the settings that the body names, each to a value of its own kind. */
async function change(exchange: Exchange, settings: object): Promise<void> {
  const current: Readonly<Record<string, unknown>> = { ...settings };
  for (const [name, value] of Object.entries(await exchange.json())) {
    if (typeof current[name] !== typeof value) throw invalidParameter(`There is no setting ${name} of that kind.`);
    Object.assign(settings, { [name]: value });
  }
  await exchange.reply(200, settings);
}
