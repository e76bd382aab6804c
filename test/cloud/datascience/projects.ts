import { randomUUID } from "node:crypto";
import { listed, requiredQuery } from "../http/collection.ts";
import { checkIfMatch } from "../http/etag.ts";
import type { Route } from "../http/service.ts";
import { incorrectState } from "./data-science.ts";
import { projectJson } from "./json.ts";
import type { StoredProject, Tagged } from "./model.ts";
import { base, bodyOf, create, isListed, renamed, type Wire } from "./wire.ts";

type ProjectDetails = Tagged & { readonly compartmentId: string; readonly description?: string | null };

export function projectRoutes(wire: Wire): readonly Route[] {
  const { dataScience } = wire;
  const path = `${base}/projects`;
  return [
    {
      operation: "CreateProject",
      method: "POST",
      path,
      permissions: ["DATA_SCIENCE_PROJECT_CREATE"],
      handle: async (exchange) => {
        const details = await bodyOf<ProjectDetails>(wire, exchange, "CreateProjectDetails");
        await create(wire, exchange, () => {
          const project = dataScience.createProject(details, exchange.principal.id);
          return { status: 200, body: projectJson(dataScience, project), headers: { etag: project.etag } };
        });
      },
    },
    {
      operation: "ListProjects",
      method: "GET",
      path,
      permissions: ["DATA_SCIENCE_PROJECT_INSPECT"],
      handle: async (exchange) => {
        const compartment = requiredQuery(exchange, "compartmentId");
        const state = (row: StoredProject): string => String(projectJson(dataScience, row)["lifecycleState"]);
        const rows = dataScience.projects
          .values()
          .filter((row) => row.compartmentId === compartment && isListed(exchange, state(row)));
        const filters = {
          id: (row: StoredProject) => row.id,
          displayName: (row: StoredProject) => row.displayName,
          createdBy: (row: StoredProject) => row.createdBy,
          lifecycleState: state,
        };
        const { items, headers } = listed(rows, exchange, filters, 100);
        await exchange.reply(
          200,
          items.map((row) => projectJson(dataScience, row)),
          headers,
        );
      },
    },
    {
      operation: "GetProject",
      method: "GET",
      path: `${path}/{projectId}`,
      permissions: ["DATA_SCIENCE_PROJECT_READ"],
      handle: async (exchange) => {
        const project = dataScience.projectById(exchange.parameter("projectId"));
        await exchange.reply(200, projectJson(dataScience, project), { etag: project.etag });
      },
    },
    {
      operation: "UpdateProject",
      method: "PUT",
      path: `${path}/{projectId}`,
      permissions: ["DATA_SCIENCE_PROJECT_UPDATE"],
      handle: async (exchange) => {
        const details = await bodyOf<Partial<ProjectDetails>>(wire, exchange, "UpdateProjectDetails");
        const project = dataScience.projectById(exchange.parameter("projectId"));
        const description = details.description ?? project.description;
        const changed = { ...renamed(exchange, project, details), description, etag: randomUUID() };
        dataScience.projects.put(changed.id, changed);
        await exchange.reply(200, projectJson(dataScience, changed), { etag: changed.etag });
      },
    },
    {
      operation: "DeleteProject",
      method: "DELETE",
      path: `${path}/{projectId}`,
      permissions: ["DATA_SCIENCE_PROJECT_DELETE"],
      handle: async (exchange) => {
        const project = dataScience.projectById(exchange.parameter("projectId"));
        checkIfMatch(exchange, project.etag);
        const used = dataScience.jobs.values().some(({ details, deletedAt }) => {
          return details.projectId === project.id && deletedAt === undefined;
        });
        if (used) throw incorrectState("The project has jobs: delete them first.");
        const deletedAt = dataScience.now + dataScience.settings.jobMs;
        dataScience.projects.put(project.id, { ...project, deletedAt, etag: randomUUID() });
        const request = dataScience.workRequest("PROJECT_DELETE", "project", project);
        await exchange.reply(204, undefined, { "opc-work-request-id": request });
      },
    },
  ];
}
