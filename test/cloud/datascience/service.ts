import { requiredQuery } from "../http/collection.ts";
import type { Exchange } from "../http/exchange.ts";
import { pageOf } from "../http/paging.ts";
import { notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Route, Service } from "../http/service.ts";
import type { WorkRequests } from "../http/work-requests.ts";
import { artifactRoutes } from "./artifacts.ts";
import { runRoutes } from "./job-runs.ts";
import { jobRoutes } from "./jobs.ts";
import { projectRoutes } from "./projects.ts";
import type { Runner } from "./runner.ts";
import { fastLaunchShapes, shapes } from "./shapes.ts";
import { base, type Wire } from "./wire.ts";

/** Data Science, API 20190101: projects, jobs with their artifacts, and job runs. */
export function dataScienceService(wire: Wire, runner: Runner, workRequests: WorkRequests): Service {
  return {
    name: "datascience",
    denied: notAuthorizedOrNotFound,
    routes: [
      ...projectRoutes(wire),
      ...jobRoutes(wire),
      ...artifactRoutes(wire),
      ...runRoutes(wire, runner),
      ...shapeRoutes(),
      ...workRequests.routes(base, ["DATA_SCIENCE_WORK_REQUEST_READ"]),
    ],
    close: () => runner.close(),
  };
}

function shapeRoutes(): readonly Route[] {
  const list = async (exchange: Exchange, all: readonly unknown[]): Promise<void> => {
    requiredQuery(exchange, "compartmentId");
    const { items, headers } = pageOf(all, exchange.query, 100);
    await exchange.reply(200, items, headers);
  };
  const fast = shapes
    .filter(({ name }) => fastLaunchShapes.includes(name))
    .map(({ name, ...shape }) => ({ name, shapeName: name, ...shape, managedEgressSupport: "SUPPORTED" }));
  return [
    {
      operation: "ListJobShapes",
      method: "GET",
      path: `${base}/jobShapes`,
      permissions: ["DATA_SCIENCE_JOB_INSPECT"],
      handle: (exchange) => list(exchange, shapes),
    },
    {
      operation: "ListFastLaunchJobConfigs",
      method: "GET",
      path: `${base}/fastLaunchJobConfigs`,
      permissions: ["DATA_SCIENCE_JOB_INSPECT"],
      handle: (exchange) => list(exchange, fast),
    },
  ];
}
