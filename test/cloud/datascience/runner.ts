/**
 * The life of a job run:
 *
 *     ACCEPTED (four steps) → IN_PROGRESS → SUCCEEDED | FAILED
 *
 * with CANCELING → CANCELED from anywhere before the end, be it by a request or by the maximum runtime, and
 * NEEDS_ATTENTION, which only a cancel ends. The words are those that people saw at the service; only
 * `exit code N` in them is meant for machines.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DataScience } from "./data-science.ts";
import {
  closing,
  combined,
  nodesOf,
  succeeded,
  type Execute,
  type Execution,
  type Node,
  type Outcome,
} from "./execution.ts";
import { finishedStates, type NodeGroupState, type StoredRun } from "./model.ts";
import { perform, type RunScript } from "./scripted.ts";

/** Why a run must stop. */
type Stop = Cancel | { readonly kind: "failure"; readonly details: string } | typeof closing;
interface Cancel {
  readonly kind: "cancel";
  readonly details: string;
}

/** A run that is not over. */
interface Live {
  readonly script: RunScript | undefined;
  readonly stop: AbortController;
  /** Set by whoever wants it to need attention, whatever else it does. */
  attention?: string;
  over: Promise<void>;
}

const cancelled: Cancel = { kind: "cancel", details: "Job run canceled." };

export class Runner {
  readonly #dataScience: DataScience;
  readonly #execute: Execute;
  readonly #live = new Map<string, Live>();
  readonly #onBug: (error: unknown) => void;
  /** What the runs made from now on do; those that it says nothing of run for real. Default none. */
  script: RunScript | undefined;

  constructor(dataScience: DataScience, execute: Execute, onBug: (error: unknown) => void) {
    this.#dataScience = dataScience;
    this.#execute = execute;
    this.#onBug = onBug;
    for (const run of dataScience.runs.values()) {
      // Whatever ran it went with the process that kept the cloud.
      if (!finishedStates.includes(run.lifecycleState))
        this.#finish(run.id, "FAILED", "Job run infrastructure was lost.");
    }
    dataScience.onRun = ({ id }) => this.#start(id);
  }

  /** Cancels a run, as CancelJobRun does. */
  cancel(id: string): void {
    this.#stop(id, cancelled);
  }

  /** Lets a run's infrastructure fail: FAILED, and no exit code in its details. */
  fail(id: string, details = "Job run infrastructure failure."): void {
    this.#live.get(id)?.stop.abort({ kind: "failure", details } satisfies Stop);
  }

  /** Lets a run need attention; its work goes on, but only a cancel ends it. */
  needAttention(id: string, details = "Job run needs attention."): void {
    const live = this.#live.get(id);
    if (live === undefined) return;
    live.attention = details;
    this.#put(id, { lifecycleState: "NEEDS_ATTENTION", lifecycleDetails: details });
  }

  /** Resolves when a run is over, with what became of it. */
  async ended(id: string): Promise<StoredRun> {
    await this.#live.get(id)?.over;
    return this.#dataScience.run(id);
  }

  /** Ends all runs without a word; resolves when nothing of them is left. */
  async close(): Promise<void> {
    for (const { stop } of this.#live.values()) stop.abort(closing);
    await Promise.all([...this.#live.values()].map(({ over }) => over));
  }

  #start(id: string): void {
    const live: Live = { script: this.script, stop: new AbortController(), over: Promise.resolve() };
    this.#live.set(id, live);
    live.over = this.#run(id, live)
      .catch((error: unknown) => this.#onBug(error))
      .finally(() => this.#live.delete(id));
  }

  #stop(id: string, stop: Cancel): void {
    const live = this.#live.get(id);
    if (live === undefined || live.stop.signal.aborted) return;
    this.#put(id, { lifecycleState: "CANCELING", lifecycleDetails: "Job run cancellation in progress." });
    live.stop.abort(stop);
  }

  async #run(id: string, live: Live): Promise<void> {
    const { signal } = live.stop;
    try {
      await this.#prepare(id, signal);
      this.#put(id, {
        lifecycleState: "IN_PROGRESS",
        lifecycleDetails: "Job run artifact execution in progress.",
        timeStarted: this.#dataScience.now,
      });
      const outcome = await this.#work(id, live);
      if (!signal.aborted) await this.#conclude(id, outcome, live);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (signal.aborted) this.#stopped(id, signal.reason);
  }

  /** The steps before the work starts. */
  async #prepare(id: string, signal: AbortSignal): Promise<void> {
    const step = async (lifecycleDetails: string): Promise<void> => {
      const run = this.#dataScience.run(id);
      if (run.lifecycleState === "ACCEPTED") this.#put(id, { lifecycleDetails });
      await sleep(this.#dataScience.settings.stepMs, undefined, { signal });
    };
    await step("Infrastructure provisioning.");
    this.#openLog(id);
    await step("Infrastructure provisioned.");
    await step("Job run bootstrap starting.");
    await step("Job run bootstrap complete. Artifact execution starting.");
  }

  /** The log that the run writes to: one of its own, or the one that was named. */
  #openLog(id: string): void {
    const { effective, displayName } = this.#dataScience.run(id);
    const { enableLogging, enableAutoLogCreation, logGroupId, logId } = effective.log;
    if (enableLogging !== true || !logGroupId) return;
    const { logs } = this.#dataScience.options;
    const name = `${displayName}-${id.slice(-8)}`;
    const log = enableAutoLogCreation === true ? logs.createLog(logGroupId, name).id : logId;
    if (log) this.#put(id, { logDetails: { logGroupId, logId: log } });
  }

  async #work(id: string, live: Live): Promise<Outcome> {
    const run = this.#dataScience.run(id);
    const nodes = nodesOf(run);
    const { nodes: groups, configuration } = run.effective;
    const minutes = Number(groups?.maximumRuntimeInMinutes ?? configuration.maximumRuntimeInMinutes ?? 43_200);
    const runtime = Math.min(minutes * this.#dataScience.settings.minuteMs, 2 ** 31 - 1);
    const details = `Job run canceled: it exceeded its maximum runtime of ${minutes} minutes.`;
    const timer = setTimeout(() => this.#stop(id, { kind: "cancel", details }), runtime);
    this.#showGroups(id, "ACTIVE");
    try {
      const outcomes = await Promise.all(
        nodes.map(async (node): Promise<readonly [Node, Outcome]> => {
          return [node, await this.#perform(this.#execution(node, live.stop.signal), live.script)];
        }),
      );
      this.#showGroups(id, "DELETED", outcomes);
      return combined(run, outcomes);
    } finally {
      clearTimeout(timer);
    }
  }

  async #perform(execution: Execution, script: RunScript | undefined): Promise<Outcome> {
    const scripted = await script?.(execution.node);
    if (scripted === undefined) return this.#execute(execution);
    return perform(scripted, execution, this.#dataScience.options.storage);
  }

  #execution(node: Node, signal: AbortSignal): Execution {
    const { logs } = this.#dataScience.options;
    const { id, logDetails, displayName } = node.run;
    const write: Execution["write"] = (message, stream) => {
      const type = `com.oraclecloud.datascience.jobrun.${stream}`;
      if (logDetails !== undefined) logs.append(logDetails.logId, { message, source: id, type, subject: displayName });
    };
    return { node, signal, write };
  }

  #showGroups(id: string, state: NodeGroupState["lifecycleState"], outcomes?: readonly (readonly [Node, Outcome])[]) {
    const groups = this.#dataScience.run(id).effective.nodes?.jobNodeGroupConfigurationDetailsList;
    if (!groups) return;
    const nodeGroups = groups.map((group): NodeGroupState => {
      const failed = outcomes !== undefined && !succeeded(group, outcomes);
      return { name: group.name, lifecycleState: failed ? "FAILED" : state };
    });
    this.#put(id, { nodeGroups });
  }

  async #conclude(id: string, outcome: Outcome, live: Live): Promise<void> {
    const attention = live.attention ?? (outcome.kind === "attention" ? outcome.details : undefined);
    if (attention !== undefined) {
      this.needAttention(id, attention);
      await aborted(live.stop.signal);
      return;
    }
    if (outcome.kind === "exit" && outcome.code === 0) {
      this.#finish(id, "SUCCEEDED", "Job run artifact execution succeeded. Infrastructure de-provisioning.");
    } else if (outcome.kind === "exit") {
      this.#finish(id, "FAILED", `Job run artifact execution failed with exit code ${outcome.code}.`);
    } else this.#finish(id, "FAILED", outcome.details);
  }

  #stopped(id: string, reason: unknown): void {
    // Only this file aborts, and always with a Stop.
    const stop = reason as Stop;
    if (stop.kind === "cancel") this.#finish(id, "CANCELED", stop.details);
    if (stop.kind === "failure") this.#finish(id, "FAILED", stop.details);
  }

  #finish(id: string, lifecycleState: "SUCCEEDED" | "FAILED" | "CANCELED", lifecycleDetails: string): void {
    this.#put(id, { lifecycleState, lifecycleDetails, timeFinished: this.#dataScience.now });
  }

  #put(id: string, changes: Partial<StoredRun>): void {
    this.#dataScience.putRun({ ...this.#dataScience.run(id), ...changes });
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
