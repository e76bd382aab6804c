import { apply, applyRemoval, isEmpty, plan, planRemoval } from "../schedule/plan/plan.ts";
import { planBodies, planLines, planSummary, stepLine } from "../schedule/plan/tell.ts";
import { nextRuns, timezoneOf, wallText } from "../schedule/cron/index.ts";
import type { Scheduled } from "../schedule/scheduled.ts";
import { confirm } from "./confirm.ts";
import type { CommandContext, Invocation } from "./command.ts";

/** How many of the next runs are told. */
const told = 5;

/** Prints the plan; asks, unless `--yes`; does it. With `--dry-run` the exact bodies follow, and nothing is done. */
export async function planAndApply(
  scheduled: Scheduled,
  invocation: Invocation,
  context: CommandContext,
): Promise<number> {
  const { log } = context;
  const planned = await plan(scheduled.resources);
  if (invocation.values["dryRun"] === true && invocation.values["json"] === true) {
    log.print(JSON.stringify(planBodies(planned), undefined, 2));
    return 0;
  }
  for (const line of planLines(planned.steps)) log.print(line);
  log.print(`Plan: ${planSummary(planned.steps)}`);
  for (const line of runLines(scheduled, context.now())) log.print(line);
  if (invocation.values["dryRun"] === true) {
    log.print(JSON.stringify(planBodies(planned), undefined, 2));
    return 0;
  }
  if (isEmpty(planned)) {
    log.print("Nothing to do.");
    return 0;
  }
  if (invocation.values["yes"] !== true && !(await confirm("Do this?", context))) {
    log.print("Nothing was changed.");
    return 0;
  }
  await apply(planned, (step) => log.info(stepLine(step)));
  log.print(`${scheduled.name} is ${scheduled.document === undefined ? "published" : "scheduled"}.`);
  return 0;
}

/** What would be removed; then, once that is agreed to, its removal. */
export async function planAndRemove(
  scheduled: Pick<Scheduled, "name" | "resources">,
  invocation: Invocation,
  context: CommandContext,
): Promise<number> {
  const { log } = context;
  const planned = await planRemoval(scheduled.resources);
  const { steps } = planned;
  if (steps.length === 0) {
    log.print(`There is nothing of ${scheduled.name} that nbjob made.`);
    return 0;
  }
  for (const line of planLines(steps)) log.print(line);
  log.print(`Plan: ${planSummary(steps)}`);
  if (invocation.values["dryRun"] === true) return 0;
  if (invocation.values["yes"] !== true && !(await confirm("Remove this?", context))) {
    log.print("Nothing was removed.");
    return 0;
  }
  await applyRemoval(planned, (step) => log.info(stepLine(step)));
  log.print(`${scheduled.name} is removed.`);
  return 0;
}

function runLines({ document }: Scheduled, now: Date): readonly string[] {
  if (document === undefined) return [];
  if (document.enabled === false) return ["It is not enabled: it does not run by itself."];
  const zone = timezoneOf(document);
  const runs = nextRuns(document, now, told);
  if (runs.length === 0) return ["It never runs: its end is past, or no day fits."];
  return [`Next runs (${zone}):`, ...runs.map((run) => `  ${wallText(zone, run.getTime())}`)];
}
