import { listed, requiredQuery } from "../http/collection.ts";
import { checkIfMatch } from "../http/etag.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Route } from "../http/service.ts";
import { incorrectState } from "./data-science.ts";
import { runJson, runSummary } from "./json.ts";
import { finishedStates, type RunDetails, type RunState, type StoredRun, type Tagged } from "./model.ts";
import type { Runner } from "./runner.ts";
import { base, bodyOf, create, isListed, renamed, type Wire } from "./wire.ts";

/** States in which name and tags of a run stay as they are. */
const unchangeable: readonly RunState[] = ["ACCEPTED", "CANCELING", "DELETED", "NEEDS_ATTENTION"];

export function runRoutes(wire: Wire, runner: Runner): readonly Route[] {
  const { dataScience } = wire;
  const path = `${base}/jobRuns`;
  const found = (exchange: Exchange): StoredRun => dataScience.run(exchange.parameter("jobRunId"));
  const answer = (exchange: Exchange, run: StoredRun): Promise<void> =>
    exchange.reply(200, runJson(run), { etag: run.etag });
  return [
    {
      operation: "CreateJobRun",
      method: "POST",
      path,
      permissions: ["DATA_SCIENCE_JOB_RUN_CREATE"],
      alsoNeeds: ["DATA_SCIENCE_PROJECT_READ", "DATA_SCIENCE_JOB_READ"],
      handle: async (exchange) => {
        const details = await bodyOf<RunDetails>(wire, exchange, "CreateJobRunDetails");
        await create(wire, exchange, () => {
          const run = dataScience.createRun(details, exchange.principal.id);
          return { status: 200, body: runJson(run), headers: { etag: run.etag } };
        });
      },
    },
    {
      operation: "ListJobRuns",
      method: "GET",
      path,
      permissions: ["DATA_SCIENCE_JOB_RUN_INSPECT"],
      handle: async (exchange) => {
        const compartment = requiredQuery(exchange, "compartmentId");
        const rows = dataScience.runs
          .values()
          .filter((row) => row.compartmentId === compartment && isListed(exchange, row.lifecycleState));
        const filters = {
          id: (row: StoredRun) => row.id,
          jobId: (row: StoredRun) => row.jobId,
          displayName: (row: StoredRun) => row.displayName,
          createdBy: (row: StoredRun) => row.createdBy,
          lifecycleState: (row: StoredRun) => row.lifecycleState,
        };
        const { items, headers } = listed(rows, exchange, filters, 100);
        await exchange.reply(200, items.map(runSummary), headers);
      },
    },
    {
      operation: "GetJobRun",
      method: "GET",
      path: `${path}/{jobRunId}`,
      permissions: ["DATA_SCIENCE_JOB_RUN_READ"],
      handle: (exchange) => answer(exchange, found(exchange)),
    },
    {
      operation: "UpdateJobRun",
      method: "PUT",
      path: `${path}/{jobRunId}`,
      permissions: ["DATA_SCIENCE_JOB_RUN_UPDATE"],
      handle: async (exchange) => {
        const details = await bodyOf<Tagged>(wire, exchange, "UpdateJobRunDetails");
        const run = found(exchange);
        if (unchangeable.includes(run.lifecycleState)) {
          throw incorrectState(`A job run that is ${run.lifecycleState} cannot be updated.`);
        }
        await answer(exchange, dataScience.putRun(renamed(exchange, run, details)));
      },
    },
    {
      operation: "CancelJobRun",
      method: "POST",
      path: `${path}/{jobRunId}/actions/cancelJobRun`,
      permissions: ["DATA_SCIENCE_JOB_RUN_UPDATE"],
      handle: async (exchange) => {
        const run = found(exchange);
        checkIfMatch(exchange, run.etag);
        if (run.lifecycleState === "CANCELING" || finishedStates.includes(run.lifecycleState)) {
          throw incorrectState(`A job run that is ${run.lifecycleState} cannot be cancelled.`);
        }
        runner.cancel(run.id);
        await exchange.reply(204);
      },
    },
    {
      operation: "DeleteJobRun",
      method: "DELETE",
      path: `${path}/{jobRunId}`,
      permissions: ["DATA_SCIENCE_JOB_RUN_DELETE"],
      handle: async (exchange) => {
        const run = found(exchange);
        checkIfMatch(exchange, run.etag);
        if (!finishedStates.includes(run.lifecycleState) || run.lifecycleState === "DELETED") {
          throw incorrectState(`A job run that is ${run.lifecycleState} cannot be deleted.`);
        }
        dataScience.putRun({ ...run, lifecycleState: "DELETED" });
        await exchange.reply(204);
      },
    },
  ];
}
