import type { DataIntegration } from "../../oci/dataintegration/client.ts";
import {
  createWorkspace,
  deleteWorkspace,
  type Workspace,
  workspaceById,
  workspaceReady,
  workspacesNamed,
} from "../../oci/dataintegration/workspaces.ts";
import { NbjobError } from "../../text/errors.ts";
import type { Resource } from "../plan/resource.ts";

export interface WorkspacePlace {
  readonly compartmentId: string;
  /** Name or OCID. */
  readonly workspace: string;
}

/** The freeform tag of workspaces that nbjob made. */
const tag = { "made-by": "nbjob" } as const;

/** The workspace: one that is there is used as it is, one that is not is made where it is given by name. */
export function workspaceResource(
  di: DataIntegration,
  { compartmentId, workspace }: WorkspacePlace,
  options: { readonly mayGo: boolean } = { mayGo: false },
): Resource {
  const byId = workspace.startsWith("ocid1.");
  const details = { displayName: workspace, compartmentId, isPrivateNetworkEnabled: false, freeformTags: tag };
  return {
    ref: "workspace",
    noun: "workspace",
    name: workspace,
    below: [],
    find: async () => {
      const found = byId ? await byOcid(di, workspace) : await byName(di, compartmentId, workspace);
      if (found?.id === undefined) return undefined;
      await workspaceReady(di, found.id);
      return { key: found.id, actual: {}, ours: found.freeformTags?.["made-by"] === "nbjob" };
    },
    body: () => details,
    create: () => createWorkspace(di, details),
    ...(options.mayGo ? { remove: ({ key }) => deleteWorkspace(di, key) } : {}),
  };
}

async function byOcid(di: DataIntegration, id: string): Promise<Workspace> {
  const found = await workspaceById(di, id);
  if (found !== undefined) return found;
  throw new NbjobError("not-found", `There is no workspace ${id}, or you may not see it.`, {
    remedy: "schedule.workspace (or --workspace) takes an OCID or a name; a name is made where there is none.",
  });
}

async function byName(di: DataIntegration, compartmentId: string, name: string): Promise<Workspace | undefined> {
  const [found, second] = await workspacesNamed(di, compartmentId, name);
  if (second === undefined) return found;
  throw new NbjobError("refused", `There are several workspaces called ${name} in the compartment.`, {
    remedy: `Say which by its OCID: --workspace ${found?.id ?? ""}, or --workspace ${second.id ?? ""}.`,
  });
}
