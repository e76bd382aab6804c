/** Data Integration: its workspaces and everything in them, without the wire. */
import { isRecord } from "../http/exchange.ts";
import type { Caller } from "../identity/caller.ts";
import { RetryTokens } from "../http/retry-tokens.ts";
import { Models } from "../models/models.ts";
import type { Journal } from "../state/journal.ts";
import type { Clock } from "../time/clock.ts";
import { newApplication } from "./applications.ts";
import { Firing } from "./firing.ts";
import { Objects, textOf, type Body, type StoredObject } from "./objects.ts";
import { isActive } from "./rules.ts";
import { recordsIn } from "./runs/rest-task.ts";
import { Runs } from "./runs/runs.ts";
import { Workspaces } from "./workspaces.ts";

export interface DataIntegrationOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly tenancy: string;
  readonly compartment: string;
  readonly region: string;
  readonly regionKey: string;
  readonly caller: Caller;
  /** Milliseconds of the clock that each step of what is not done at once takes: work requests, patches, a run's start. */
  readonly delay: number;
}

export class DataIntegration {
  readonly options: DataIntegrationOptions;
  readonly models = new Models("oci-dataintegration");
  readonly objects: Objects;
  readonly workspaces: Workspaces;
  readonly runs: Runs;
  readonly retryTokens = new RetryTokens();
  readonly #firing: Firing;
  readonly #failures: { readonly operation: string; readonly message: string }[] = [];

  constructor(options: DataIntegrationOptions) {
    this.options = options;
    const { journal, clock, delay, regionKey } = options;
    this.objects = new Objects(journal, () => clock.now());
    const failure = (operation: string): string | undefined => this.failure(operation);
    this.workspaces = new Workspaces({ journal, clock, delay, regionKey, failure });
    this.runs = new Runs(this);
    this.#recover();
    this.#firing = new Firing(this);
  }

  get clock(): Clock {
    return this.options.clock;
  }

  get delay(): number {
    return this.options.delay;
  }

  /** Has the next work request (`CREATE_WORKSPACE`, …) or patch (`PUBLISH`, …) of that kind fail with a message. */
  fail(operation: string, message: string): void {
    this.#failures.push({ operation, message });
  }

  /** What the operation is to fail with, once. */
  failure(operation: string): string | undefined {
    const index = this.#failures.findIndex((failure) => failure.operation === operation);
    return index < 0 ? undefined : this.#failures.splice(index, 1)[0]?.message;
  }

  /** Begins the making of a workspace, which comes with a project and an application. @returns the work request's id */
  createWorkspace(body: Body, by: string): string {
    const workspace = this.workspaces.add(body);
    const finish = (): void => {
      const project = { name: "My First Project", identifier: "MY_FIRST_PROJECT" };
      this.objects.create({ kind: "projects", workspace: workspace.id, body: project, by });
      this.createApplication(workspace.id, { name: "Default Application", identifier: "DEFAULT_APPLICATION" }, by);
    };
    const creation = { operationType: "CREATE_WORKSPACE", actionType: "CREATED", during: "CREATING" } as const;
    return this.workspaces.begin(workspace, { ...creation, after: "ACTIVE", finish });
  }

  createApplication(workspace: string, body: Body, by: string): StoredObject {
    const { compartmentId = this.options.compartment } = this.workspaces.get(workspace).body;
    const own = newApplication(body, body.compartmentId ?? compartmentId, this.options.regionKey);
    const calledBy = textOf(body, "key");
    return this.objects.create({ kind: "applications", workspace, body: own, calledBy, by });
  }

  /** Takes everything out of a workspace. */
  empty(workspace: string): void {
    for (const object of this.objects.all()) if (object.workspace === workspace) this.objects.delete(object);
  }

  /** Told of every object that was made or edited. */
  changed(object: StoredObject): void {
    this.#firing.changed(object);
    this.clock.changed();
  }

  /** The pipeline of a pipeline task, with the tasks that it runs as they are now; undefined where there is none. */
  pipelineOf({ workspace, body }: StoredObject, outer: readonly string[] = []): Body | undefined {
    if (body.modelType !== "PIPELINE_TASK" || !isRecord(body.pipeline)) return undefined;
    const key = textOf(body.pipeline, "key") ?? "";
    const stored = this.objects.find({ kind: "pipelines", workspace }, key);
    const pipeline = stored === undefined ? body.pipeline : { ...stored.body, key };
    // One that runs itself, by whatever way, has no end.
    if (!Array.isArray(pipeline.nodes) || outer.includes(key)) return undefined;
    return this.withTasks(workspace, pipeline, stored === undefined ? outer : [...outer, key]);
  }

  /** A pipeline with the tasks that its nodes refer to: those of the workspace, or those that are published in it. */
  withTasks(workspace: string, pipeline: Body, outer: readonly string[] = []): Body {
    const nodes = recordsIn(pipeline.nodes).map((node) => {
      const operator = isRecord(node.operator) ? node.operator : {};
      const key = isRecord(operator.task) ? (textOf(operator.task, "key") ?? "") : "";
      const task = this.objects.byKey(key);
      if (task?.workspace !== workspace || !["tasks", "publishedObjects"].includes(task.kind)) return node;
      const inner = this.pipelineOf(task, outer);
      return { ...node, operator: { ...operator, task: { ...task.body, ...(inner && { pipeline: inner }), key } } };
    });
    return { ...pipeline, nodes };
  }

  /** What was under way when the cloud was closed does not go on. */
  #recover(): void {
    for (const object of this.objects.all()) {
      const end = { endTimeMillis: this.clock.now(), errorMessage: "The service was restarted." };
      if (isActive(object)) this.objects.update(object, { status: "ERROR", ...end });
      const open = object.kind === "patches" && ["QUEUED", "IN_PROGRESS"].includes(String(object.body.patchStatus));
      if (open)
        this.objects.update(object, { patchStatus: "FAILED", errorMessages: { [object.key]: end.errorMessage } });
    }
    for (const { id, lifecycleState } of this.workspaces.list()) {
      if (["CREATING", "DELETING", "UPDATING", "STARTING", "STOPPING"].includes(lifecycleState)) {
        this.workspaces.update(id, { lifecycleState: "FAILED", stateMessage: "The service was restarted." });
      }
    }
  }
}
