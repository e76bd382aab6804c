/** What is asked of workspaces themselves, and of work requests. */
import type { Exchange } from "../http/exchange.ts";
import { checkIfMatch } from "../http/etag.ts";
import { invalidParameter, Refusal } from "../http/refusal.ts";
import type { Answer } from "../http/retry-tokens.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { arrayAnswer } from "./listing.ts";
import { isActive, type Operation } from "./rules.ts";
import type { Body } from "./objects.ts";
import type { Transition, Workspace, WorkRequest } from "./workspaces.ts";

export function workspaceOperations(cloud: DataIntegration): readonly Operation[] {
  const { workspaces } = cloud;
  const path = "/workspaces/{workspaceId}";
  const given = (exchange: Exchange): Workspace => workspaces.get(exchange.parameter("workspaceId"));
  const begin = (exchange: Exchange, from: readonly string[], transition: Transition): Answer => {
    const workspace = given(exchange);
    checkIfMatch(exchange, etagOf(workspace));
    const { lifecycleState } = workspace;
    if (!from.includes(lifecycleState)) {
      throw new Refusal(409, "IncorrectState", `The workspace is ${lifecycleState}, not ${from.join(" or ")}.`);
    }
    return accepted(workspaces.begin(workspace, transition));
  };
  const quiet = (exchange: Exchange): void => {
    const { id } = given(exchange);
    if (exchange.query.get("isForceOperation") === "true") {
      cloud.runs.terminateAll(id, exchange.principal.id);
      return;
    }
    if (cloud.objects.all().some((object) => object.workspace === id && isActive(object))) {
      throw new Refusal(409, "IncorrectState", "Tasks are running in the workspace, and isForceOperation is not set.");
    }
  };
  return [
    {
      operation: "CreateWorkspace",
      method: "POST",
      path: "/workspaces",
      answer: async (exchange) => {
        const body = await exchange.json();
        cloud.models.check("CreateWorkspaceDetails", body);
        if (body.isPrivateNetworkEnabled === true && (body.vcnId == null || body.subnetId == null)) {
          throw invalidParameter("A workspace in a private network needs a vcnId and a subnetId.");
        }
        return accepted(cloud.createWorkspace(body, exchange.principal.id));
      },
    },
    {
      operation: "ListWorkspaces",
      method: "GET",
      path: "/workspaces",
      answer: async (exchange) => {
        const { query } = exchange;
        const compartment = query.get("compartmentId");
        if (compartment === null) throw invalidParameter("The query parameter compartmentId is required.");
        const [name, state] = [query.get("name"), query.get("lifecycleState")];
        const found = workspaces
          .list()
          .filter(({ body }) => body.compartmentId === compartment && (name === null || body.displayName === name))
          .filter(({ lifecycleState }) => (state === null ? lifecycleState !== "DELETED" : lifecycleState === state));
        return arrayAnswer(exchange, found.map(viewOf));
      },
    },
    {
      operation: "GetWorkspace",
      method: "GET",
      path,
      answer: async (exchange) => shown(given(exchange)),
    },
    {
      operation: "UpdateWorkspace",
      method: "PUT",
      path,
      answer: async (exchange) => {
        const workspace = workspaces.active(exchange.parameter("workspaceId"));
        checkIfMatch(exchange, etagOf(workspace));
        const body = await exchange.json();
        cloud.models.check("UpdateWorkspaceDetails", body);
        return shown(workspaces.update(workspace.id, { body: { ...workspace.body, ...body } }));
      },
    },
    {
      operation: "DeleteWorkspace",
      method: "DELETE",
      path,
      answer: async (exchange) => {
        quiet(exchange);
        const finish = (): void => cloud.empty(exchange.parameter("workspaceId"));
        const end = { operationType: "DELETE_WORKSPACE", actionType: "DELETED", during: "DELETING" } as const;
        return begin(exchange, ["ACTIVE", "STOPPED", "FAILED", "INACTIVE"], { ...end, after: "DELETED", finish });
      },
    },
    {
      operation: "ChangeCompartment",
      method: "POST",
      path: `${path}/actions/changeCompartment`,
      answer: async (exchange) => {
        const body = await exchange.json();
        cloud.models.check("ChangeCompartmentDetails", body);
        const finish = (): void => {
          const workspace = given(exchange);
          workspaces.update(workspace.id, { body: { ...workspace.body, ...body } });
        };
        const move = { operationType: "MOVE_WORKSPACE", actionType: "MOVED", during: "UPDATING" } as const;
        return begin(exchange, ["ACTIVE"], { ...move, after: "ACTIVE", finish });
      },
    },
    {
      operation: "StartWorkspace",
      method: "POST",
      path: `${path}/actions/start`,
      answer: async (exchange) => {
        const start = { operationType: "UPDATE_WORKSPACE", actionType: "STARTED", during: "STARTING" } as const;
        return begin(exchange, ["STOPPED"], { ...start, after: "ACTIVE" });
      },
    },
    {
      operation: "StopWorkspace",
      method: "POST",
      path: `${path}/actions/stop`,
      answer: async (exchange) => {
        quiet(exchange);
        const stop = { operationType: "UPDATE_WORKSPACE", actionType: "STOPPED", during: "STOPPING" } as const;
        return begin(exchange, ["ACTIVE"], { ...stop, after: "STOPPED" });
      },
    },
    {
      operation: "ListWorkRequests",
      method: "GET",
      path: "/workRequests",
      answer: async (exchange) => {
        const { query } = exchange;
        const [compartment, workspace, status] = ["compartmentId", "workspaceId", "workRequestStatus"].map((name) =>
          query.get(name),
        );
        if (compartment === null) throw invalidParameter("The query parameter compartmentId is required.");
        const found = workspaces
          .workRequests()
          .filter((request) => request.compartmentId === compartment)
          .filter((request) => workspace === null || request.workspace === workspace)
          .filter((request) => status === null || request.status === status);
        return arrayAnswer(exchange, found.map(requestView));
      },
    },
    {
      operation: "GetWorkRequest",
      method: "GET",
      path: "/workRequests/{workRequestId}",
      answer: async (exchange) => {
        const request = workspaces.workRequest(exchange.parameter("workRequestId"));
        // Seconds; a client that heeds it does not hammer.
        return { status: 200, body: requestView(request), headers: { "retry-after": "1" } };
      },
    },
    {
      operation: "ListWorkRequestErrors",
      method: "GET",
      path: "/workRequests/{workRequestId}/workRequestErrors",
      answer: async (exchange) => {
        const { errors } = workspaces.workRequest(exchange.parameter("workRequestId"));
        return arrayAnswer(
          exchange,
          errors.map((error) => ({ ...error, timestamp: iso(error.timestamp) })),
        );
      },
    },
    {
      operation: "ListWorkRequestLogs",
      method: "GET",
      path: "/workRequests/{workRequestId}/logs",
      answer: async (exchange) => {
        const { logs } = workspaces.workRequest(exchange.parameter("workRequestId"));
        return arrayAnswer(
          exchange,
          logs.map((log) => ({ ...log, timestamp: iso(log.timestamp) })),
        );
      },
    },
  ];
}

function accepted(workRequest: string): Answer {
  return { status: 202, headers: { "opc-work-request-id": workRequest } };
}

function shown(workspace: Workspace): Answer {
  return { status: 200, body: viewOf(workspace), headers: { etag: etagOf(workspace) } };
}

function etagOf({ id, version }: Workspace): string {
  return `${id}-${version}`;
}

function viewOf({ id, body, lifecycleState, stateMessage, createdAt, updatedAt }: Workspace): Body {
  return {
    freeformTags: {},
    definedTags: {},
    description: null,
    isPrivateNetworkEnabled: false,
    workspaceProperties: {},
    ...body,
    id,
    lifecycleState,
    stateMessage,
    timeCreated: iso(createdAt),
    timeUpdated: iso(updatedAt),
  };
}

function requestView(request: WorkRequest): Body {
  const { id, operationType, status, compartmentId, percentComplete, workspace, actionType } = request;
  const { timeAccepted, timeStarted, timeFinished } = request;
  const underWay = status === "ACCEPTED" || status === "IN_PROGRESS";
  const resource = {
    entityType: "workspace",
    actionType: underWay ? "IN_PROGRESS" : actionType,
    identifier: workspace,
    entityUri: `/20200430/workspaces/${workspace}`,
  };
  return {
    id,
    operationType,
    status,
    compartmentId,
    percentComplete,
    resources: [resource],
    timeAccepted: iso(timeAccepted),
    timeStarted: timeStarted === undefined ? null : iso(timeStarted),
    timeFinished: timeFinished === undefined ? null : iso(timeFinished),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
