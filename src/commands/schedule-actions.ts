import type { Resource } from "../schedule/plan/resource.ts";
import type { RunRow, Scheduler, ScheduleRow } from "../schedule/scheduler.ts";
import type { RunOverrides } from "../schedule/task/payload.ts";
import { columns } from "../text/columns.ts";
import { oneLine } from "../text/one-line.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { planAndRemove } from "./schedule-plan.ts";

/** The words that come before a job file. `list` may stand alone. */
const actions = ["list", "runs", "run-now", "pause", "resume", "delete"] as const;
export type Action = (typeof actions)[number];

export function isAction(word: string): word is Action {
  return actions.some((action) => action === word);
}

/** What is known of a schedule: its name, and where there is a file, all that it consists of. */
export interface About {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly resources?: readonly Resource[];
  readonly overrides?: RunOverrides | undefined;
}

export async function perform(
  action: Action,
  { name, scheduler, resources = [], overrides }: About,
  invocation: Invocation,
  context: CommandContext,
): Promise<number> {
  const { log } = context;
  const asJson = invocation.values["json"] === true;
  switch (action) {
    case "list": {
      const rows = await scheduler.list();
      const empty = `There are no schedules in ${scheduler.place}.`;
      print(asJson, rows, empty, [["NAME", "STATE", "RUNS", "TIMEZONE", "NEXT", "LAST"], scheduleCells], context);
      return 0;
    }
    case "runs": {
      const rows = await scheduler.runs(name);
      const empty = `${name} has not run yet.`;
      print(asJson, rows, empty, [["STATE", "STARTED", "ENDED", "RUN", "MESSAGE"], runCells], context);
      return 0;
    }
    case "run-now":
      log.print(await scheduler.runNow(name, overrides));
      log.info(`${name} was started: nbjob schedule runs shows its state`);
      return 0;
    case "pause":
    case "resume": {
      const enabled = action === "resume";
      const changed = await scheduler.enable(name, enabled);
      log.print(`${name} ${enabled ? "runs by its schedule" : "is paused"}${changed ? "" : " already"}.`);
      return 0;
    }
    case "delete":
      return planAndRemove({ name, resources }, invocation, context);
  }
}

function print<Row>(
  asJson: boolean,
  rows: readonly Row[],
  empty: string,
  [head, cells]: readonly [readonly string[], (row: Row) => readonly string[]],
  { log }: Pick<CommandContext, "log">,
): void {
  if (asJson) log.print(JSON.stringify(rows, undefined, 2));
  else if (rows.length === 0) log.print(empty);
  else for (const line of columns([head, ...rows.map((row) => cells(row).map(oneLine))])) log.print(line);
}

function scheduleCells({ name, enabled, when, timezone, next, last }: ScheduleRow): readonly string[] {
  return [name, enabled ? "enabled" : "paused", when, timezone, time(next), time(last)];
}

function runCells({ id, state, started, ended, message }: RunRow): readonly string[] {
  return [state, time(started), time(ended), id, message];
}

/** UTC, to the second. */
function time(date: Date | undefined): string {
  return date === undefined ? "-" : `${date.toISOString().slice(0, 19)}Z`;
}
