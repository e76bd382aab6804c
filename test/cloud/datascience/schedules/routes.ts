import { listed, requiredQuery } from "../../http/collection.ts";
import { checkIfMatch } from "../../http/etag.ts";
import type { Exchange } from "../../http/exchange.ts";
import { notAuthorizedOrNotFound } from "../../http/refusal.ts";
import type { Route, Service } from "../../http/service.ts";
import { newOcid } from "../../state/ocid.ts";
import { incorrectState } from "../data-science.ts";
import { base, bodyOf, create, type Wire } from "../wire.ts";
import type { ScheduleDetails, Schedules, ScheduleState, StoredSchedule } from "./schedules.ts";

/** `/20190101/schedules`. */
export function scheduleService(schedules: Schedules, wire: Wire): Service {
  const path = `${base}/schedules`;
  const one = `${path}/{scheduleId}`;
  const found = (exchange: Exchange): StoredSchedule => {
    const schedule = schedules.get(exchange.parameter("scheduleId"));
    checkIfMatch(exchange, schedule.etag);
    return schedule;
  };
  const workRequest = (): Readonly<Record<string, string>> => ({
    "opc-work-request-id": newOcid("datascienceworkrequest", schedules.options.regionKey),
  });
  /** Answers a change that comes a little later. */
  const accept = async (
    exchange: Exchange,
    from: readonly ScheduleState[],
    change: (schedule: StoredSchedule) => void,
  ) => {
    const schedule = found(exchange);
    const { lifecycleState } = schedule;
    if (!from.includes(lifecycleState))
      throw incorrectState(`The schedule is ${lifecycleState}, not ${from.join(" or ")}.`);
    change(schedule);
    await exchange.reply(202, undefined, workRequest());
  };
  const route = (
    operation: string,
    method: string,
    at: string,
    permission: string,
    handle: Route["handle"],
  ): Route => ({
    operation,
    method,
    path: at,
    permissions: [`DATA_SCIENCE_SCHEDULE_${permission}`],
    handle,
  });
  return {
    name: "datascience",
    denied: notAuthorizedOrNotFound,
    routes: [
      route("CreateSchedule", "POST", path, "CREATE", async (exchange) => {
        const details = await bodyOf<ScheduleDetails>(wire, exchange, "CreateScheduleDetails");
        wire.dataScience.projectById(details.projectId);
        await create(wire, exchange, () => {
          const schedule = schedules.create(details, exchange.principal.id);
          const headers = { etag: schedule.etag, location: `${path}/${schedule.id}`, ...workRequest() };
          return { status: 201, body: scheduleJson(schedules, schedule), headers };
        });
      }),
      route("ListSchedules", "GET", path, "INSPECT", async (exchange) => {
        const compartment = requiredQuery(exchange, "compartmentId");
        const rows = schedules
          .list()
          .filter(({ details }) => details.compartmentId === compartment)
          .map((schedule) => ({ ...schedule, displayName: schedule.details.displayName }));
        const filters = {
          id: (row: StoredSchedule) => row.id,
          displayName: (row: StoredSchedule) => row.details.displayName,
          projectId: (row: StoredSchedule) => row.details.projectId,
          lifecycleState: (row: StoredSchedule) => row.lifecycleState,
        };
        const { items, headers } = listed(rows, exchange, filters, 100);
        await exchange.reply(200, items.map(summaryJson), headers);
      }),
      route("GetSchedule", "GET", one, "READ", async (exchange) => {
        const schedule = schedules.get(exchange.parameter("scheduleId"));
        await exchange.reply(200, scheduleJson(schedules, schedule), { etag: schedule.etag });
      }),
      route("UpdateSchedule", "PUT", one, "UPDATE", async (exchange) => {
        const details = await bodyOf<Partial<ScheduleDetails>>(wire, exchange, "UpdateScheduleDetails");
        await accept(exchange, ["ACTIVE", "INACTIVE"], (schedule) => schedules.update(schedule, details));
      }),
      route("DeleteSchedule", "DELETE", one, "DELETE", (exchange) =>
        accept(exchange, ["ACTIVE", "INACTIVE", "FAILED"], (schedule) => schedules.delete(schedule)),
      ),
      route("ActivateSchedule", "POST", `${one}/actions/activate`, "UPDATE", (exchange) =>
        accept(exchange, ["INACTIVE"], (schedule) => schedules.activate(schedule)),
      ),
      route("DeactivateSchedule", "POST", `${one}/actions/deactivate`, "UPDATE", (exchange) =>
        accept(exchange, ["ACTIVE"], (schedule) => schedules.deactivate(schedule)),
      ),
    ],
  };
}

function summaryJson({ id, details, lifecycleState, createdBy, timeCreated, timeUpdated }: StoredSchedule): object {
  const { displayName, compartmentId, projectId, trigger, freeformTags, definedTags } = details;
  return {
    id,
    displayName,
    compartmentId,
    projectId,
    trigger,
    lifecycleState,
    createdBy,
    timeCreated: iso(timeCreated),
    timeUpdated: iso(timeUpdated),
    freeformTags: freeformTags ?? {},
    definedTags: definedTags ?? {},
    systemTags: {},
  };
}

function scheduleJson(schedules: Schedules, schedule: StoredSchedule): object {
  const { details, lastRun } = schedule;
  const next = schedules.nextOf(schedule);
  return {
    ...summaryJson(schedule),
    description: details.description ?? null,
    action: details.action,
    logDetails: details.logDetails ?? null,
    lifecycleDetails: null,
    timeLastScheduleRun: lastRun === undefined ? null : iso(lastRun.time),
    lastScheduleRunDetails: lastRun?.details ?? null,
    timeNextScheduledRun: next === undefined ? null : iso(next),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
