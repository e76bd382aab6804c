/** What each kind of object asks of what it is made of, beyond what the SDK's models say. */
import { isRecord, type Exchange } from "../http/exchange.ts";
import { invalidParameter, notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Answer } from "../http/retry-tokens.ts";
import type { Exceptions, Models } from "../models/models.ts";
import { recurrenceOf } from "./frequency.ts";
import { labelOf, textOf, type Body, type Kind, type Objects, type Scope, type StoredObject } from "./objects.ts";

/** One of the API's operations; its path is what follows the version. */
export interface Operation {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  answer(exchange: Exchange): Promise<Answer>;
}

export interface Rules {
  readonly kind: Kind;
  /** As operations name it: `Project`, `Projects`. */
  readonly singular: string;
  readonly plural: string;
  readonly inApplication: boolean;
  /** Whether it lies in a project or folder. */
  readonly inFolder: boolean;
  readonly createModel: string;
  readonly updateModel: string;
  readonly exceptions: Exceptions;
  /** The parameter of its path, as the API reference names it. */
  readonly parameter: string;
}

const design = { inApplication: false, inFolder: true, exceptions: {} } as const;
const runtime = { inApplication: true, inFolder: false, exceptions: {} } as const;

export const rules: readonly Rules[] = [
  {
    ...design,
    kind: "projects",
    singular: "Project",
    plural: "Projects",
    parameter: "projectKey",
    inFolder: false,
    createModel: "CreateProjectDetails",
    updateModel: "UpdateProjectDetails",
  },
  {
    ...design,
    kind: "folders",
    singular: "Folder",
    plural: "Folders",
    parameter: "folderKey",
    createModel: "CreateFolderDetails",
    updateModel: "UpdateFolderDetails",
  },
  {
    ...design,
    kind: "tasks",
    singular: "Task",
    plural: "Tasks",
    parameter: "taskKey",
    createModel: "CreateTaskDetails",
    updateModel: "UpdateTaskDetails",
    // The service has NO_AUTH_CONFIG too, which the SDK lacks.
    exceptions: { unchecked: ["authConfig"] },
  },
  {
    ...design,
    kind: "pipelines",
    singular: "Pipeline",
    plural: "Pipelines",
    parameter: "pipelineKey",
    createModel: "CreatePipelineDetails",
    updateModel: "UpdatePipelineDetails",
  },
  {
    ...design,
    kind: "dataFlows",
    singular: "DataFlow",
    plural: "DataFlows",
    parameter: "dataFlowKey",
    createModel: "CreateDataFlowDetails",
    updateModel: "UpdateDataFlowDetails",
  },
  {
    ...runtime,
    kind: "schedules",
    singular: "Schedule",
    plural: "Schedules",
    parameter: "scheduleKey",
    createModel: "CreateScheduleDetails",
    updateModel: "UpdateScheduleDetails",
  },
  {
    ...runtime,
    kind: "taskSchedules",
    singular: "TaskSchedule",
    plural: "TaskSchedules",
    createModel: "CreateTaskScheduleDetails",
    updateModel: "UpdateTaskScheduleDetails",
    parameter: "taskScheduleKey",
  },
];

/** Checks a body by the models, and its name and identifier. */
export function checkBody(models: Models, model: string, body: Body, exceptions: Exceptions): void {
  models.check(model, body, exceptions);
  const name = textOf(body, "name");
  if (name !== undefined && (name === "" || name.length > 1000)) {
    throw invalidParameter("The name must have from 1 to 1000 characters.");
  }
  const identifier = textOf(body, "identifier");
  if (identifier !== undefined && !/^[A-Z_][A-Z0-9_]*$/.test(identifier)) {
    throw invalidParameter(
      `The identifier "${identifier}" may hold upper case letters, digits and underscores only, and does not begin with a digit.`,
    );
  }
}

/** Refuses an identifier that a sibling has: another in the same project or folder, or in the same application. */
export function checkUnique(
  objects: Objects,
  scope: Scope,
  aggregator: string | undefined,
  body: Body,
  key = "",
): void {
  const { identifier } = body;
  const taken = objects
    .list(scope)
    .filter((other) => scope.application !== undefined || other.aggregator === aggregator)
    .find((other) => other.body.identifier === identifier && other.key !== key);
  if (taken === undefined) return;
  throw new Refusal(
    409,
    "NotAuthorizedOrResourceAlreadyExists",
    `An object with the identifier ${String(identifier)} already exists in ${scope.kind} (key ${taken.key}).`,
  );
}

/** The key of the project or folder that a body says it belongs to. */
export function folderOf(
  objects: Objects,
  { inFolder, kind }: Rules,
  workspace: string,
  body: Body,
): string | undefined {
  if (!inFolder) return undefined;
  const key = isRecord(body.registryMetadata) ? textOf(body.registryMetadata, "aggregatorKey") : undefined;
  if (key === undefined) {
    throw invalidParameter(
      `registryMetadata.aggregatorKey must name the project or folder that is to hold the ${kind}.`,
    );
  }
  const found = (["projects", "folders"] as const).some(
    (of) => objects.find({ kind: of, workspace }, key) !== undefined,
  );
  if (!found) throw notAuthorizedOrNotFound();
  return key;
}

/** Checks what a schedule or a task schedule says, and gives it the fields that it is read by. */
export function prepare(objects: Objects, scope: Scope, body: Body): Body {
  if (scope.kind === "schedules") return prepareSchedule(body);
  if (scope.kind === "taskSchedules") return prepareTaskSchedule(objects, scope, body);
  return body;
}

function prepareSchedule(body: Body): Body {
  const timezone = textOf(body, "timezone");
  if (timezone !== undefined && !isTimezone(timezone)) {
    throw invalidParameter(`The time zone "${timezone}" is not known.`);
  }
  if (isRecord(body.frequencyDetails)) recurrenceOf(body.frequencyDetails);
  return body;
}

function prepareTaskSchedule(objects: Objects, scope: Scope, body: Body): Body {
  const { numberOfRetries, registryMetadata, ...rest } = body;
  const published = isRecord(registryMetadata) ? textOf(registryMetadata, "aggregatorKey") : undefined;
  if (published !== undefined && objects.find({ ...scope, kind: "publishedObjects" }, published) === undefined) {
    throw notAuthorizedOrNotFound();
  }
  const wanted = isRecord(body.scheduleRef) ? textOf(body.scheduleRef, "key") : undefined;
  if (wanted !== undefined && objects.find({ ...scope, kind: "schedules" }, wanted) === undefined) {
    throw notAuthorizedOrNotFound();
  }
  const { startTimeMillis: start, endTimeMillis: end } = body;
  if (typeof start === "number" && typeof end === "number" && end < start) {
    throw invalidParameter("endTimeMillis must not be before startTimeMillis.");
  }
  return {
    ...rest,
    ...(registryMetadata === undefined ? {} : { registryMetadata }),
    ...(numberOfRetries === undefined ? {} : { retryAttempts: numberOfRetries }),
  };
}

function isTimezone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** What needs an object, so that it cannot be deleted. */
export function dependentsOf(objects: Objects, object: StoredObject): readonly StoredObject[] {
  const { kind, key, workspace, application } = object;
  const others = objects.all().filter((other) => other.workspace === workspace);
  const references = (other: StoredObject): boolean => {
    if (kind === "projects" || kind === "folders") return other.aggregator === key;
    if (kind === "applications") {
      return other.application === key && (other.kind === "taskSchedules" || isActive(other));
    }
    if (kind === "schedules") return other.kind === "taskSchedules" && refersTo(other.body.scheduleRef, key);
    if (kind === "pipelines") return other.kind === "tasks" && refersTo(other.body.pipeline, key);
    if (kind === "tasks") return other.kind === "pipelines" && JSON.stringify(other.body).includes(key);
    if (kind === "publishedObjects") {
      return other.application === application && other.kind === "taskSchedules" && other.aggregator === key;
    }
    return false;
  };
  return others.filter(references);
}

/** A task run that has not come to its end. */
export function isActive({ kind, body }: StoredObject): boolean {
  return kind === "taskRuns" && !["SUCCESS", "ERROR", "TERMINATED"].includes(String(body.status));
}

function refersTo(reference: unknown, key: string): boolean {
  return isRecord(reference) && reference.key === key;
}

export function checkDeletable(objects: Objects, object: StoredObject): void {
  const dependents = dependentsOf(objects, object);
  if (dependents.length === 0) return;
  const list = dependents.map(labelOf).join(", ");
  throw new Refusal(409, "IncorrectState", `The object cannot be deleted, since others depend on it: ${list}.`);
}
