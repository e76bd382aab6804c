/** The task runs of all applications: begun by hand or by a schedule, carried out, terminated. */
import type { Principal } from "../../auth/principal.ts";
import { isRecord } from "../../http/exchange.ts";
import { Refusal } from "../../http/refusal.ts";
import type { Table } from "../../state/journal.ts";
import type { DataIntegration } from "../dataintegration.ts";
import { textOf, type Body, type StoredObject } from "../objects.ts";
import { isActive } from "../rules.ts";
import type { GraphNode } from "./graph.ts";
import { runPipeline, type NodeState } from "./pipeline-run.ts";
import { bindingsOf, defaultsOf } from "./rest-task.ts";
import { runRestTask, type Outcome } from "./rest-run.ts";
import { substitute, UnknownName } from "./text.ts";

export interface NewRun {
  readonly published: StoredObject;
  readonly by: string;
  /** What the body of the run has besides. */
  readonly body: Body;
  readonly calledBy?: string | undefined;
}

/** A node of a pipeline that runs, as runtime operators show it. */
export interface RuntimeNode {
  readonly run: string;
  readonly node: Body;
  readonly name: string;
  readonly state: NodeState;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

export class Runs {
  readonly #cloud: DataIntegration;
  readonly #logs: Table<readonly string[]>;
  readonly #nodes: Table<RuntimeNode>;
  readonly #terminating = new Map<string, AbortController>();

  constructor(cloud: DataIntegration) {
    this.#cloud = cloud;
    const { journal } = cloud.options;
    this.#logs = journal.table<readonly string[]>("ditaskrunlogs");
    this.#nodes = journal.table<RuntimeNode>("diruntimeoperators");
  }

  logs(key: string): readonly string[] {
    return this.#logs.get(key) ?? [];
  }

  nodes(run: string): readonly RuntimeNode[] {
    return [...this.#nodes.values()].filter((node) => node.run === run);
  }

  /** Begins a run. `ended` resolves with its last state. */
  start(wanted: NewRun): { readonly run: StoredObject; readonly ended: Promise<StoredObject> } {
    const run = this.#create(wanted);
    this.#terminating.set(run.key, new AbortController());
    return { run, ended: this.#cloud.clock.track(this.#live(run, wanted.published)) };
  }

  #create({ published, by, body, calledBy }: NewRun): StoredObject {
    const { objects, clock } = this.#cloud;
    const { workspace, application, key } = published;
    const { name, identifier, modelType } = published.body;
    const run = objects.create({
      kind: "taskRuns",
      workspace,
      application,
      aggregator: key,
      calledBy,
      by,
      body: {
        name,
        identifier,
        taskKey: key,
        taskType: modelType,
        status: "NOT_STARTED",
        retryAttempt: 0,
        executionErrors: [],
        terminationErrors: [],
        outputs: {},
        metrics: {},
        recordsWritten: 0,
        bytesProcessed: 0,
        startTimeMillis: clock.now(),
        lastUpdated: clock.now(),
        authMode: "OBO",
        isLogProcessingInProgress: false,
        opcRequestId: "",
        ...body,
      },
    });
    this.#logs.put(run.key, []);
    return run;
  }

  /** Asks every run of a workspace to end. */
  terminateAll(workspace: string, by: string): void {
    for (const run of this.#cloud.objects.all()) {
      if (run.workspace === workspace && isActive(run)) this.terminate(run, by);
    }
  }

  /** Asks a run to end; it is TERMINATING until its cancel call was made. */
  terminate(run: StoredObject, by: string): StoredObject {
    if (!isActive(run)) throw new Refusal(409, "IncorrectState", `The task run is ${String(run.body.status)}.`);
    const asked = this.#cloud.objects.update(run, { status: "TERMINATING" }, { by });
    this.#terminating.get(run.key)?.abort();
    return asked;
  }

  /** Notes a run that may not begin. */
  refuse(wanted: NewRun, message: string): StoredObject {
    const run = this.#create(wanted);
    this.#log(run, message);
    return this.#end(run, { status: "ERROR", errors: [message] });
  }

  /** Whether another run of a task is not over. */
  isRunning(published: StoredObject): boolean {
    const { workspace, application, key } = published;
    return this.#cloud.objects
      .list({ kind: "taskRuns", workspace, application })
      .some((run) => run.aggregator === key && isActive(run));
  }

  async #live(run: StoredObject, published: StoredObject): Promise<StoredObject> {
    const { objects, clock, delay } = this.#cloud;
    const terminating = this.#terminating.get(run.key)?.signal ?? clock.signal;
    for (const status of ["QUEUED", "RUNNING"]) {
      await clock.sleep(delay, terminating);
      if (clock.signal.aborted) return run;
      if (terminating.aborted) return this.#end(run, { status: "TERMINATED", errors: [] });
      objects.update(run, { status, lastUpdated: clock.now() });
    }
    const bindings = { ...defaultsOf(published.body), ...bindingsOf(run.body.configProvider) };
    const outcome = await this.#perform(run, published.body, bindings, terminating);
    return clock.signal.aborted ? run : this.#end(run, outcome);
  }

  #end(run: StoredObject, { status, errors, response }: Outcome): StoredObject {
    const { objects, clock } = this.#cloud;
    this.#terminating.delete(run.key);
    return objects.update(run, {
      status,
      endTimeMillis: clock.now(),
      lastUpdated: clock.now(),
      errorMessage: status === "ERROR" ? (errors[0] ?? "A task failed.") : null,
      executionErrors: status === "ERROR" ? errors : [],
      terminationErrors: status === "TERMINATED" ? errors : [],
      ...(response === undefined ? {} : { outputs: { "SYS.RESPONSE_STATUS": { simpleValue: response.status } } }),
    });
  }

  async #perform(
    run: StoredObject,
    task: Body,
    bindings: Readonly<Record<string, string>>,
    terminating: AbortSignal,
  ): Promise<Outcome> {
    const { clock } = this.#cloud;
    const { caller } = this.#cloud.options;
    const log = (message: string): void => this.#log(run, message);
    if (task.modelType === "REST_TASK") {
      const principal = (source: "WORKSPACE" | "APPLICATION"): Principal => this.#principal(run, source);
      const system = this.#systemNames(run);
      const context = { clock, caller, principal, log, terminating };
      return runRestTask(task, { ...context, bindings: { ...bindings, ...system } });
    }
    if (task.modelType !== "PIPELINE_TASK" || !isRecord(task.pipeline)) {
      return { status: "ERROR", errors: [`This cloud does not run a ${String(task.modelType)}.`] };
    }
    return runPipeline(task.pipeline, {
      clock,
      terminating,
      runTask: (node) => this.#performNode(run, node, bindings, terminating),
      told: (node, state) => this.#note(run, node, state),
    });
  }

  /** A node's parameters are its own bindings, in which the pipeline's parameters may stand. */
  async #performNode(
    run: StoredObject,
    { operator, node, name }: GraphNode,
    outer: Readonly<Record<string, string>>,
    terminating: AbortSignal,
  ): Promise<Outcome> {
    const task = isRecord(operator.task) ? operator.task : {};
    const own = {
      ...bindingsOf(task.configProviderDelegate),
      ...bindingsOf(operator.configProviderDelegate),
      ...bindingsOf(node.configProviderDelegate),
    };
    const parameters = { ...outer, ...this.#systemNames(run) };
    try {
      const bound = Object.entries(own).map(([parameter, value]) => [parameter, substitute(value, { parameters })]);
      this.#log(run, `The task of ${name} begins.`);
      return await this.#perform(run, task, { ...defaultsOf(task), ...Object.fromEntries(bound) }, terminating);
    } catch (error) {
      if (error instanceof UnknownName) return { status: "ERROR", errors: [error.message] };
      throw error;
    }
  }

  #note(run: StoredObject, { key, name, node }: GraphNode, state: NodeState): void {
    const now = this.#cloud.clock.now();
    const id = `${run.key}/${key}`;
    const earlier = this.#nodes.get(id) ?? { run: run.key, node, name, state };
    const over = state !== "NOT_STARTED" && state !== "RUNNING";
    const times = { ...(state === "RUNNING" ? { startedAt: now } : {}), ...(over ? { endedAt: now } : {}) };
    this.#nodes.put(id, { ...earlier, state, ...times });
    this.#log(run, `${name} is ${state}.`);
  }

  #log(run: StoredObject, message: string): void {
    const time = new Date(this.#cloud.clock.now()).toISOString();
    this.#logs.put(run.key, [...this.logs(run.key), `${time} ${message}`]);
  }

  #systemNames({ workspace, application = "" }: StoredObject): Readonly<Record<string, string>> {
    const { region } = this.#cloud.options;
    return { "SYS.REGION": region, "SYS.WORKSPACE_ID": workspace, "SYS.APPLICATION_KEY": application };
  }

  #principal({ workspace, application = "" }: StoredObject, source: "WORKSPACE" | "APPLICATION"): Principal {
    const { tenancy, compartment } = this.#cloud.options;
    const place = { kind: "resource", tenancy, compartment } as const;
    if (source === "WORKSPACE") return { ...place, id: workspace, type: "disworkspace" };
    const id = textOf(this.#cloud.objects.byKey(application)?.body ?? {}, "id") ?? application;
    return { ...place, id, type: "disapplication" };
  }
}
