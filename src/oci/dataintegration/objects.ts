import type { models } from "oci-dataintegration";
import type { Hope } from "../../http/retry.ts";
import { path } from "../rest.ts";
import { hopeOfService, ServiceFailure } from "../service-failure.ts";
import type { Wire } from "../wire.ts";
import type { DataIntegration } from "./client.ts";

/** What every object of a workspace has. */
export interface DesignObject {
  readonly key: string;
  readonly name?: string;
  readonly identifier?: string;
  readonly description?: string;
  readonly objectVersion?: number;
  readonly metadata?: Wire<models.ObjectMetadata>;
}

/** Objects of one kind: all are listed, read, made, changed and deleted in the same way. */
export interface Collection {
  /** As people call one: `REST task`. */
  readonly noun: string;
  /** Below the API's version. */
  readonly path: string;
}

export const projects = (workspaceId: string): Collection => ({
  noun: "project",
  path: path`/workspaces/${workspaceId}/projects`,
});

export const tasks = (workspaceId: string): Collection => ({
  noun: "task",
  path: path`/workspaces/${workspaceId}/tasks`,
});

export const pipelines = (workspaceId: string): Collection => ({
  noun: "pipeline",
  path: path`/workspaces/${workspaceId}/pipelines`,
});

export const applications = (workspaceId: string): Collection => ({
  noun: "application",
  path: path`/workspaces/${workspaceId}/applications`,
});

export const schedules = (workspaceId: string, application: string): Collection => ({
  noun: "schedule",
  path: path`/workspaces/${workspaceId}/applications/${application}/schedules`,
});

export const taskSchedules = (workspaceId: string, application: string): Collection => ({
  noun: "task schedule",
  path: path`/workspaces/${workspaceId}/applications/${application}/taskSchedules`,
});

/** What a project may hold. */
export function contents(workspaceId: string): readonly Collection[] {
  const folders = { noun: "folder", path: path`/workspaces/${workspaceId}/folders` };
  const dataFlows = { noun: "data flow", path: path`/workspaces/${workspaceId}/dataFlows` };
  return [tasks(workspaceId), pipelines(workspaceId), folders, dataFlows];
}

/**
 * The object with an identifier, whole: what a list tells of it leaves out most.
 * @param aggregatorKey what it is in, where its kind is in several things: a task's project
 */
export async function findObject<T extends DesignObject>(
  di: DataIntegration,
  collection: Collection,
  identifier: string,
  aggregatorKey?: string,
): Promise<T | undefined> {
  const what = `looking for the ${collection.noun} ${identifier}`;
  const call = { what, method: "GET", path: collection.path, query: { identifier, limit: 100 } } as const;
  for await (const each of di.list<DesignObject>(call)) {
    if (each.identifier !== identifier) continue;
    const found = await di.find<T>({ what, method: "GET", path: at(collection, each.key) });
    if (found !== undefined && (aggregatorKey ?? found.metadata?.aggregatorKey) === found.metadata?.aggregatorKey)
      return found;
  }
  return undefined;
}

export async function* listObjects<T extends DesignObject>(
  di: DataIntegration,
  collection: Collection,
  query: Readonly<Record<string, string>> = {},
): AsyncGenerator<T, void, undefined> {
  const what = `listing the ${collection.noun}s`;
  yield* di.list<T>({ what, method: "GET", path: collection.path, query: { ...query, limit: 100 } });
}

export async function createObject<T extends DesignObject>(
  di: DataIntegration,
  collection: Collection,
  body: Readonly<Record<string, unknown>>,
): Promise<T> {
  const what = `creating the ${collection.noun} ${String(body["name"])}`;
  return (await di.call<T>({ what, method: "POST", path: collection.path, body })).value;
}

/** Every change names the version that it starts from: the service refuses one that somebody else made meanwhile. */
export async function updateObject<T extends DesignObject>(
  di: DataIntegration,
  collection: Collection,
  found: DesignObject,
  body: Readonly<Record<string, unknown>>,
): Promise<T> {
  const what = `changing the ${collection.noun} ${found.name ?? found.key}`;
  const whole = { ...body, key: found.key, objectVersion: found.objectVersion ?? 0 };
  return (await di.call<T>({ what, method: "PUT", path: at(collection, found.key), body: whole })).value;
}

/** Nothing is wrong where it is gone already. */
export async function deleteObject(di: DataIntegration, collection: Collection, found: DesignObject): Promise<void> {
  const what = `deleting the ${collection.noun} ${found.name ?? found.key}`;
  await di.find<unknown>({ what, method: "DELETE", path: at(collection, found.key), hopeOf: hopeOfDeletion });
}

/** What others depend on does not go by asking again. */
function hopeOfDeletion(error: unknown): Hope | undefined {
  return error instanceof ServiceFailure && error.status === 409 ? undefined : hopeOfService(error);
}

function at(collection: Collection, key: string): string {
  return collection.path + path`/${key}`;
}
