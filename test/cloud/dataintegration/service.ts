import { notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Route, Service } from "../http/service.ts";
import { applicationOperations, publishedOperations } from "./applications.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { objectOperations } from "./object-routes.ts";
import { patchOperations } from "./patches.ts";
import { rules, type Operation } from "./rules.ts";
import { runOperations } from "./run-routes.ts";
import { validationOperations } from "./validation-routes.ts";
import { workspaceOperations } from "./workspace-routes.ts";

/** Data Integration, API 20200430. */
export function dataIntegrationService(cloud: DataIntegration): Service {
  const operations = [
    ...workspaceOperations(cloud),
    ...rules.flatMap((kind) => objectOperations(cloud, kind)),
    ...applicationOperations(cloud),
    ...publishedOperations(cloud),
    ...patchOperations(cloud),
    ...runOperations(cloud),
    ...validationOperations(cloud),
  ];
  const routes = operations.map((operation) => routeOf(cloud, operation));
  return { name: "dataintegration", denied: notAuthorizedOrNotFound, routes };
}

function routeOf({ retryTokens }: DataIntegration, { operation, method, path, answer }: Operation): Route {
  return {
    operation,
    method,
    path: `/20200430${path}`,
    permissions: [permissionOf(operation, method)],
    handle: async (exchange) => {
      const { status, body, headers } = await retryTokens.answer(exchange, () => answer(exchange));
      await exchange.reply(status, body, headers);
    },
  };
}

/** Everything in a workspace is read and written with the permissions of the workspace. */
function permissionOf(operation: string, method: string): string {
  const own: Readonly<Record<string, string>> = {
    CreateWorkspace: "DIS_WORKSPACE_CREATE",
    DeleteWorkspace: "DIS_WORKSPACE_DELETE",
    ListWorkspaces: "DIS_WORKSPACE_INSPECT",
    ChangeCompartment: "DIS_WORKSPACE_MOVE",
  };
  if (operation.includes("WorkRequest")) return "DIS_WORK_REQUEST_READ";
  return own[operation] ?? (method === "GET" ? "DIS_WORKSPACE_READ" : "DIS_WORKSPACE_UPDATE");
}
