/** How objects are read: what their kind adds, and what an object's place adds. */
import { isRecord } from "../http/exchange.ts";
import { etagOf, textOf, type Body, type Kind, type Objects, type StoredObject } from "./objects.ts";

/** The `modelType` that objects of a kind have where their own body says nothing. */
const modelTypes: Readonly<Record<Kind, string>> = {
  projects: "PROJECT",
  folders: "FOLDER",
  tasks: "TASK",
  pipelines: "PIPELINE",
  dataFlows: "DATA_FLOW",
  taskValidations: "TASK_VALIDATION",
  pipelineValidations: "PIPELINE_VALIDATION",
  applications: "INTEGRATION_APPLICATION",
  patches: "PATCH",
  publishedObjects: "PUBLISHED_OBJECT",
  schedules: "SCHEDULE",
  taskSchedules: "TASK_SCHEDULE",
  taskRuns: "TASK_RUN",
};

/** The object as an answer shows it. */
export function viewOf(objects: Objects, object: StoredObject): Body {
  const { kind, workspace, application, key, version, calledBy, body } = object;
  const { modelVersion, modelType, registryMetadata: _, ...own } = body;
  const shown = {
    modelType: modelType ?? modelTypes[kind],
    key,
    modelVersion: modelVersion ?? "20200430",
    parentRef: { parent: application ?? object.aggregator ?? workspace, rootDocId: application ?? key },
    ...own,
    ...seen(objects, object),
    objectVersion: version,
    objectStatus: own.objectStatus ?? 8,
    metadata: metadataOf(objects, object),
  };
  return calledBy === undefined ? shown : { ...shown, keyMap: { [calledBy]: key } };
}

/** What others say of an object. */
function seen(objects: Objects, { kind, key, workspace, application, body }: StoredObject): Body {
  if (kind !== "taskSchedules") return {};
  const reference = isRecord(body.scheduleRef) ? textOf(body.scheduleRef, "key") : undefined;
  const schedule = reference === undefined ? undefined : objects.byKey(reference);
  const runs = objects.list({ kind: "taskRuns", workspace, application });
  const last = runs.findLast(({ body: run }) => isRecord(run.taskSchedule) && run.taskSchedule.key === key);
  return {
    ...(schedule === undefined ? {} : { scheduleRef: { modelType: "SCHEDULE", key: reference, ...schedule.body } }),
    lastRunDetails: last === undefined ? null : lastRunOf(last),
  };
}

function lastRunOf({ key, body }: StoredObject): Body {
  const { name, identifier, startTimeMillis } = body;
  return { modelType: "TASK_RUN", key, name, identifier, lastRunTimeMillis: startTimeMillis };
}

/** What headers say of an object. */
export function headersOf(object: StoredObject): Readonly<Record<string, string>> {
  return { etag: etagOf(object) };
}

function metadataOf(objects: Objects, object: StoredObject): Body {
  const { aggregator, createdAt, updatedAt, createdBy, updatedBy, version, body } = object;
  const registry = isRecord(body.registryMetadata) ? body.registryMetadata : {};
  const around = aggregator === undefined ? undefined : objects.byKey(aggregator);
  return {
    createdBy,
    createdByName: createdBy,
    updatedBy,
    updatedByName: updatedBy,
    timeCreated: new Date(createdAt).toISOString(),
    timeUpdated: new Date(updatedAt).toISOString(),
    ...(aggregator === undefined ? {} : { aggregatorKey: aggregator }),
    ...(around === undefined ? {} : { aggregator: aggregatorOf(around) }),
    identifierPath: pathOf(objects, object),
    infoFields: {},
    registryVersion: version,
    labels: registry.labels ?? [],
    isFavorite: registry.isFavorite ?? false,
  };
}

function aggregatorOf({ kind, key, body }: StoredObject): Body {
  const type = body.modelType ?? modelTypes[kind];
  return { type, key, name: body.name, identifier: body.identifier, description: body.description ?? null };
}

/** Identifiers from the outermost object to this one. */
function pathOf(objects: Objects, object: StoredObject): string {
  const outer = object.aggregator ?? object.application;
  const around = outer === undefined ? undefined : objects.byKey(outer);
  const own = textOf(object.body, "identifier") ?? object.key;
  return around === undefined ? own : `${pathOf(objects, around)}/${own}`;
}
