import type { models } from "oci-dataintegration";
import { path } from "../rest.ts";
import type { Wire } from "../wire.ts";
import type { DataIntegration } from "./client.ts";
import type { ApplicationPlace } from "./publications.ts";

export type TaskRunSummary = Wire<models.TaskRunSummary>;
export type TaskRun = Wire<models.TaskRun>;

/** Runs of a published task, or of all in the application, the newest first. */
export async function* taskRuns(
  di: DataIntegration,
  { workspaceId, application }: ApplicationPlace,
  publishedKey?: string,
): AsyncGenerator<TaskRunSummary, void, undefined> {
  const aggregator = publishedKey === undefined ? {} : { aggregatorKey: publishedKey };
  yield* di.list<TaskRunSummary>({
    what: "listing the task's runs",
    method: "GET",
    path: path`/workspaces/${workspaceId}/applications/${application}/taskRuns`,
    query: { ...aggregator, sortBy: "TIME_CREATED", sortOrder: "DESC", limit: 50 },
  });
}

/** Whether a run goes on in the application. */
export async function hasActiveRun(di: DataIntegration, place: ApplicationPlace): Promise<boolean> {
  for await (const { status = "" } of taskRuns(di, place)) {
    if (!["SUCCESS", "ERROR", "TERMINATED"].includes(status)) return true;
  }
  return false;
}

export async function taskRun(
  di: DataIntegration,
  { workspaceId, application }: ApplicationPlace,
  key: string,
): Promise<TaskRun> {
  const runPath = path`/workspaces/${workspaceId}/applications/${application}/taskRuns/${key}`;
  return (await di.call<TaskRun>({ what: "reading the task's run", method: "GET", path: runPath })).value;
}

/** @param values of the task's parameters that differ from its own, as they are to stand in the payload */
export async function startTaskRun(
  di: DataIntegration,
  { workspaceId, application }: ApplicationPlace,
  publishedKey: string,
  values: Readonly<Record<string, string>>,
): Promise<TaskRun> {
  const bindings = Object.fromEntries(Object.entries(values).map(([name, simpleValue]) => [name, { simpleValue }]));
  const body: Wire<models.CreateTaskRunDetails> = {
    registryMetadata: { aggregatorKey: publishedKey },
    ...(Object.keys(bindings).length === 0 ? {} : { configProvider: { bindings } }),
  };
  const call = { what: "starting a run of the task", method: "POST", body } as const;
  return (
    await di.call<TaskRun>({ ...call, path: path`/workspaces/${workspaceId}/applications/${application}/taskRuns` })
  ).value;
}
