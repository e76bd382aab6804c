import type { models } from "oci-dataintegration";
import { NbjobError } from "../../text/errors.ts";
import { awaited } from "../awaited.ts";
import { path } from "../rest.ts";
import type { Wire } from "../wire.ts";
import type { DataIntegration } from "./client.ts";
import type { DesignObject } from "./objects.ts";

export interface ApplicationPlace {
  readonly workspaceId: string;
  readonly application: string;
}

/** Publishing takes seconds; a busy workspace queues patches. */
const patienceMs = 15 * 60_000;

/** A published object is a copy of the task with a key of its own. */
export async function publishedObject(
  di: DataIntegration,
  place: ApplicationPlace,
  identifier: string,
): Promise<DesignObject | undefined> {
  for await (const each of publishedObjects(di, place, { identifier })) if (each.identifier === identifier) return each;
  return undefined;
}

export async function* publishedObjects(
  di: DataIntegration,
  { workspaceId, application }: ApplicationPlace,
  query: Readonly<Record<string, string>> = {},
): AsyncGenerator<DesignObject, void, undefined> {
  yield* di.list<DesignObject>({
    what: "looking for the published task",
    method: "GET",
    path: path`/workspaces/${workspaceId}/applications/${application}/publishedObjects`,
    query: { ...query, limit: 100 },
  });
}

/** A change of what an application holds: the only way to publish a task or take it back. */
export async function applyPatch(
  di: DataIntegration,
  { workspaceId, application }: ApplicationPlace,
  patch: Wire<models.CreatePatchDetails>,
): Promise<void> {
  const what = `${patch.patchType === "UNPUBLISH" ? "unpublishing" : "publishing"} ${patch.name}`;
  const patches = path`/workspaces/${workspaceId}/applications/${application}/patches`;
  const { value } = await di.call<Wire<models.Patch>>({ what, method: "POST", path: patches, body: patch });
  const patchPath = patches + path`/${value.key ?? ""}`;
  const ended = await awaited(
    di.connection,
    async () => (await di.call<Wire<models.Patch>>({ what, method: "GET", path: patchPath })).value,
    (each) => (["SUCCESSFUL", "FAILED"].includes(each.patchStatus ?? "") ? each : undefined),
    { patienceMs },
  );
  if (ended?.patchStatus === "SUCCESSFUL") return;
  const name = what.charAt(0).toUpperCase() + what.slice(1);
  if (ended === undefined) throw new NbjobError("unreachable", `${name} still goes on (patch ${value.key ?? ""}).`);
  const errors = Object.entries(ended.errorMessages ?? {}).map(([about, message]) => `${about}: ${message}`);
  throw new NbjobError("refused", `${name} failed: ${errors.length === 0 ? "no reason is given" : errors.join("; ")}.`);
}
