import type { models } from "oci-dataintegration";
import { NbjobError } from "../../text/errors.ts";
import { awaited } from "../awaited.ts";
import { path } from "../rest.ts";
import type { Wire } from "../wire.ts";
import type { DataIntegration } from "./client.ts";

export type Workspace = Wire<models.WorkspaceSummary>;
type WorkRequest = Wire<models.WorkRequest>;
type WorkRequestError = Wire<models.WorkRequestError>;

/** A workspace takes a few minutes to make. */
const patienceMs = 30 * 60_000;

/** The workspaces of that name in a compartment that are there or coming. */
export async function workspacesNamed(
  di: DataIntegration,
  compartmentId: string,
  name: string,
): Promise<readonly Workspace[]> {
  const found: Workspace[] = [];
  const call = { what: `looking for the workspace ${name}`, method: "GET", path: "/workspaces" } as const;
  for await (const each of di.list<Workspace>({ ...call, query: { compartmentId, name, limit: 100 } })) {
    const gone = ["DELETING", "DELETED", "FAILED"].includes(each.lifecycleState ?? "");
    if (each.displayName === name && !gone) found.push(each);
  }
  return found;
}

export async function workspaceById(di: DataIntegration, id: string): Promise<Workspace | undefined> {
  return di.find<Workspace>({ what: "reading the workspace", method: "GET", path: path`/workspaces/${id}` });
}

/** Makes a workspace and waits until it can be used; returns its OCID. */
export async function createWorkspace(
  di: DataIntegration,
  details: Wire<models.CreateWorkspaceDetails>,
): Promise<string> {
  const what = `creating the workspace ${details.displayName}`;
  const { header } = await di.call({ what, method: "POST", path: "/workspaces", body: details });
  const id = await workRequest(di, header("opc-work-request-id"), what);
  if (id === undefined) throw new NbjobError("refused", `${sentence(what)} ended without an OCID.`);
  await workspaceReady(di, id);
  return id;
}

/** Waits until a workspace can be used; one that was stopped is told. */
export async function workspaceReady(di: DataIntegration, id: string): Promise<void> {
  const ready = await awaited(
    di.connection,
    () => workspaceById(di, id),
    (workspace) => {
      const state = workspace?.lifecycleState ?? "DELETED";
      if (state === "ACTIVE") return true;
      if (["CREATING", "UPDATING", "STARTING"].includes(state)) return undefined;
      const message = workspace?.stateMessage === undefined ? "" : `: ${workspace.stateMessage}`;
      throw new NbjobError("refused", `The workspace ${workspace?.displayName ?? id} is ${state}${message}.`, {
        remedy: ["STOPPED", "STOPPING", "INACTIVE"].includes(state)
          ? `Start it: oci data-integration workspace start --workspace-id ${id}`
          : "Name another with schedule.workspace or --workspace.",
      });
    },
    { patienceMs },
  );
  if (ready === undefined) throw new NbjobError("unreachable", `The workspace ${id} is still not active.`);
}

/** Deletes a workspace with all that is in it, and waits until it is gone. */
export async function deleteWorkspace(di: DataIntegration, id: string): Promise<void> {
  const what = "deleting the workspace";
  const { header } = await di.call({ what, method: "DELETE", path: path`/workspaces/${id}` });
  await workRequest(di, header("opc-work-request-id"), what);
}

/** Waits for a work request; returns the OCID of what it worked on. */
async function workRequest(di: DataIntegration, id: string | undefined, what: string): Promise<string | undefined> {
  if (id === undefined) return undefined;
  const requestPath = path`/workRequests/${id}`;
  const ended = await awaited(
    di.connection,
    async () => (await di.call<WorkRequest>({ what, method: "GET", path: requestPath })).value,
    (request) => (["SUCCEEDED", "FAILED", "CANCELED"].includes(request.status) ? request : undefined),
    { patienceMs },
  );
  if (ended === undefined) throw new NbjobError("unreachable", `${sentence(what)} still goes on (work request ${id}).`);
  if (ended.status !== "SUCCEEDED") {
    const errors: string[] = [];
    const call = { what, method: "GET", path: `${requestPath}/workRequestErrors` } as const;
    for await (const each of di.list<WorkRequestError>(call)) errors.push(`${each.message} (${each.code})`);
    const told = errors.length === 0 ? "without a reason" : errors.join("; ");
    throw new NbjobError(
      "refused",
      `${sentence(what)} ${ended.status === "FAILED" ? "failed" : "was canceled"}: ${told}.`,
    );
  }
  return ended.resources.find(({ entityType }) => /workspace/i.test(entityType))?.identifier;
}

function sentence(what: string): string {
  return what.charAt(0).toUpperCase() + what.slice(1);
}
