/**
 * The objects of Data Integration, whatever their kind: each has a key that the service makes up, a version that
 * grows with every change, an identifier that is unique among its siblings, and metadata that says where it is.
 */
import { randomUUID } from "node:crypto";
import type { Journal, Table } from "../state/journal.ts";

/** As the last segment of the kind's path names it. */
export type Kind =
  | "projects"
  | "folders"
  | "tasks"
  | "pipelines"
  | "dataFlows"
  | "taskValidations"
  | "pipelineValidations"
  | "applications"
  | "patches"
  | "publishedObjects"
  | "schedules"
  | "taskSchedules"
  | "taskRuns";

export type Body = Readonly<Record<string, unknown>>;

export interface StoredObject {
  readonly kind: Kind;
  readonly workspace: string;
  /** The key of the application that it is in, if it is in one. */
  readonly application: string | undefined;
  readonly key: string;
  /** The key of what it is in: a project or folder, for a task run the published task. */
  readonly aggregator: string | undefined;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly updatedBy: string;
  /** The key that whoever made it called it by, if any. */
  readonly calledBy: string | undefined;
  /** The key of the task that a published object is a copy of. */
  readonly origin?: string | undefined;
  /** Everything that is its own: name, identifier and what its kind has. */
  readonly body: Body;
}

/** Where objects of a kind are. */
export interface Scope {
  readonly kind: Kind;
  readonly workspace: string;
  readonly application?: string | undefined;
}

export interface NewObject extends Scope {
  readonly aggregator?: string | undefined;
  readonly calledBy?: string | undefined;
  readonly origin?: string | undefined;
  readonly body: Body;
  readonly by: string;
}

/** Who changes an object, and where it is to be from now on. */
export interface ChangedBy {
  readonly by?: string;
  readonly aggregator?: string | undefined;
}

/** All objects of all workspaces. */
export class Objects {
  readonly #table: Table<StoredObject>;
  readonly #now: () => number;

  constructor(journal: Journal, now: () => number) {
    this.#table = journal.table<StoredObject>("dataintegration");
    this.#now = now;
  }

  create({ kind, workspace, application, aggregator, calledBy, origin, body, by }: NewObject): StoredObject {
    const now = this.#now();
    const object: StoredObject = {
      kind,
      workspace,
      application,
      key: randomUUID(),
      aggregator,
      version: 1,
      createdAt: now,
      updatedAt: now,
      createdBy: by,
      updatedBy: by,
      calledBy,
      origin,
      body,
    };
    this.#table.put(object.key, object);
    return object;
  }

  /** Changes what is given of an object's own and leaves the rest; what is gone stays gone. */
  update(read: StoredObject, changes: Body, { by, aggregator }: ChangedBy = {}): StoredObject {
    // What is under way may have changed it since it was read.
    const object = this.byKey(read.key) ?? read;
    const updated: StoredObject = {
      ...object,
      body: { ...object.body, ...changes },
      updatedBy: by ?? object.updatedBy,
      aggregator: aggregator ?? object.aggregator,
      version: object.version + 1,
      updatedAt: this.#now(),
    };
    if (this.byKey(read.key) !== undefined) this.#table.put(read.key, updated);
    return updated;
  }

  delete({ key }: StoredObject): void {
    this.#table.delete(key);
  }

  byKey(key: string): StoredObject | undefined {
    return this.#table.get(key);
  }

  /** The object of that key, if it is in `scope`. */
  find(scope: Scope, key: string): StoredObject | undefined {
    const object = this.#table.get(key);
    return object !== undefined && isIn(object, scope) ? object : undefined;
  }

  /** The objects of `scope`, oldest first. */
  list(scope: Scope): readonly StoredObject[] {
    return [...this.#table.values()].filter((object) => isIn(object, scope));
  }

  all(): readonly StoredObject[] {
    return [...this.#table.values()];
  }
}

function isIn(object: StoredObject, { kind, workspace, application }: Scope): boolean {
  return object.kind === kind && object.workspace === workspace && object.application === application;
}

/** What concurrency control compares. */
export function etagOf({ key, version }: StoredObject): string {
  return `${key}-${version}`;
}

/** What an object is called by where others are told of it. */
export function labelOf({ kind, key, body }: StoredObject): string {
  return `${kind}/${textOf(body, "identifier") ?? key}`;
}

/** A text of a body, or undefined where it is something else. */
export function textOf(body: Body, name: string): string | undefined {
  const value = body[name];
  return typeof value === "string" ? value : undefined;
}
