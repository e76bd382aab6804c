import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compartmentIn } from "../launch/placement.ts";
import { OciConnection } from "../oci/connection.ts";
import { DataIntegration } from "../oci/dataintegration/client.ts";
import { DataScience } from "../oci/datascience/client.ts";
import { Schedules } from "../oci/datascience/schedules.ts";
import { ScienceScheduler } from "../schedule/datascience/scheduler.ts";
import { IntegrationScheduler } from "../schedule/integration/scheduler.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import type { Services } from "../schedule/services.ts";
import { placeOf, type PlaceOptions } from "../schedule/target.ts";
import { openStores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { type Action, isAction, perform } from "./schedule-actions.ts";
import { type LoadHost, loadSchedule, placeOptions } from "./schedule-load.ts";
import { planAndApply } from "./schedule-plan.ts";

/** `nbjob schedule JOBFILE` and its actions. */
export async function scheduleCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const [first = "", second] = invocation.operands;
  return withServices(context, async (host) => {
    if (isAction(first)) return act(first, second, invocation, context, host);
    refuseSecond(first, second);
    return planAndApply(await loadSchedule(first, invocation, context, host), invocation, context);
  });
}

/** Opens what the commands of schedules and pipelines use, and closes it behind them. */
export async function withServices(
  { env, log, now }: CommandContext,
  use: (host: LoadHost) => Promise<number>,
): Promise<number> {
  const options = { env: plainEnvironment(env), log };
  const connection = new OciConnection(options);
  const stores = openStores(options);
  const tempFolder = await mkdtemp(join(tmpdir(), "nbjob-schedule-"));
  try {
    const services = async (): Promise<Services> => ({
      integration: new DataIntegration(connection),
      schedules: new Schedules(connection),
      science: new DataScience(connection),
      scienceEndpoint: await connection.endpoint("datascience"),
      now,
    });
    return await use({ services, stores, tempFolder });
  } finally {
    await rm(tempFolder, { recursive: true, force: true });
    await stores.close();
    await connection.close();
  }
}

/** One word is a file; two are an action and what it is about. */
export function refuseSecond(first: string, second: string | undefined): void {
  if (second === undefined) return;
  throw new NbjobError("usage", `${first} is no action, and only an action is followed by another word`, {
    remedy: "The actions are list, runs, run-now, pause, resume and delete.",
  });
}

async function act(
  action: Action,
  named: string | undefined,
  invocation: Invocation,
  context: CommandContext,
  host: LoadHost,
): Promise<number> {
  if (named !== undefined && looksLikeFile(named)) {
    return perform(action, await loadSchedule(named, invocation, context, host), invocation, context);
  }
  if (action === "delete" || (named === undefined && action !== "list")) {
    const what = action === "delete" ? "the job file" : "a job file, or the name of a schedule";
    throw new NbjobError("usage", `${action} takes ${what}`, {
      remedy: `For example: nbjob schedule ${action} nightly.yaml`,
    });
  }
  const scheduler = await schedulerIn(host, placeOptions(invocation), context.env);
  return perform(action, { name: named ?? "", scheduler }, invocation, context);
}

async function schedulerIn(host: LoadHost, options: PlaceOptions, env: CommandContext["env"]): Promise<Scheduler> {
  const compartmentId = options.compartmentId ?? compartmentIn(plainEnvironment(env));
  if (compartmentId === undefined) {
    throw new NbjobError("usage", "In which compartment?", {
      remedy: "Say --compartment-id ocid1.compartment.oc1..aaaa, set NBJOB_OCI_COMPARTMENT, or name the job file.",
    });
  }
  const services = await host.services();
  if (options.with === "data-science") {
    return new ScienceScheduler(services.schedules, services.science, compartmentId);
  }
  return new IntegrationScheduler(services, { compartmentId, ...placeOf({}, options) });
}

/** A schedule's name has no ending of a file, and no folder before it. */
function looksLikeFile(named: string): boolean {
  return /[/\\]|\.(?:ya?ml|json)$/i.test(named);
}
