import { scheduledPipeline } from "../schedule/pipeline/scheduled.ts";
import type { Scheduled } from "../schedule/scheduled.ts";
import { asFolder, displayLocation, parentOf, parseLocation } from "../storage/location.ts";
import { readWhole } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { isAction, perform } from "./schedule-actions.ts";
import { type LoadHost, placeOptions } from "./schedule-load.ts";
import { planAndApply } from "./schedule-plan.ts";
import { refuseSecond, withServices } from "./schedule.ts";

/** The largest pipeline file. */
const maxBytes = 1024 * 1024;

/** `nbjob pipeline FILE` and its actions, which are those of `nbjob schedule`. */
export async function pipelineCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const [first = "", second] = invocation.operands;
  return withServices(context, async (host) => {
    if (!isAction(first)) {
      refuseSecond(first, second);
      return planAndApply(await loadPipeline(first, invocation, context, host), invocation, context);
    }
    if (second === undefined) {
      const remedy = `For example: nbjob pipeline ${first} report.yaml`;
      throw new NbjobError("usage", `${first} takes a pipeline file`, { remedy });
    }
    return perform(first, await loadPipeline(second, invocation, context, host), invocation, context);
  });
}

async function loadPipeline(
  named: string,
  invocation: Invocation,
  context: CommandContext,
  { services, stores }: LoadHost,
): Promise<Scheduled> {
  const workingFolder = asFolder({ kind: "file", path: context.cwd });
  const location = parseLocation(named, { baseFolder: workingFolder, reason: "usage" });
  const { bytes } = await readWhole(stores, location, { maxBytes });
  const { pipelineFromBytes } = await import("../spec/pipeline.ts");
  const name = location.kind === "file" ? named : displayLocation(location);
  const env = plainEnvironment(context.env);
  const spec = pipelineFromBytes(bytes, { name, baseFolder: parentOf(location), env });
  const workspaceMayGo = invocation.values["deleteWorkspace"] === true;
  return scheduledPipeline(spec, location, await services(), { ...placeOptions(invocation), workspaceMayGo });
}
